package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** API Priority and Fairness over HTTPS, on a whole API server. */
@Timeout(120)
class FlowControlIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1";
    private static final String SCHEMA_HEADER = "X-Kubernetes-PF-FlowSchema-UID";
    private static final String LEVEL_HEADER = "X-Kubernetes-PF-PriorityLevel-UID";

    private static ApiServerUnderTest server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = ApiServerUnderTest.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> get(String path) {
        return server.send(server.request(path).GET());
    }

    private static HttpResponse<String> getAsNobody() {
        return server.send(server.request("/api/v1/namespaces", "nobody-token").GET());
    }

    private static void create(String path, String body) {
        HttpResponse<String> answer = server.send(server.request(GROUP + path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    private static String uid(String path) {
        HttpResponse<String> answer = get(GROUP + path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.read(answer.body()).path("metadata").path("uid").asString();
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static String dangling(String schema) {
        JsonNode conditions = Json.read(get(GROUP + "/flowschemas/" + schema).body())
                .path("status")
                .path("conditions");
        return conditions.isEmpty() ? "" : Json.string(conditions.get(0));
    }

    @Test
    void everyAnswerSaysByWhichRulesItCame() {
        await("the suggested objects")
                .atMost(PATIENCE)
                .until(() -> get(GROUP + "/flowschemas/catch-all").statusCode() == 200);
        String exempt = uid("/flowschemas/exempt");
        await("the exempt schema to be known").atMost(PATIENCE).until(() -> header(get("/version"), SCHEMA_HEADER)
                .equals(exempt));
        assertThat(header(get("/api/v1/namespaces"), LEVEL_HEADER))
                .isEqualTo(uid("/prioritylevelconfigurations/exempt"));

        await("the others to be known too").atMost(PATIENCE).untilAsserted(() -> {
            HttpResponse<String> refused = getAsNobody();
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(header(refused, SCHEMA_HEADER)).isEqualTo(uid("/flowschemas/global-default"));
            assertThat(header(refused, LEVEL_HEADER)).isEqualTo(uid("/prioritylevelconfigurations/global-default"));
        });
    }

    @Test
    void whoHasNoSeatIsAskedToComeAgain() {
        create("/prioritylevelconfigurations", """
                {"metadata":{"name":"shut"},"spec":{"type":"Limited","limited":{"nominalConcurrencyShares":0,"borrowingLimitPercent":0,
                 "limitResponse":{"type":"Reject"}}}}
                """);
        create("/flowschemas", """
                {"metadata":{"name":"shut-out"},"spec":{"matchingPrecedence":50,"priorityLevelConfiguration":{"name":"shut"},
                 "rules":[{"subjects":[{"kind":"User","user":{"name":"nobody"}}],
                           "resourceRules":[{"verbs":["list"],"apiGroups":[""],"resources":["nodes"],"clusterScope":true}]}]}}
                """);
        await("the rule to count")
                .atMost(PATIENCE)
                .until(() -> server.send(server.request("/api/v1/nodes", "nobody-token")
                                        .GET())
                                .statusCode()
                        == 429);

        HttpResponse<String> refused =
                server.send(server.request("/api/v1/nodes", "nobody-token").GET());
        assertThat(header(refused, "Retry-After")).isEqualTo("1");
        assertThat(Json.read(refused.body()).path("reason").asString()).isEqualTo("TooManyRequests");
        assertThat(header(refused, LEVEL_HEADER)).isEqualTo(uid("/prioritylevelconfigurations/shut"));
        assertThat(getAsNobody().statusCode()).as("of another flow").isEqualTo(403);
        assertThat(get("/metrics").body())
                .containsPattern(
                        "apiserver_flowcontrol_rejected_requests_total\\{[^}]*flow_schema=\"shut-out\",priority_level=\"shut\","
                                + "reason=\"concurrency-limit\"");
    }

    @Test
    void aSchemaWithoutItsLevelSaysSo() {
        create("/flowschemas", """
                {"metadata":{"name":"early"},"spec":{"matchingPrecedence":60,"priorityLevelConfiguration":{"name":"later"},
                 "rules":[{"subjects":[{"kind":"User","user":{"name":"somebody-else"}}],
                           "nonResourceRules":[{"verbs":["*"],"nonResourceURLs":["*"]}]}]}}
                """);
        await("the condition").atMost(PATIENCE).until(() -> dangling("early").contains("\"NotFound\""));
        assertThat(dangling("early"))
                .contains(
                        "\"status\":\"True\",\"type\":\"Dangling\"",
                        "This FlowSchema references the PriorityLevelConfiguration object named \\\"later\\\" but there is no such object");

        create("/prioritylevelconfigurations", """
                {"metadata":{"name":"later"},"spec":{"type":"Limited","limited":{"nominalConcurrencyShares":1,
                 "limitResponse":{"type":"Reject"}}}}
                """);

        await("the condition to turn").atMost(PATIENCE).until(() -> dangling("early")
                .contains("\"Found\""));
    }
}
