package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Custom resources over HTTPS, on a whole API server. */
@Timeout(120)
class CustomResourcesIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private static ApiServerUnderTest server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = ApiServerUnderTest.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static JsonNode get(String path) {
        return Json.read(server.send(server.request(path).GET()).body());
    }

    private static int code(String path) {
        return server.send(server.request(path).GET()).statusCode();
    }

    @TestFactory
    Stream<DynamicTest> answersAsKubernetesDid() {
        List<RecordedCase> cases = RecordedCase.read("custom.json");
        return cases.stream()
                .map(each -> DynamicTest.dynamicTest(each.name(), () -> {
                    if (cases.indexOf(each) > 1) {
                        await("the type to be served")
                                .atMost(PATIENCE)
                                .until(() -> code("/apis/example.com/v1/gadgets") == 200);
                    }
                    assertThat(each.play(server)).isEmpty();
                }));
    }

    @Test
    void discoveryAndDocumentsTellOfATypeAndForgetIt() {
        String definition = """
                {"metadata":{"name":"things.it.example.com"},"spec":{"group":"it.example.com","scope":"Cluster",
                 "names":{"plural":"things","kind":"Thing","shortNames":["th"]},
                 "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}
                """;
        server.send(server.request(DEFINITIONS)
                .header("Content-Type", "application/json")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(definition)));
        await("discovery of the group").atMost(PATIENCE).until(() -> code("/apis/it.example.com/v1") == 200);
        JsonNode thing = get("/apis/it.example.com/v1").path("resources").get(0);
        assertThat(thing.path("name").asString()).isEqualTo("things");
        assertThat(thing.path("shortNames").toString()).isEqualTo("[\"th\"]");
        await("its document")
                .atMost(PATIENCE)
                .until(() -> get("/openapi/v3").path("paths").has("apis/it.example.com/v1"));
        assertThat(get("/openapi/v3/apis/it.example.com/v1")
                        .path("components")
                        .path("schemas")
                        .has("com.example.it.v1.Thing"))
                .isTrue();
        server.send(server.request(DEFINITIONS + "/things.it.example.com").DELETE());
        await("the group to go").atMost(PATIENCE).until(() -> code("/apis/it.example.com/v1") == 404);
        await("its document to go")
                .atMost(PATIENCE)
                .until(() -> !get("/openapi/v3").path("paths").has("apis/it.example.com/v1"));
    }
}
