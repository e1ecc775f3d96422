package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The protocol of a whole API server over HTTPS: what single answers cannot show. */
@Timeout(120)
class ProtocolIT {

    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static ApiServerUnderTest server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = ApiServerUnderTest.start(directory);
        org.awaitility.Awaitility.await("the first namespaces")
                .until(() -> server.send(server.request("/api/v1/namespaces/default"))
                                .statusCode()
                        == 200);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> send(String method, String path, String type, String body) {
        HttpRequest.Builder request = server.request(path).header("Content-Type", type);
        return server.send(request.method(method, BodyPublishers.ofString(body)));
    }

    private static JsonNode create(String name, String label) {
        String body = "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"test\":\"%s\"}},\"data\":{\"a\":\"1\"}}";
        HttpResponse<String> reply = send("POST", MAPS, "application/json", body.formatted(name, label));
        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(201);
        assertThat(reply.headers().firstValue("Kybern-Revision")).isPresent();
        return Json.read(reply.body());
    }

    private static JsonNode get(String path) {
        return Json.read(server.send(server.request(path)).body());
    }

    @Test
    void listsInPiecesOfOneState() {
        for (int i = 0; i < 5; i++) {
            create("piece-" + i, "pieces");
        }
        List<String> names = new ArrayList<>();
        List<String> versions = new ArrayList<>();
        String token = "";
        do {
            JsonNode page =
                    get(MAPS + "?limit=2&labelSelector=test%3Dpieces" + (token.isEmpty() ? "" : "&continue=" + token));
            page.path("items")
                    .forEach(
                            each -> names.add(each.path("metadata").path("name").asString()));
            versions.add(page.path("metadata").path("resourceVersion").asString());
            token = page.path("metadata").path("continue").asString("");
            if (versions.size() == 1) {
                create("piece-late", "pieces");
            }
        } while (!token.isEmpty());

        assertThat(names).containsExactly("piece-0", "piece-1", "piece-2", "piece-3", "piece-4");
        assertThat(versions).hasSize(3).containsOnly(versions.getFirst());
    }

    @Test
    void watchesFromARevision() {
        String from = create("watched", "watched")
                .path("metadata")
                .path("resourceVersion")
                .asString();
        send("PATCH", MAPS + "/watched", "application/merge-patch+json", "{\"data\":{\"a\":\"2\"}}");
        server.send(server.request(MAPS + "/watched").DELETE());

        List<String> types = server
                .lines(
                        server.request(MAPS + "?watch=1&timeoutSeconds=60&labelSelector=test%3Dwatched&resourceVersion="
                                + from),
                        2)
                .stream()
                .map(line -> Json.read(line).path("type").asString())
                .toList();
        assertThat(types).containsExactly("MODIFIED", "DELETED");
    }

    @Test
    void keysOfAYamlBodyThatComeTwiceAreReportedAsAsked() {
        String body = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: twice }\ndata:\n  a: one\n  a: two\n";
        HttpResponse<String> strict = send("POST", MAPS + "?fieldValidation=Strict", "application/yaml", body);
        assertThat(strict.statusCode()).isEqualTo(400);
        assertThat(Json.read(strict.body()).path("message").asString())
                .endsWith("strict decoding error: yaml: unmarshal errors:\n  line 6: key \"a\" already set in map");

        HttpResponse<String> warned = send("POST", MAPS + "?dryRun=All", "application/yaml", body);
        assertThat(warned.statusCode()).isEqualTo(201);
        assertThat(warned.headers().firstValue("Warning").orElse(""))
                .contains("line 6: key \\\"a\\\" already set in map");

        HttpResponse<String> ignored =
                send("POST", MAPS + "?dryRun=All&fieldValidation=Ignore", "application/yaml", body);
        assertThat(ignored.statusCode()).isEqualTo(201);
        assertThat(ignored.headers().firstValue("Warning")).isEmpty();
    }

    @Test
    void watchesUnderTheOldPathsToo() {
        String from = create("old-path", "old-path")
                .path("metadata")
                .path("resourceVersion")
                .asString();
        create("other", "old-path");
        server.send(server.request(MAPS + "/old-path").DELETE());
        server.send(server.request(MAPS + "/other").DELETE());

        String old = MAPS.replace("/api/v1/", "/api/v1/watch/");
        String query = "?timeoutSeconds=60&labelSelector=test%3Dold-path&resourceVersion=" + from;
        assertThat(names(old + query, 3)).containsExactly("other", "old-path", "other");
        assertThat(names(old + "/other" + query, 2)).containsExactly("other", "other");
        assertThat(names("/api/v1/watch/configmaps" + query, 3)).containsExactly("other", "old-path", "other");
    }

    private static List<String> names(String watch, int count) {
        return server.lines(server.request(watch), count).stream()
                .map(line -> Json.read(line)
                        .path("object")
                        .path("metadata")
                        .path("name")
                        .asString())
                .toList();
    }

    @Test
    void tellsAWatchFromTheFutureOrThePast() {
        HttpResponse<String> future = server.send(
                server.request(MAPS + "?resourceVersion=999999&timeoutSeconds=1&resourceVersionMatch=NotOlderThan"));

        assertThat(future.statusCode()).isEqualTo(504);
        assertThat(Json.read(future.body())
                        .path("details")
                        .path("causes")
                        .path(0)
                        .path("reason")
                        .asString())
                .isEqualTo("ResourceVersionTooLarge");
    }

    @Test
    void changesNothingOnADryRun() {
        HttpResponse<String> reply =
                send("POST", MAPS + "?dryRun=All", "application/json", "{\"metadata\":{\"name\":\"dry\"}}");

        assertThat(reply.statusCode()).isEqualTo(201);
        assertThat(reply.headers().firstValue("Kybern-Revision")).isEmpty();
        assertThat(server.send(server.request(MAPS + "/dry")).statusCode()).isEqualTo(404);
    }

    @Test
    void commitsNothingThatChangesNothing() {
        JsonNode before = create("same", "same");
        HttpResponse<String> reply =
                send("PATCH", MAPS + "/same", "application/merge-patch+json", "{\"data\":{\"a\":\"1\"}}");

        assertThat(Json.read(reply.body()).path("metadata").path("resourceVersion"))
                .isEqualTo(before.path("metadata").path("resourceVersion"));
    }

    @Test
    void keepsAnObjectUntilItsFinalizersAreGone() {
        send("POST", MAPS, "application/json", "{\"metadata\":{\"name\":\"held\",\"finalizers\":[\"a.b/c\"]}}");
        HttpResponse<String> deleted =
                server.send(server.request(MAPS + "/held").DELETE());

        assertThat(Json.read(deleted.body()).path("metadata").has("deletionTimestamp"))
                .isTrue();
        assertThat(server.send(server.request(MAPS + "/held")).statusCode()).isEqualTo(200);
        send("PATCH", MAPS + "/held", "application/merge-patch+json", "{\"metadata\":{\"finalizers\":null}}");
        assertThat(server.send(server.request(MAPS + "/held")).statusCode()).isEqualTo(404);
    }

    @Test
    void makesNamesFromPrefixes() {
        HttpResponse<String> reply =
                send("POST", MAPS, "application/json", "{\"metadata\":{\"generateName\":\"made-\"}}");

        assertThat(Json.read(reply.body()).path("metadata").path("name").asString())
                .matches("made-[a-z0-9]{5}");
    }

    @Test
    void warnsOfFieldsThatTheTypeDoesNotHave() {
        HttpResponse<String> reply =
                send("POST", MAPS, "application/json", "{\"metadata\":{\"name\":\"warned\"},\"dada\":1}");

        assertThat(reply.statusCode()).isEqualTo(201);
        assertThat(reply.headers().firstValue("Warning")).hasValue("299 - \"unknown field \\\"dada\\\"\"");
    }

    @Test
    void answersTables() {
        create("row", "rows");
        HttpResponse<String> reply = server.send(server.request(MAPS + "?labelSelector=test%3Drows")
                .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"));

        JsonNode table = Json.read(reply.body());
        assertThat(table.path("kind").asString()).isEqualTo("Table");
        assertThat(table.path("rows").path(0).path("cells").path(0).asString()).isEqualTo("row");
        assertThat(table.path("rows").path(0).path("object").path("kind").asString())
                .isEqualTo("PartialObjectMetadata");
    }

    @Test
    void listsItsPathsAndTellsByAHashInWhichVersionObjectsAreKept() {
        List<String> paths = new ArrayList<>();
        get("/").path("paths").forEach(each -> paths.add(each.asString()));
        assertThat(paths)
                .isSorted()
                .contains(
                        "/api",
                        "/api/v1",
                        "/apis/",
                        "/apis/apps",
                        "/apis/apps/v1",
                        "/readyz",
                        "/readyz/ping",
                        "/version");

        List<String> hashes = new ArrayList<>();
        get("/api/v1")
                .path("resources")
                .forEach(each -> hashes.add(each.path("name").asString() + " "
                        + each.path("storageVersionHash").asString("")));
        assertThat(hashes).contains("pods xPOwRZ+Yhw8=", "pods/status ", "bindings ");
    }

    @Test
    void refusesAPathThatCannotBeDecoded() throws IOException {
        String request = "GET /api/v1/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        try (Socket socket = server.socket()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String reply = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(reply).startsWith("HTTP/1.1 400").contains("invalid URL escape");
        }
    }

    @Test
    void letsClientsKeepDiscoveryDocuments() {
        String accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        HttpResponse<String> first = server.send(server.request("/apis").header("Accept", accept));
        String tag = first.headers().firstValue("ETag").orElseThrow();

        assertThat(first.headers().firstValue("Content-Type")).hasValue(accept);
        assertThat(server.send(server.request("/apis").header("Accept", accept).header("If-None-Match", tag))
                        .statusCode())
                .isEqualTo(304);
    }

    @Test
    void asksWhoItIsAndWhetherTheyMay() {
        HttpResponse<String> bad = server.send(server.request(MAPS, "no-such-token"));
        assertThat(bad.statusCode()).isEqualTo(401);
        assertThat(Json.read(bad.body()).path("reason").asString()).isEqualTo("Unauthorized");

        HttpResponse<String> nobody = server.send(server.request(MAPS, "nobody-token"));
        assertThat(nobody.statusCode()).isEqualTo(403);
        assertThat(Json.read(nobody.body()).path("message").asString())
                .isEqualTo(
                        "configmaps is forbidden: User \"nobody\" cannot list resource \"configmaps\" in API group \"\""
                                + " in the namespace \"default\"");
        HttpResponse<String> version = server.send(server.request("/version", "nobody-token"));
        assertThat(Json.read(version.body()).path("message").asString())
                .isEqualTo("forbidden: User \"nobody\" cannot get path \"/version\"");
    }

    @Test
    void actsAsSomebodyElseWhenAsked() {
        HttpResponse<String> reply = server.send(server.request(MAPS).header("Impersonate-User", "nobody"));

        assertThat(reply.statusCode()).isEqualTo(403);
    }

    @Test
    void refusesABodyThatIsTooLarge() {
        HttpResponse<String> reply = send("POST", MAPS, "application/json", "\"" + "x".repeat(4 << 20) + "\"");

        assertThat(reply.statusCode()).isEqualTo(413);
        assertThat(Json.read(reply.body()).path("reason").asString()).isEqualTo("RequestEntityTooLarge");
        assertThat(Json.read(reply.body()).path("message").asString())
                .isEqualTo("Request entity is too large: limit is 3145728");
    }

    @Test
    void saysInWordsThatPlainHttpIsNotSpokenHere() throws IOException {
        try (Socket socket = new Socket("localhost", server.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(answer)
                    .isEqualTo("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
        }
    }

    @Test
    void warnsOfTypesThatAreOnTheirWayOut() {
        HttpResponse<String> reply = server.send(server.request("/api/v1/namespaces/default/endpoints"));

        assertThat(reply.headers().firstValue("Warning"))
                .hasValue("299 - \"v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\"");
    }

    @Test
    void listsEachRuleOnce() {
        send(
                "POST",
                "/apis/rbac.authorization.k8s.io/v1/clusterroles",
                "application/json",
                "{\"metadata\":{\"name\":\"everything\"},\"rules\":[{\"apiGroups\":[\"*\"],\"resources\":[\"*\"],\"verbs\":[\"*\"]}]}");
        send(
                "POST",
                "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                "application/json",
                "{\"metadata\":{\"name\":\"everything\"},\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\","
                        + "\"name\":\"everything\"},\"subjects\":[{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Group\","
                        + "\"name\":\"system:masters\"}]}");
        org.awaitility.Awaitility.await("the binding counts").untilAsserted(() -> {
            JsonNode rules = Json.read(send(
                                    "POST",
                                    "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                                    "application/json",
                                    "{\"spec\":{\"namespace\":\"default\"}}")
                            .body())
                    .path("status")
                    .path("resourceRules");
            assertThat(rules).hasSize(1);
        });
    }

    @Test
    void publishesItself() {
        org.awaitility.Awaitility.await("the server's own Service")
                .untilAsserted(() -> assertThat(get("/api/v1/namespaces/default/services/kubernetes")
                                .path("spec")
                                .path("clusterIP")
                                .asString(""))
                        .isEqualTo("10.96.0.1"));
        org.awaitility.Awaitility.await("the server's own endpoint slice")
                .until(() -> server.send(server.request(
                                        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"))
                                .statusCode()
                        == 200);
    }

    @Test
    void issuesTokensThatItAccepts() {
        send(
                "POST",
                "/api/v1/namespaces/default/serviceaccounts",
                "application/json",
                "{\"metadata\":{\"name\":\"robot\"}}");
        HttpResponse<String> issued = send(
                "POST", "/api/v1/namespaces/default/serviceaccounts/robot/token", "application/json", "{\"spec\":{}}");
        String token = Json.read(issued.body()).path("status").path("token").asString();

        org.awaitility.Awaitility.await("the account is known to the server's cache")
                .untilAsserted(() -> assertThat(Json.read(
                                        server.send(server.request(MAPS, token)).body())
                                .path("message")
                                .asString())
                        .contains("User \"system:serviceaccount:default:robot\" cannot list"));
    }

    @Test
    void showsMetricsUnderTheNamesOfDashboards() {
        String metrics = server.send(server.request("/metrics")).body();

        assertThat(metrics)
                .contains("apiserver_request_duration_seconds_bucket")
                .contains("apiserver_request_total{")
                .contains("apiserver_current_inflight_requests{");
    }
}
