package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Admission webhooks that a server in a pod answers; see "Dynamic Admission Control" in the Kubernetes documentation. */
class WebhooksE2E extends ApiTest {

    private static final String CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/";
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String OPEN = "{ type: object, x-kubernetes-preserve-unknown-fields: true }";
    private static final String TWO_STAGES =
            "{ type: object, properties: { data: { type: object, properties: { begun: { type: string }, stage-1: { type: string } } } } }";

    private String caBundle = "";
    private int configured;

    @BeforeAll
    void start(@TempDir Path directory) {
        caBundle = ExtensionPod.deploy(kubectl, directory);
        kubectl.run("label", "namespace", kubectl.namespace(), "hooks=" + kubectl.namespace());
        define("opens", "Open", OPEN);
        define("pruneds", "Pruned", TWO_STAGES);
        for (String each : List.of("opens", "pruneds")) {
            eventually("the types are served")
                    .until(() -> api.get(custom("v2", each)).code() == 200);
        }
    }

    private void define(String plural, String kind, String schema) {
        api.post(DEFINITIONS, """
                        metadata: { name: %1$s.%2$s, labels: { hooks: %5$s } }
                        spec:
                          group: %2$s
                          scope: Namespaced
                          names: { plural: %1$s, kind: %3$s }
                          versions:
                          - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: %4$s } }
                          - { name: v2, served: true, storage: false, schema: { openAPIV3Schema: %4$s } }
                        """.formatted(plural, group(), kind, schema, kubectl.namespace()))
                .ok();
    }

    /** Each test has configurations of its own, and a new name for them. */
    @BeforeEach
    void nextConfiguration() {
        configured++;
    }

    @AfterEach
    void removeConfigurations() {
        for (String kind : List.of("validatingwebhookconfigurations", "mutatingwebhookconfigurations")) {
            api.delete(CONFIGURATIONS + kind + "?labelSelector=hooks%3D" + kubectl.namespace());
        }
    }

    @AfterAll
    void removeDefinitions() {
        api.delete(DEFINITIONS + "?labelSelector=hooks%3D" + kubectl.namespace());
    }

    private String group() {
        return kubectl.namespace() + ".example.com";
    }

    private String at(String what) {
        return "/api/v1/namespaces/" + kubectl.namespace() + "/" + what;
    }

    private String custom(String version, String what) {
        return "/apis/" + group() + "/" + version + "/namespaces/" + kubectl.namespace() + "/" + what;
    }

    /**
     * One webhook in YAML, for requests of this namespace.
     *
     * @param rule the operations, the groups and the resources
     */
    private String hook(String name, String path, String rule, String more) {
        return """
                - name: %1$s.example.com
                  clientConfig: { caBundle: %2$s, service: { namespace: %3$s, name: hook, path: %4$s } }
                  admissionReviewVersions: [v1]
                  sideEffects: None
                  namespaceSelector: { matchLabels: { hooks: %3$s } }
                  rules: [{ apiVersions: ["*"], %5$s }]
                  %6$s
                """.formatted(name, caBundle, kubectl.namespace(), path, rule, more);
    }

    private String name() {
        return kubectl.namespace() + "-" + configured;
    }

    /** Configures webhooks, and one more that tells when they count. */
    private void configure(String kind, String name, String... hooks) {
        String probe = hook(
                "probe",
                "/hooks/refuse",
                "operations: [CREATE], apiGroups: [\"\"], resources: [configmaps]",
                "objectSelector: { matchLabels: { probe: %s } }".formatted(name));
        api.post(
                        CONFIGURATIONS + kind + "webhookconfigurations",
                        "metadata: { name: %s, labels: { hooks: %s } }\nwebhooks:\n%s%s"
                                .formatted(name, kubectl.namespace(), String.join("", hooks), probe))
                .ok();
        eventually("the configuration to count")
                .until(() -> api.post(
                                        at("configmaps?dryRun=All"),
                                        "metadata: { generateName: probe-, labels: { probe: %s } }".formatted(name))
                                .code()
                        != 201);
    }

    private static String of(String resource, String operations) {
        return "apiGroups: [\"\"], resources: [%s], operations: [%s]".formatted(resource, operations);
    }

    private String ofCustom(String resource, String operations) {
        return "apiGroups: [%s], resources: [%s], operations: [%s]".formatted(group(), resource, operations);
    }

    private Answer map(String name, String data) {
        return api.post(at("configmaps"), "metadata: { name: %s }\ndata: %s".formatted(name, data));
    }

    private static void refused(Answer answer, String hook, String why) {
        assertThat(answer.code()).as(answer.text()).isEqualTo(400);
        assertThat(answer.at("/message"))
                .isEqualTo("admission webhook \"%s.example.com\" denied the request: %s".formatted(hook, why));
    }

    @Test
    void creationsUpdatesAndPatchesAreRefusedButNotElsewhere() {
        configure(
                "validating",
                name(),
                hook("data", "/hooks/refuse-unwanted", of("configmaps", "CREATE, UPDATE"), ""),
                hook(
                        "pods",
                        "/hooks/refuse",
                        of("pods", "CREATE"),
                        "objectSelector: { matchLabels: { refuse: 'yes' } }"));
        refused(map("unwanted", "{ unwanted: 'yes' }"), "data", "it contains unwanted data");
        ObjectNode wanted = (ObjectNode) map("wanted", "{ a: b }").ok().body();
        assertThat(api.patch(at("configmaps/wanted"), ClusterApi.MERGE, "{\"data\":{\"unwanted\":\"yes\"}}")
                        .at("/message"))
                .contains("denied the request: it contains unwanted data");
        wanted.withObject("/data").put("unwanted", "yes");
        refused(api.put(at("configmaps/wanted"), wanted), "data", "it contains unwanted data");
        refused(
                api.post(
                        at("pods"),
                        "metadata: { name: p, labels: { refuse: 'yes' } }\nspec: { containers: [{ name: c, image: none }] }"),
                "pods",
                "this webhook refuses everything");
        assertThat(api.get(at("pods/p")).code()).isEqualTo(404);

        Answer elsewhere = api.post(
                "/api/v1/namespaces/default/configmaps?dryRun=All",
                "metadata: { name: %s }\ndata: { unwanted: 'yes' }".formatted(name()));
        assertThat(elsewhere.code()).as("another namespace is exempt").isEqualTo(201);
    }

    @Test
    void aHangingWebhookFailsTheRequestAndNothingIsKept() {
        configure("validating", name(), hook("late", "/hooks/late", of("configmaps", "CREATE"), "timeoutSeconds: 1"));
        Answer failed = map("hanging", "{}");
        assertThat(failed.code()).isEqualTo(500);
        assertThat(failed.at("/message"))
                .contains("failed calling webhook \"late.example.com\"", "/hooks/late?timeout=1s", "deadline exceeded");
        assertThat(api.get(at("configmaps/hanging")).code()).isEqualTo(404);
    }

    @Test
    void aLateWebhookIsAwaitedAsLongAsItsTimeoutSays() {
        configure(
                "validating",
                name(),
                hook(
                        "ignored",
                        "/hooks/late",
                        of("configmaps", "CREATE"),
                        "timeoutSeconds: 1\n  failurePolicy: Ignore\n  objectSelector: { matchLabels: { late: ignored } }"),
                hook(
                        "patient",
                        "/hooks/late",
                        of("configmaps", "CREATE"),
                        "objectSelector: { matchLabels: { late: patient } }"));
        assertThat(api.get(CONFIGURATIONS + "validatingwebhookconfigurations/" + name())
                        .at("/webhooks/1/timeoutSeconds"))
                .isEqualTo("10");
        for (String each : List.of("ignored", "patient")) {
            assertThat(api.post(
                                    at("configmaps"),
                                    "metadata: { name: late-%1$s, labels: { late: %1$s } }".formatted(each))
                            .code())
                    .isEqualTo(201);
        }
    }

    @Test
    void whoCannotBeTrustedFailsTheRequest() {
        configure(
                "validating",
                name(),
                hook("untrusted", "/hooks/keep", of("configmaps", "CREATE"), "")
                        .replace("caBundle: " + caBundle + ",", ""));
        Answer failed = map("closed", "{}");
        assertThat(failed.code()).isEqualTo(500);
        assertThat(failed.at("/message"))
                .contains(
                        "failed calling webhook \"untrusted.example.com\"", "certificate signed by unknown authority");
    }

    @Test
    void webhooksChangeOneAfterTheOtherAndDefaultsFollow() {
        configure(
                "mutating",
                name(),
                hook("one", "/hooks/stages", of("configmaps", "CREATE"), ""),
                hook("two", "/hooks/stages", of("configmaps", "CREATE"), ""),
                hook("pods", "/hooks/add-init-container", of("pods", "CREATE"), ""));
        assertThat(map("staged", "{ begun: 'yes' }").ok().body().path("data").propertyNames())
                .containsExactlyInAnyOrder("begun", "stage-1", "stage-2");

        JsonNode added = api.post(
                        at("pods?dryRun=All"),
                        "metadata: { name: changed }\nspec: { containers: [{ name: c, image: none }] }")
                .ok()
                .body()
                .at("/spec/initContainers/0");
        assertThat(added.path("name").asString()).isEqualTo("added");
        assertThat(added.path("terminationMessagePolicy").asString()).isEqualTo("File");
        assertThat(added.path("imagePullPolicy").asString()).isEqualTo("Always");
    }

    @Test
    void attachingIsRefused() {
        configure("validating", name(), hook("attach", "/hooks/refuse", of("pods/attach", "CONNECT"), ""));
        kubectl.run("run", "attached", "--image=" + IMAGE, "--image-pull-policy=IfNotPresent", "--", "sleep", "1000");
        kubectl.run("wait", "pod/attached", "--for=condition=Ready", "--timeout=110s");
        assertThat(kubectl.refused("attach", "attached", "-i"))
                .contains(
                        "admission webhook \"attach.example.com\" denied the request: this webhook refuses everything");
        kubectl.run("delete", "pod", "attached", "--now", "--wait=false");
    }

    @Test
    void customObjectsAndTheirDefinitionsAreRefusedToo() {
        configure(
                "validating",
                name(),
                hook("custom", "/hooks/refuse-unwanted", ofCustom("opens", "CREATE, UPDATE"), ""),
                hook("kept", "/hooks/keep", ofCustom("opens", "DELETE"), ""),
                hook(
                                "crd",
                                "/hooks/refuse",
                                "apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], operations: [CREATE]",
                                "objectSelector: { matchLabels: { refuse: %s } }".formatted(kubectl.namespace()))
                        .replaceFirst("  namespaceSelector: .*\n", ""));
        String open = "apiVersion: " + group() + "/v1\nkind: Open\nmetadata: { name: %s }\ndata: { %s: 'yes' }";
        refused(
                api.post(custom("v1", "opens"), open.formatted("a", "unwanted")),
                "custom",
                "it contains unwanted data");
        ObjectNode kept = (ObjectNode) api.post(custom("v1", "opens"), open.formatted("kept", "keep"))
                .ok()
                .body();
        refused(api.delete(custom("v2", "opens/kept")), "kept", "it is not to be deleted");
        kept.withObject("/data").put("unwanted", "yes");
        refused(api.put(custom("v1", "opens/kept"), kept), "custom", "it contains unwanted data");
        kept.putObject("data");
        api.put(custom("v1", "opens/kept"), kept).ok();
        api.delete(custom("v1", "opens/kept")).ok();

        refused(
                api.post(DEFINITIONS, """
                        metadata: { name: refuseds.%1$s, labels: { refuse: %2$s } }
                        spec:
                          group: %1$s
                          scope: Namespaced
                          names: { plural: refuseds, kind: Refused }
                          versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }]
                        """.formatted(group(), kubectl.namespace())),
                "crd",
                "this webhook refuses everything");
    }

    @Test
    void whatAWebhookAddsToACustomObjectIsPruned() {
        configure(
                "mutating",
                name(),
                hook("one", "/hooks/stages", ofCustom("pruneds", "CREATE"), ""),
                hook("two", "/hooks/stages", ofCustom("pruneds", "CREATE"), ""));
        Answer made = api.post(
                custom("v1", "pruneds"),
                "apiVersion: %s/v1\nkind: Pruned\nmetadata: { name: a }\ndata: { begun: 'yes' }".formatted(group()));
        assertThat(made.ok().body().path("data").propertyNames()).containsExactlyInAnyOrder("begun", "stage-1");
    }

    @Test
    void webhooksGoOnWhenTheStoredVersionChanges() {
        configure("mutating", name(), hook("one", "/hooks/stages", ofCustom("opens", "CREATE, UPDATE"), ""));
        api.post(
                        custom("v1", "opens"),
                        "apiVersion: %s/v1\nkind: Open\nmetadata: { name: moved }\ndata: { begun: 'yes' }"
                                .formatted(group()))
                .ok();
        Answer turned = api.patch(
                DEFINITIONS + "/opens." + group(),
                ClusterApi.JSON_PATCH,
                "[{\"op\":\"replace\",\"path\":\"/spec/versions/0/storage\",\"value\":false},"
                        + "{\"op\":\"replace\",\"path\":\"/spec/versions/1/storage\",\"value\":true}]");
        assertThat(turned.ok().body().at("/status/storedVersions")).hasSize(2);
        Answer patched = api.patch(
                custom("v2", "opens/moved"),
                ClusterApi.JSON_PATCH,
                "[{\"op\":\"add\",\"path\":\"/dummy\",\"value\":\"test\"}]");
        assertThat(patched.ok().at("/dummy")).isEqualTo("test");
        assertThat(patched.body().path("data").propertyNames())
                .containsExactlyInAnyOrder("begun", "stage-1", "stage-2");
    }

    @Test
    void configurationsAreNeitherRefusedNorChanged() {
        configure(
                "validating",
                name(),
                hook(
                                "all",
                                "/hooks/refuse",
                                "apiGroups: [admissionregistration.k8s.io], resources: [\"*\"], operations: [\"*\"]",
                                "objectSelector: { matchLabels: { hooks: %s } }".formatted(kubectl.namespace()))
                        .replaceFirst("  namespaceSelector: .*\n", ""));
        for (String kind : List.of("validating", "mutating")) {
            String path = CONFIGURATIONS + kind + "webhookconfigurations";
            api.post(
                            path,
                            "metadata: { name: %s-exempt, labels: { hooks: %s } }"
                                    .formatted(name(), kubectl.namespace()))
                    .ok();
            api.delete(path + "/" + name() + "-exempt").ok();
        }
    }

    @Test
    void changesOfAConfigurationCountAtOnce() {
        String path = CONFIGURATIONS + "mutatingwebhookconfigurations/" + name();
        configure("mutating", name(), hook("one", "/hooks/stages", of("configmaps", "CREATE"), ""));
        staged(true);
        ObjectNode configuration = (ObjectNode) api.get(path).ok().body();
        ((ObjectNode) configuration.at("/webhooks/0/rules/0"))
                .putArray("operations")
                .add("UPDATE");
        api.put(path, configuration).ok();
        staged(false);
        api.patch(
                        path,
                        ClusterApi.JSON_PATCH,
                        "[{\"op\":\"replace\",\"path\":\"/webhooks/0/rules/0/operations\",\"value\":[\"CREATE\"]}]")
                .ok();
        staged(true);
    }

    private void staged(boolean expected) {
        eventually("the change to count")
                .until(() -> api.post(
                                        at("configmaps?dryRun=All"),
                                        "metadata: { generateName: staged- }\ndata: { begun: 'yes' }")
                                .ok()
                                .body()
                                .path("data")
                                .has("stage-1")
                        == expected);
    }

    @Test
    void aCollectionOfConfigurationsIsListedAndDeleted() {
        String more = "objectSelector: { matchLabels: { collected: 'yes' } }";
        IntStream.range(0, 3)
                .forEach(i -> configure(
                        "validating",
                        name() + "-" + i,
                        hook("one", "/hooks/refuse", of("configmaps", "CREATE"), more)));
        String collection =
                CONFIGURATIONS + "validatingwebhookconfigurations?labelSelector=hooks%3D" + kubectl.namespace();
        assertThat(api.get(collection).names()).hasSize(3);
        String map = "metadata: { generateName: collected-, labels: { collected: 'yes' } }";
        refused(api.post(at("configmaps"), map), "one", "this webhook refuses everything");
        api.delete(collection).ok();
        assertThat(api.get(collection).names()).isEmpty();
        eventually("nobody refuses any more")
                .until(() -> api.post(at("configmaps"), map).code() == 201);
    }

    @Test
    void conditionsAreCompiledKeptAndAsked() {
        String path = CONFIGURATIONS + "mutatingwebhookconfigurations/" + name();
        configure(
                "mutating",
                name(),
                hook(
                        "one",
                        "/hooks/stages",
                        of("configmaps", "CREATE"),
                        "matchConditions: [{ name: skip-me, expression: \"object.metadata.name != 'skip-me'\" }]"));
        assertThat(map("skip-me", "{ begun: 'yes' }").ok().body().path("data").has("stage-1"))
                .isFalse();
        assertThat(map("skip-me-not", "{ begun: 'yes' }")
                        .ok()
                        .body()
                        .path("data")
                        .has("stage-1"))
                .isTrue();
        assertThat(api.get(path).at("/webhooks/0/matchConditions/0/expression"))
                .isEqualTo("object.metadata.name != 'skip-me'");
        for (String kind : List.of("mutating", "validating")) {
            Answer refused = api.post(
                    CONFIGURATIONS + kind + "webhookconfigurations",
                    "metadata: { name: %s-bad }\nwebhooks:\n%s"
                            .formatted(
                                    name(),
                                    hook(
                                            "bad",
                                            "/hooks/refuse",
                                            of("configmaps", "CREATE"),
                                            "matchConditions: [{ name: bad, expression: '... [] bad expression' }]")));
            assertThat(refused.code()).isEqualTo(422);
            assertThat(refused.at("/message")).contains("compilation failed");
        }
    }
}
