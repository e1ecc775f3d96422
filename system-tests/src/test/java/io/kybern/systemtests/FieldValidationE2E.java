package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the server says of fields that a type does not have, or that are there twice. */
class FieldValidationE2E extends ApiTest {

    private static final String DEPLOYMENT = """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"my-dep",%s"labels":{"app":"web"}},"spec":{%s
             "selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
             "spec":{"containers":[{"name":"web","image":"web:latest"}]}}}}
            """;

    private static final String FIELDS = """
            { foo: { type: string }, cronSpec: { type: string, pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$' },
              ports: { type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [containerPort, protocol], items: {
                type: object, required: [containerPort, protocol], properties: {
                  containerPort: { type: integer, format: int32 }, name: { type: string }, protocol: { type: string } } } } }
            """;

    private static final String APPLIED = """
            apiVersion: %s/v1beta1
            kind: Noxu
            metadata:
              name: mytest
              finalizers:
              - test-finalizer
            spec:
              foo: foo1
              cronSpec: "* * * * */5"
              ports:
              - name: x
                containerPort: 80
                protocol: TCP""";

    /** All definitions are established together. */
    @BeforeAll
    void define() {
        define("checked", "{ type: object, properties: { spec: { type: object, properties: %s } } }".formatted(FIELDS));
        define("open", "{ type: object, x-kubernetes-preserve-unknown-fields: true }");
        String template =
                "{ type: object, x-kubernetes-embedded-resource: true, properties: { spec: { type: object }, metadata: {"
                        + " type: object, properties: { name: { type: string } } } } }";
        define(
                "embedding",
                "{ type: object, properties: { spec: { type: object, x-kubernetes-preserve-unknown-fields: true, properties: %s } } }"
                        .formatted(FIELDS.replaceFirst("\\{", "{ template: " + template + ",")));
        for (String each : List.of("checked", "open", "embedding")) {
            eventually("the type is served")
                    .until(() ->
                            api.get("/apis/" + group(each) + "/v1beta1/noxus").code() == 200);
        }
    }

    private String group(String schema) {
        return schema + "." + kubectl.namespace() + ".example.com";
    }

    private void define(String name, String schema) {
        api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
                        apiVersion: apiextensions.k8s.io/v1
                        kind: CustomResourceDefinition
                        metadata: { name: noxus.%1$s }
                        spec:
                          group: %1$s
                          scope: Cluster
                          names: { plural: noxus, kind: Noxu }
                          versions: [{ name: v1beta1, served: true, storage: true, schema: { openAPIV3Schema: %2$s } }]
                        """.formatted(group(name), schema))
                .ok();
    }

    @AfterAll
    void removeDefinitions() {
        for (String each : List.of("checked", "open", "embedding")) {
            api.patch(
                    "/apis/" + group(each) + "/v1beta1/noxus/mytest",
                    ClusterApi.MERGE,
                    "{\"metadata\":{\"finalizers\":null}}");
            api.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/noxus." + group(each));
        }
    }

    private Answer deploy(String metadata, String spec, String validation) {
        return api.send(
                "POST",
                "/apis/apps/v1/namespaces/" + kubectl.namespace() + "/deployments?dryRun=All&fieldValidation="
                        + validation,
                "application/json",
                DEPLOYMENT.formatted(metadata, spec));
    }

    private Answer apply(String name, String what) {
        return api.patch(
                "/apis/" + group(name)
                        + "/v1beta1/noxus/mytest?fieldManager=field_validation_mgr&fieldValidation=Strict",
                ClusterApi.APPLY,
                what.formatted(group(name)));
    }

    @Test
    void unknownAndDuplicateFieldsOfATypedObjectAreNamed() {
        String faults = "\"unknownField\":\"foo\",\"replicas\":2,\"replicas\":3,";
        assertThat(deploy("", faults, "Strict").at("/message"))
                .contains(
                        "strict decoding error: unknown field \"spec.unknownField\", duplicate field \"spec.replicas\"");
        assertThat(deploy("", faults, "Warn").ok().headers().allValues("Warning"))
                .containsExactly(
                        "299 - \"unknown field \\\"spec.unknownField\\\"\"",
                        "299 - \"duplicate field \\\"spec.replicas\\\"\"");
        assertThat(deploy("", faults, "Ignore").ok().headers().allValues("Warning"))
                .isEmpty();
    }

    @Test
    void unknownMetadataOfATypedObjectIsNamed() {
        assertThat(deploy("\"unknownMeta\":\"foo\",", "", "Strict").at("/message"))
                .contains("strict decoding error: unknown field \"metadata.unknownMeta\"");
    }

    @Test
    void aCustomObjectThatFitsItsSchemaIsApplied() {
        assertThat(apply("checked", APPLIED).ok().at("/spec/foo")).isEqualTo("foo1");
    }

    @Test
    void aCustomObjectWithoutASchemaMayHaveAnyField() {
        assertThat(apply("open", APPLIED.replace("foo: foo1", "unknown: uk1"))
                        .ok()
                        .at("/spec/unknown"))
                .isEqualTo("uk1");
    }

    @Test
    void fieldsThatTheSchemaOfACustomObjectDoesNotHaveAreNamed() {
        assertThat(apply("checked", APPLIED.replace("\nspec:", "\nunknownField: unknown\nspec:"))
                        .at("/message"))
                .contains(".unknownField: field not declared in schema");
    }

    @Test
    void unknownMetadataIsNamedInACustomObjectAndInWhatItEmbeds() {
        String faulty = APPLIED.replace("  name: mytest\n", "  name: mytest\n  unknownMeta: unknown\n")
                .replace("spec:\n", """
                        spec:
                          template:
                            apiversion: foo/v1
                            kind: Sub
                            metadata:
                              unknownSubMeta: unknown
                              name: subobject
                        """);
        assertThat(apply("embedding", faulty).at("/message"))
                .contains(".metadata.unknownMeta: field not declared in schema")
                .contains(".spec.template.metadata.unknownSubMeta: field not declared in schema");
    }

    @Test
    void duplicatesAreNamedWithTheirLineAlsoWhereAnyFieldIsAllowed() {
        String faulty = "\n" + APPLIED.replace("  foo: foo1\n", "  unknown: uk1\n  foo: foo1\n  foo: foo2\n");
        assertThat(apply("embedding", faulty).at("/message")).contains("line 11: key \"foo\" already set in map");
    }
}
