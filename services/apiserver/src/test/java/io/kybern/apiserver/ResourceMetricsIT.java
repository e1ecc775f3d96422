package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import tools.jackson.databind.JsonNode;

/** The resource-metrics API of a whole API server over HTTPS, beside one node that answers and one that does not. */
@Timeout(180)
class ResourceMetricsIT {

    private static final String API = "/apis/metrics.k8s.io/v1beta1";
    private static final String NODE = "localhost";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AtomicInteger READ = new AtomicInteger();

    private static final String SUMMARY = """
            {"node":{"nodeName":"localhost",
              "cpu":{"time":"2026-01-02T03:04:05Z","usageNanoCores":250000000},"memory":{"workingSetBytes":1048576}},
             "pods":[
              {"podRef":{"name":"busy","namespace":"default"},"containers":[
                {"name":"app","cpu":{"time":"2026-01-02T03:04:05Z","usageNanoCores":100000000},"memory":{"workingSetBytes":2048}},
                {"name":"log","cpu":{"time":"2026-01-02T03:04:05Z","usageNanoCores":0},"memory":{"workingSetBytes":1024}}]},
              {"podRef":{"name":"young","namespace":"default"},"containers":[
                {"name":"app","cpu":{"time":"2026-01-02T03:04:05Z"},"memory":{"workingSetBytes":2048}}]}]}
            """;

    @TempDir
    static Path directory;

    private static ApiServerUnderTest api;
    private static DisposableServer node;

    @BeforeAll
    static void start() throws Exception {
        api = ApiServerUnderTest.start(directory);
        SslContext tls = SslContextBuilder.forServer(
                        directory.resolve("apiserver.crt").toFile(),
                        directory.resolve("apiserver.key").toFile())
                .build();
        node = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .secure(spec -> spec.sslContext(tls))
                .handle((request, response) -> {
                    READ.incrementAndGet();
                    return request.uri().equals("/stats/summary")
                            ? response.sendString(Mono.just(SUMMARY))
                            : response.sendNotFound();
                })
                .bindNow();
        await().atMost(PATIENCE).until(() -> get("/api/v1/namespaces/default").statusCode() == 200);
        write(
                "POST",
                "/api/v1/nodes",
                "{'metadata':{'name':'localhost','labels':{'zone':'a'}},'status':{'addresses':[{'type':'InternalIP','address':'127.0.0.1'}],"
                        + "'daemonEndpoints':{'kubeletEndpoint':{'Port':" + node.port() + "}}}}");
        write(
                "POST",
                "/api/v1/nodes",
                "{'metadata':{'name':'silent'},'status':{'addresses':[{'type':'InternalIP','address':'127.0.0.1'}],"
                        + "'daemonEndpoints':{'kubeletEndpoint':{'Port':1}}}}");
        write(
                "POST",
                "/api/v1/namespaces/default/serviceaccounts",
                "{'metadata':{'name':'default','namespace':'default'}}");
        pod("busy", "web", NODE);
        pod("young", "db", NODE);
        pod("unseen", "web", NODE);
        pod("lost", "web", "silent");
        // what nodes tell is shown for what the cache has
        await().atMost(PATIENCE)
                .until(() -> read(API + "/pods").path("items").size() == 1
                        && read(API + "/nodes").path("items").size() == 1);
    }

    @AfterAll
    static void stop() {
        node.disposeNow();
        api.close();
    }

    private static void pod(String name, String app, String where) {
        write(
                "POST",
                "/api/v1/namespaces/default/pods",
                "{'metadata':{'name':'%s','labels':{'app':'%s'}},'spec':{'nodeName':'%s','containers':[{'name':'app','image':'a'}]}}"
                        .formatted(name, app, where));
    }

    private static void write(String method, String path, String json) {
        HttpResponse<String> made = api.send(api.request(path)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(json.replace('\'', '"'))));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    }

    private static HttpResponse<String> get(String path) {
        return api.send(api.request(path).GET());
    }

    private static JsonNode read(String path) {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.read(answer.body());
    }

    @Test
    void nodesThatAnswerAreListedWithWhatTheyUse() {
        JsonNode list = read(API + "/nodes");

        assertThat(list.path("kind").asString()).isEqualTo("NodeMetricsList");
        assertThat(list.path("items").size()).isEqualTo(1);
        JsonNode only = list.path("items").get(0);
        assertThat(only.path("metadata").path("name").asString()).isEqualTo(NODE);
        assertThat(only.path("metadata").path("labels").path("zone").asString()).isEqualTo("a");
        assertThat(only.path("usage").toString()).isEqualTo("{\"cpu\":\"250000000n\",\"memory\":\"1024Ki\"}");
        assertThat(only.path("timestamp").asString()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(read(API + "/nodes/" + NODE).path("kind").asString()).isEqualTo("NodeMetrics");
        assertThat(get(API + "/nodes/silent").body()).contains("nodemetrics.metrics.k8s.io \\\"silent\\\" not found");
    }

    @Test
    void podsAreListedOnceAllTheirContainersHaveBeenLookedAt() {
        JsonNode list = read(API + "/namespaces/default/pods");

        assertThat(list.path("kind").asString()).isEqualTo("PodMetricsList");
        assertThat(list.path("items").size()).isEqualTo(1);
        JsonNode only = list.path("items").get(0);
        assertThat(only.path("metadata").path("name").asString()).isEqualTo("busy");
        assertThat(only.path("containers").toString())
                .isEqualTo(
                        "[{\"name\":\"app\",\"usage\":{\"cpu\":\"100000000n\",\"memory\":\"2Ki\"}},{\"name\":\"log\",\"usage\":{\"cpu\":\"0\",\"memory\":\"1Ki\"}}]");
        assertThat(read(API + "/pods").path("items").size()).isEqualTo(1);
        assertThat(read(API + "/pods?labelSelector=app%3Ddb").path("items").size())
                .isZero();
        assertThat(read(API + "/pods?fieldSelector=metadata.name%3Dbusy")
                        .path("items")
                        .size())
                .isEqualTo(1);
        HttpResponse<String> young = get(API + "/namespaces/default/pods/young");
        assertThat(young.statusCode()).isEqualTo(404);
        assertThat(young.body()).contains("podmetrics.metrics.k8s.io \\\"default/young\\\" not found");
    }

    @Test
    void aTableSumsUpThePod() {
        JsonNode table = Json.read(api.send(api.request(API + "/namespaces/default/pods/busy")
                        .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
                        .GET())
                .body());

        assertThat(table.path("columnDefinitions").valueStream().map(each -> each.path("name")
                        .asString()))
                .containsExactly("Name", "cpu", "memory", "Window");
        assertThat(table.path("rows").get(0).path("cells").toString()).isEqualTo("[\"busy\",\"100m\",\"3Ki\",\"10s\"]");
        assertThat(table.path("rows")
                        .get(0)
                        .path("object")
                        .path("metadata")
                        .path("name")
                        .asString())
                .isEqualTo("busy");
    }

    @Test
    void manyWhoAskCostNoMoreThanOne() {
        int before = READ.get();
        for (int i = 0; i < 20; i++) {
            read(API + "/pods");
        }

        assertThat(READ.get() - before).isLessThan(20);
    }

    @Test
    void itIsFoundByDiscoveryAndInTheListOfApiServices() {
        assertThat(get("/apis").body()).contains("\"groupVersion\":\"metrics.k8s.io/v1beta1\"");
        assertThat(read("/apis/metrics.k8s.io")
                        .path("preferredVersion")
                        .path("version")
                        .asString())
                .isEqualTo("v1beta1");
        assertThat(read(API).path("resources").valueStream().map(each -> each.path("kind")
                        .asString()))
                .containsExactly("NodeMetrics", "PodMetrics");
        HttpResponse<String> all = api.send(api.request("/apis")
                .header("Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
                .GET());
        assertThat(all.body()).contains("\"name\":\"metrics.k8s.io\"").contains("PodMetrics");
        await().atMost(PATIENCE)
                .until(() -> get("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io")
                                .statusCode()
                        == 200);
    }

    @Test
    void onlyWhoMayReadItDoesAndNobodyWrites() {
        assertThat(api.send(api.request(API + "/pods", "nobody-token").GET()).statusCode())
                .isEqualTo(403);
        assertThat(api.send(api.request(API + "/nodes/" + NODE).DELETE()).statusCode())
                .isEqualTo(405);
        assertThat(get(API + "/services").statusCode()).isEqualTo(404);
    }
}
