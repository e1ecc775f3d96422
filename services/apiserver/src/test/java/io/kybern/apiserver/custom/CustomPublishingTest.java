package io.kybern.apiserver.custom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the published documents say of custom resources, what their metadata may say, and what becomes of their definitions' status. */
@Timeout(120)
class CustomPublishingTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String FOOS = "/apis/example.com/v1/foos";
    private static final String DESCRIBED = """
            { "description": "Foo CRD for testing", "type": "object", "properties": {
              "spec": { "type": "object", "description": "Specification of Foo", "properties": {
                "bars": { "description": "List of Bars.", "type": "array", "items": {
                  "type": "object", "required": ["name"], "properties": {
                    "name": { "type": "string", "description": "Name of Bar." },
                    "feeling": { "type": "string", "enum": ["Great", "Down"] },
                    "bazs": { "type": "array", "items": { "type": "string" } } } } } } } } }
            """;
    private static final String OPEN = """
            { "description": "open", "type": "object", "x-kubernetes-preserve-unknown-fields": true,
              "properties": { "spec": { "type": "object" } } }
            """;
    private static final String OPEN_INSIDE = """
            { "type": "object", "properties": { "spec": { "description": "S", "type": "object",
              "x-kubernetes-preserve-unknown-fields": true, "properties": { "dummy": { "type": "object" } } } } }
            """;

    private final WritesUnderTest api = new WritesUnderTest();

    @BeforeEach
    void makeNamespace() {
        api.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"default\"}}");
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private void define(String versions) {
        Reply created = api.create(DEFINITIONS, """
                { "metadata": { "name": "foos.example.com" }, "spec": { "group": "example.com", "scope": "Cluster",
                  "names": { "plural": "foos", "kind": "Foo" }, "versions": [%s] } }
                """.formatted(versions));
        assertThat(created.code()).as(created.text()).isEqualTo(201);
        established();
    }

    private void established() {
        await("the definition is established").atMost(PATIENCE).until(() -> conditions()
                .contains("Established"));
        assertThat(api.get(FOOS).code()).isIn(200, 404);
    }

    private List<String> conditions() {
        return api.get(DEFINITIONS + "/foos.example.com")
                .body()
                .path("status")
                .path("conditions")
                .findValuesAsString("type");
    }

    private static String version(String name, boolean storage, String schema, String more) {
        return "{\"name\":\"%s\",\"served\":true,\"storage\":%s,%s\"schema\":{\"openAPIV3Schema\":%s}}"
                .formatted(name, storage, more, schema);
    }

    /** A definition of OpenAPI 2 without what the server adds to each; missing if there is none. */
    private JsonNode inOpenApi2(String name) {
        JsonNode definition =
                Json.read(api.documents().v2()).path("definitions").path(name);
        if (definition instanceof ObjectNode found) {
            found.remove("x-kubernetes-group-version-kind");
            if (found.get("properties") instanceof ObjectNode properties) {
                assertThat(properties.path("metadata").path("$ref").asString()).endsWith(".ObjectMeta");
                properties.remove(List.of("metadata", "apiVersion", "kind"));
            }
        }
        return definition;
    }

    @Test
    void aDefinitionIsPublishedAsItWasDeclared() {
        define(version("v1", true, DESCRIBED, ""));
        assertThat(inOpenApi2("com.example.v1.Foo")).isEqualTo(Json.read(DESCRIBED));
    }

    @Test
    void whatIsOpenAtItsRootHasNoFieldsInTheOlderDocument() {
        define(version("v1", true, OPEN, ""));
        assertThat(inOpenApi2("com.example.v1.Foo")).isEqualTo(Json.read("{\"type\":\"object\"}"));
        JsonNode newer = Json.read(api.documents().v3("apis/example.com/v1").orElseThrow())
                .path("components")
                .path("schemas")
                .path("com.example.v1.Foo");
        assertThat(newer.path("description").asString()).isEqualTo("open");
        assertThat(newer.path("properties").has("spec")).isTrue();
    }

    @Test
    void whatIsOpenInsideIsNotDescribedThereInTheOlderDocument() {
        define(version("v1", true, OPEN_INSIDE, ""));
        assertThat(inOpenApi2("com.example.v1.Foo").path("properties").path("spec"))
                .isEqualTo(Json.read("{\"description\":\"S\",\"x-kubernetes-preserve-unknown-fields\":true}"));
    }

    @Test
    void renamedAndUnservedVersionsLeaveTheDocuments() {
        define(version("v2", true, DESCRIBED, "") + "," + version("v3", false, DESCRIBED, ""));
        assertThat(inOpenApi2("com.example.v2.Foo")).isEqualTo(Json.read(DESCRIBED));
        assertThat(inOpenApi2("com.example.v3.Foo")).isEqualTo(Json.read(DESCRIBED));

        WritesUnderTest.made(api.send(
                "PATCH",
                DEFINITIONS + "/foos.example.com",
                "application/json-patch+json",
                "[{\"op\":\"test\",\"path\":\"/spec/versions/1/name\",\"value\":\"v3\"},"
                        + "{\"op\":\"replace\",\"path\":\"/spec/versions/1/name\",\"value\":\"v4\"}]"));
        api.get("/apis/example.com/v4/foos");
        assertThat(inOpenApi2("com.example.v4.Foo")).isEqualTo(Json.read(DESCRIBED));
        assertThat(inOpenApi2("com.example.v3.Foo").isMissingNode()).isTrue();

        WritesUnderTest.made(api.send(
                "PATCH",
                DEFINITIONS + "/foos.example.com",
                "application/json-patch+json",
                "[{\"op\":\"replace\",\"path\":\"/spec/versions/1/served\",\"value\":false}]"));
        await("the version leaves").atMost(PATIENCE).until(() -> {
            // whoever asks for the type has the server look at the definitions, as far as its cache is
            api.get("/apis/example.com/v2/foos");
            return inOpenApi2("com.example.v4.Foo").isMissingNode();
        });
        assertThat(inOpenApi2("com.example.v2.Foo")).isEqualTo(Json.read(DESCRIBED));
    }

    @Test
    void selectableFieldsAreNamedInTheDocuments() {
        define(version(
                "v1",
                true,
                "{\"type\":\"object\",\"properties\":{\"spec\":{\"type\":\"object\",\"properties\":{\"color\":{\"type\":\"string\"}}}}}",
                "\"selectableFields\":[{\"jsonPath\":\".spec.color\"}],"));
        assertThat(inOpenApi2("com.example.v1.Foo").path("x-kubernetes-selectable-fields"))
                .isEqualTo(Json.read("[{\"fieldPath\":\"spec.color\"}]"));
    }

    @Test
    void finalizersOfCustomObjectsNeedNoDomainButAreWarnedOf() {
        define(version("v1", true, OPEN, ""));
        Reply created =
                api.create(FOOS, "{\"metadata\":{\"name\":\"held\",\"finalizers\":[\"test-finalizer\",\"a.b/c\"]}}");
        String warning =
                "metadata.finalizers: \"test-finalizer\": prefer a domain-qualified finalizer name including a path (/) to avoid"
                        + " accidental conflicts with other finalizer writers";
        assertThat(created.code()).as(created.text()).isEqualTo(201);
        assertThat(created.warnings()).containsExactly(warning);
        assertThat(api.merge(FOOS + "/held", "{\"spec\":{}}").warnings()).isEmpty();

        assertThat(api.create(
                                "/api/v1/namespaces/default/configmaps",
                                "{\"metadata\":{\"name\":\"held\",\"finalizers\":[\"test-finalizer\"]}}")
                        .message())
                .contains(
                        "metadata.finalizers[0]: Invalid value: \"test-finalizer\": name is neither a standard finalizer"
                                + " name nor is it fully qualified");
    }

    @Test
    void aDefinitionWhoseConditionsAreOverwrittenGetsThemBack() {
        define(version("v1", true, OPEN, ""));
        WritesUnderTest.made(
                api.merge(
                        DEFINITIONS + "/foos.example.com/status",
                        "{\"status\":{\"conditions\":[{\"type\":\"Own\",\"status\":\"True\",\"reason\":\"Mine\",\"message\":\"m\"}]}}"));
        await("the conditions come back").atMost(PATIENCE).untilAsserted(() -> assertThat(conditions())
                .containsExactlyInAnyOrder("Own", "NamesAccepted", "Established"));
    }
}
