package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An API that another server serves, behind a whole API server over HTTPS. */
@Timeout(180)
class AggregationIT {

    private static final String API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices";
    private static final String THINGS = "/apis/remote.example.com/v1/things";
    private static final String EVENT = "{\"type\":\"ADDED\"}\n";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path directory;

    private static ApiServerUnderTest api;
    private static DisposableServer remote;

    @BeforeAll
    static void start() throws Exception {
        api = ApiServerUnderTest.start(directory);
        SslContext tls = SslContextBuilder.forServer(
                        directory.resolve("apiserver.crt").toFile(),
                        directory.resolve("apiserver.key").toFile())
                .trustManager(directory.resolve("ca.crt").toFile())
                .clientAuth(ClientAuth.REQUIRE)
                .build();
        remote = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .secure(spec -> spec.sslContext(tls))
                .handle(AggregationIT::serve)
                .bindNow();
        await().atMost(PATIENCE).until(() -> get("/api/v1/namespaces/default").statusCode() == 200);
        post(
                "/api/v1/namespaces/default/services",
                "{'metadata':{'name':'remote'},'spec':{'type':'ExternalName','externalName':'localhost'}}");
        post(API_SERVICES, apiService("remote.example.com", "remote", remote.port()));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(available("v1.remote.example.com"))
                .isEqualTo("True Passed all checks passed"));
    }

    @AfterAll
    static void stop() {
        remote.disposeNow();
        api.close();
    }

    private static String apiService(String group, String service, int port) throws Exception {
        String bundle = Base64.getEncoder().encodeToString(Files.readAllBytes(directory.resolve("ca.crt")));
        return "{'metadata':{'name':'v1." + group + "'},'spec':{'group':'" + group
                + "','version':'v1','groupPriorityMinimum':100,'versionPriority':10,'caBundle':'" + bundle
                + "','service':{'namespace':'default','name':'" + service + "','port':" + port + "}}}";
    }

    private static Publisher<Void> serve(HttpServerRequest request, HttpServerResponse response) {
        if (request.requestHeaders().contains("Upgrade")) {
            String user = request.requestHeaders().get("X-Remote-User", "nobody");
            boolean credentials = request.requestHeaders().contains("Authorization");
            return response.sendWebsocket((in, out) ->
                    out.sendString(in.receive().asString().map(text -> user + " " + credentials + " " + text)));
        }
        response.header("Content-Type", "application/json");
        if (request.uri().startsWith("/openapi/v2")) {
            return response.sendString(
                    Mono.just("{\"paths\":{\"" + THINGS + "\":{\"get\":{\"operationId\":\"listThings\"}}}}"));
        }
        if (request.uri().startsWith("/openapi/v3")) {
            return response.sendString(
                    Mono.just(
                            "{\"paths\":{\"apis/remote.example.com/v1\":{\"serverRelativeURL\":\"/openapi/v3/apis/remote.example.com/v1?hash=1\"}}}"));
        }
        if (request.uri().contains("watch=true")) {
            return response.send(
                    Flux.concat(
                            Mono.fromSupplier(() -> Unpooled.copiedBuffer(EVENT, StandardCharsets.US_ASCII)),
                            Mono.never()),
                    buffer -> true);
        }
        if (request.uri().startsWith(THINGS)) {
            ObjectNode echo = Json.object();
            List<String> names = new ArrayList<>();
            request.requestHeaders().forEach(header -> names.add(header.getKey().toLowerCase(java.util.Locale.ROOT)));
            names.forEach(name ->
                    echo.put(name, String.join(",", request.requestHeaders().getAll(name))));
            return request.receive().aggregate().asString().defaultIfEmpty("").flatMap(body -> response.status(
                            request.method().name().equals("POST") ? 201 : 200)
                    .sendString(Mono.just(Json.string(echo.put("body", body))))
                    .then());
        }
        return response.sendString(
                Mono.just(
                        "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\"remote.example.com/v1\",\"resources\":["
                                + "{\"name\":\"things\",\"singularName\":\"thing\",\"namespaced\":false,\"kind\":\"Thing\",\"verbs\":[\"list\"]},"
                                + "{\"name\":\"things/status\",\"singularName\":\"\",\"namespaced\":false,\"kind\":\"Thing\",\"verbs\":[\"get\"]}]}"));
    }

    private static HttpResponse<String> get(String path) {
        return api.send(api.request(path).GET());
    }

    private static void post(String path, String json) {
        HttpResponse<String> made = api.send(api.request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json.replace('\'', '"'))));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    }

    private static String available(String name) {
        JsonNode condition = Json.read(get(API_SERVICES + "/" + name).body())
                .path("status")
                .path("conditions")
                .path(0);
        return condition.path("status").asString("") + " "
                + condition.path("reason").asString("") + " "
                + condition.path("message").asString("");
    }

    @Test
    void aRequestIsPassedOnWithItsUserInsteadOfItsCredentials() {
        HttpResponse<String> reply = api.send(api.request(THINGS + "?limit=5")
                .header("X-Remote-User", "somebody-else")
                .POST(BodyPublishers.ofString("hello")));

        assertThat(reply.statusCode()).isEqualTo(201);
        JsonNode seen = Json.read(reply.body());
        assertThat(seen.path("x-remote-user").asString()).isEqualTo("tester");
        assertThat(seen.path("x-remote-group").asString()).contains("system:masters");
        assertThat(seen.has("authorization")).isFalse();
        assertThat(seen.path("host").asString()).isEqualTo("remote.default.svc:" + remote.port());
        assertThat(seen.path("body").asString()).isEqualTo("hello");
    }

    @Test
    void itsPathsAreInTheOneOpenApiDocument() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode paths = Json.read(get("/openapi/v2").body()).path("paths");
            assertThat(paths.path(THINGS).path("get").path("operationId").asString(""))
                    .isEqualTo("listThings");
            assertThat(paths.has("/api/v1/pods")).isTrue();
        });
    }

    @Test
    void aWebSocketComesThroughInBothDirections() throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        WebSocket socket = api.webSocket(THINGS + "/a/console", new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
                answer.complete(data.toString());
                return CompletableFuture.completedStage(null);
            }
        });

        socket.sendText("hello", true).join();

        assertThat(answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("tester false hello");
        socket.abort();
    }

    @Test
    void aWatchComesThroughAsItIsWritten() throws Exception {
        try (InputStream events = api.stream(api.request(THINGS + "?watch=true").GET())) {
            byte[] first = events.readNBytes(EVENT.length());

            assertThat(new String(first, StandardCharsets.UTF_8)).isEqualTo(EVENT);
        }
    }

    @Test
    void itsGroupIsFoundAmongTheOthers() {
        await().atMost(PATIENCE).untilAsserted(AggregationIT::itsGroupIsFound);
    }

    private static void itsGroupIsFound() {
        assertThat(get("/openapi/v3").body()).contains("apis/remote.example.com/v1?hash=1");
        HttpResponse<String> all = api.send(api.request("/apis")
                .header("Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
                .GET());

        assertThat(get("/apis").body()).contains("\"groupVersion\":\"remote.example.com/v1\"");
        assertThat(get("/apis/remote.example.com").statusCode()).isEqualTo(200);
        assertThat(get("/apis/remote.example.com/v1").body()).contains("\"things\"");
        JsonNode group = null;
        for (JsonNode each : Json.read(all.body()).path("items")) {
            if (each.path("metadata").path("name").asString("").equals("remote.example.com")) {
                group = each;
            }
        }
        assertThat(group).isNotNull();
        JsonNode version = group.path("versions").path(0);
        assertThat(version.path("freshness").asString()).isEqualTo("Current");
        assertThat(version.path("resources").path(0).path("resource").asString())
                .isEqualTo("things");
        assertThat(version.path("resources")
                        .path(0)
                        .path("subresources")
                        .path(0)
                        .path("subresource")
                        .asString())
                .isEqualTo("status");
    }

    @Test
    void whatCannotBeReachedSaysWhyAndAnswersNothing() throws Exception {
        post(API_SERVICES, apiService("absent.example.com", "absent", 443));

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(available("v1.absent.example.com"))
                .isEqualTo("False ServiceNotFound service/absent in \"default\" is not present"));
        HttpResponse<String> reply = get("/apis/absent.example.com/v1/things");
        assertThat(reply.statusCode()).isEqualTo(503);
        assertThat(reply.body()).isEqualTo("service unavailable\n");
    }

    @Test
    void whatThisServerServesIsAlwaysAvailable() {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(available("v1.apps"))
                .isEqualTo("True Local Local APIServices are always available"));
        JsonNode data = Json.read(get("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")
                        .body())
                .path("data");
        assertThat(data.path("requestheader-client-ca-file").asString()).startsWith("-----BEGIN CERTIFICATE-----");
    }
}
