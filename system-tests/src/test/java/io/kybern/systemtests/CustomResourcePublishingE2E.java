package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the published documents say of custom resources, and what kubectl makes of them. */
class CustomResourcePublishingE2E extends ApiTest {

    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String FOO = """
            { description: Foo CRD for Testing, type: object, properties: {
              spec: { type: object, description: Specification of Foo, properties: { bars: {
                description: List of Bars and their specs., type: array, items: { type: object, required: [name], properties: {
                  name: { description: Name of Bar., type: string },
                  age: { description: Age of Bar., type: string },
                  feeling: { description: Whether Bar is feeling great., type: string, enum: [Great, Down] },
                  bazs: { description: List of Bazs., type: array, items: { type: string } } } } } } },
              status: { description: Status of Foo, type: object, properties: { bars: {
                description: List of Bars and their statuses., type: array, items: { type: object, properties: {
                  available: { description: Whether the Bar is installed., type: boolean },
                  quxType: { description: Indicates to external qux type., type: string, pattern: in-tree|out-of-tree } } } } } } } }
            """;
    private static final String WALDO = """
            { description: %s, type: object, %s properties: {
              spec: { description: Specification of Waldo, type: object, %s properties: { dummy: { description: Dummy property., type: object } } } } }
            """;

    /** All definitions are published together. */
    @BeforeAll
    void define() {
        define("foos", "Foo", FOO, "v1");
        define("waldos", "Waldo", WALDO.formatted("Waldo CRD for Testing", "", ""), "v1", "v2alpha1");
        define("anythings", "Anything", "{ type: object, x-kubernetes-preserve-unknown-fields: true }", "v1");
        define(
                "roots",
                "Root",
                WALDO.formatted("open at its root", "x-kubernetes-preserve-unknown-fields: true,", ""),
                "v1");
        define(
                "insides",
                "Inside",
                WALDO.formatted("open inside", "", "x-kubernetes-preserve-unknown-fields: true,"),
                "v1");
        for (String each : List.of("Foo", "Waldo", "Anything", "Root", "Inside")) {
            eventually(each + " is published")
                    .until(() -> published("v1." + each).isObject());
        }
    }

    private void define(String plural, String kind, String schema, String... versions) {
        StringBuilder all = new StringBuilder();
        for (String version : versions) {
            all.append("  - { name: %s, served: true, storage: %s, schema: { openAPIV3Schema: %s } }\n"
                    .formatted(
                            version, version.equals(versions[0]), schema.strip().replace("\n", "\n      ")));
        }
        api.post(DEFINITIONS, """
                        metadata: { name: %1$s.%2$s, labels: { publishing: %3$s } }
                        spec:
                          group: %2$s
                          scope: Namespaced
                          names: { plural: %1$s, kind: %4$s }
                          versions:
                        """.formatted(plural, group(), kubectl.namespace(), kind) + all)
                .ok();
    }

    @AfterAll
    void removeDefinitions() {
        api.delete(DEFINITIONS + "?labelSelector=publishing%3D" + kubectl.namespace());
    }

    private String group() {
        return kubectl.namespace() + ".example.com";
    }

    /** A definition of OpenAPI 2, without what the server adds to each. */
    private JsonNode published(String versionAndKind) {
        JsonNode found = api.get("/openapi/v2")
                .ok()
                .body()
                .path("definitions")
                .path("com.example." + kubectl.namespace() + "." + versionAndKind);
        if (found instanceof ObjectNode definition) {
            definition.remove("x-kubernetes-group-version-kind");
            if (definition.get("properties") instanceof ObjectNode properties) {
                properties.remove(List.of("apiVersion", "kind", "metadata"));
            }
        }
        return found;
    }

    /** A schema as JSON: what the server itself keeps of it. */
    private JsonNode declared(String plural) {
        return api.get(DEFINITIONS + "/" + plural + "." + group())
                .ok()
                .body()
                .at("/spec/versions/0/schema/openAPIV3Schema");
    }

    private Kubectl.Result with(String verb, String kind, String more) {
        return kubectl.call(
                "{\"kind\":\"%s\",\"apiVersion\":\"%s/v1\",\"metadata\":{\"name\":\"test\"},%s}"
                        .formatted(kind, group(), more),
                Map.of(),
                verb,
                "-f",
                "-");
    }

    private void taken(String plural, String kind, String more) {
        for (String verb : List.of("create", "apply")) {
            with(verb, kind, more).ok();
            kubectl.run("delete", plural + "." + group(), "test");
        }
    }

    private void explains(String what, String pattern) {
        eventually("kubectl knows " + what).untilAsserted(() -> assertThat(
                        kubectl.call("", Map.of(), "explain", what, "--api-version=" + group() + "/v1")
                                .output())
                .containsPattern(Pattern.compile(pattern, Pattern.DOTALL)));
    }

    @Test
    void aDefinitionEqualsItsSchema() {
        assertThat(published("v1.Foo")).isEqualTo(declared("foos"));
        assertThat(published("v1.Waldo")).isEqualTo(declared("waldos"));
        assertThat(published("v2alpha1.Waldo")).isEqualTo(declared("waldos"));
        assertThat(published("v1.Anything").propertyNames()).containsExactly("type");
    }

    @Test
    void aVersionThatIsRenamedOrNotServedLeavesTheDocument() {
        define("renameds", "Renamed", "{ type: object }", "v2", "v3");
        eventually("both are published")
                .until(() -> published("v2.Renamed").isObject()
                        && published("v3.Renamed").isObject());
        String path = DEFINITIONS + "/renameds." + group();
        api.patch(
                        path,
                        ClusterApi.JSON_PATCH,
                        "[{\"op\":\"test\",\"path\":\"/spec/versions/1/name\",\"value\":\"v3\"},"
                                + "{\"op\":\"replace\",\"path\":\"/spec/versions/1/name\",\"value\":\"v4\"}]")
                .ok();
        eventually("the new name is published")
                .until(() -> published("v4.Renamed").isObject()
                        && published("v3.Renamed").isMissingNode());
        api.patch(
                        path,
                        ClusterApi.JSON_PATCH,
                        "[{\"op\":\"replace\",\"path\":\"/spec/versions/1/served\",\"value\":false}]")
                .ok();
        eventually("it is not published any more")
                .until(() -> published("v4.Renamed").isMissingNode());
        assertThat(published("v2.Renamed").isObject()).isTrue();
    }

    @Test
    void whatFitsTheSchemaIsTakenAndNothingElse() {
        taken("foos", "Foo", "\"spec\":{\"bars\":[{\"name\":\"test-bar\"}]}");
        for (String verb : List.of("create", "apply")) {
            assertThat(with(verb, "Foo", "\"spec\":{\"bars\":[{\"name\":\"test-bar\",\"feeling\":\"None\"}]}")
                            .error())
                    .contains("Unsupported value: \"None\"");
            assertThat(with(verb, "Foo", "\"spec\":{\"foo\":true}").error()).contains("unknown field \"spec.foo\"");
            assertThat(with(verb, "Foo", "\"spec\":{\"bars\":[{\"age\":\"10\"}]}")
                            .error())
                    .contains("spec.bars[0].name: Required value");
        }
    }

    @Test
    void whatIsOpenTakesAnything() {
        taken("anythings", "Anything", "\"a\":{\"b\":[{\"c\":\"d\"}]}");
        taken("roots", "Root", "\"a\":{\"b\":[{\"c\":\"d\"}]}");
        taken("insides", "Inside", "\"spec\":{\"a\":null,\"b\":[{\"c\":\"d\"}]}");
    }

    @Test
    void everyFieldIsExplained() {
        explains(
                "foos",
                "DESCRIPTION:.*Foo CRD for Testing.*FIELDS:.*apiVersion.*<string>.*APIVersion defines.*spec.*<Object>.*Specification of Foo");
        explains(
                "foos.metadata",
                "DESCRIPTION:.*Standard object's metadata.*FIELDS:.*creationTimestamp.*<string>.*CreationTimestamp is a timestamp");
        explains(
                "foos.spec",
                "DESCRIPTION:.*Specification of Foo.*FIELDS:.*bars.*<\\[\\]Object>.*List of Bars and their specs");
        explains(
                "foos.spec.bars",
                "(FIELD|RESOURCE):.*bars.*<\\[\\]Object>.*DESCRIPTION:.*List of Bars and their specs.*FIELDS:.*bazs.*<\\[\\]string>.*List of Bazs.*name.*<string>.*Name of Bar");
        assertThat(kubectl.refused("explain", "foos.spec.bars2", "--api-version=" + group() + "/v1"))
                .contains("field \"bars2\" does not exist");
        explains("anythings", "DESCRIPTION:.*<empty>");
        explains("roots", "KIND:.*Root");
        explains("insides", "DESCRIPTION:.*open inside");
    }
}
