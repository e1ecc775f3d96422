package io.kybern.apiserver.admission.plugins;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class RuntimeClassPluginTest {

    private static final String PODS = "/api/v1/namespaces/a/pods";
    private static final String CLASSES = "/apis/node.k8s.io/v1/runtimeclasses";

    private WritesUnderTest writes;

    @BeforeEach
    void start() {
        writes = new WritesUnderTest();
        made(writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}"));
        made(writes.create("/api/v1/namespaces/a/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}"));
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private static Reply made(Reply reply) {
        assertThat(reply.code()).as(reply.text()).isLessThan(300);
        return reply;
    }

    private static void refused(Reply reply, int code, String message) {
        assertThat(reply.code()).as(reply.text()).isEqualTo(code);
        assertThat(reply.message()).contains(message);
    }

    private void runtimeClass(String name, String more) {
        made(writes.create(CLASSES, "{\"metadata\":{\"name\":\"%s\"},\"handler\":\"runc\"%s}".formatted(name, more)));
        writes.settle();
    }

    private Reply pod(String name, String spec) {
        return writes.create(
                PODS,
                "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]%s}}"
                        .formatted(name, spec));
    }

    @Test
    void aPodOfAClassThatDoesNotExistIsRefused() {
        refused(
                pod("p", ",\"runtimeClassName\":\"none\""),
                403,
                "pods \"p\" is forbidden: pod rejected: RuntimeClass \"none\" not found");
    }

    @Test
    void aPodGetsTheOverheadOfItsClassAndNoOther() {
        runtimeClass("heavy", ",\"overhead\":{\"podFixed\":{\"cpu\":\"10m\",\"memory\":\"1Mi\"}}");
        runtimeClass("light", "");

        JsonNode overhead = made(pod("p", ",\"runtimeClassName\":\"heavy\""))
                .body()
                .path("spec")
                .path("overhead");
        assertThat(overhead.path("cpu").asString()).isEqualTo("10m");
        assertThat(overhead.path("memory").asString()).isEqualTo("1Mi");
        assertThat(made(pod("q", ",\"runtimeClassName\":\"light\""))
                        .body()
                        .path("spec")
                        .has("overhead"))
                .isFalse();
        made(pod("r", ",\"runtimeClassName\":\"heavy\",\"overhead\":{\"cpu\":\"0.01\",\"memory\":\"1024Ki\"}"));
        refused(
                pod("s", ",\"runtimeClassName\":\"heavy\",\"overhead\":{\"cpu\":\"20m\"}"),
                403,
                "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        refused(
                pod("t", ",\"overhead\":{\"cpu\":\"20m\"}"),
                403,
                "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
    }

    @Test
    void aPodGoesToTheNodesThatItsClassNames() {
        runtimeClass(
                "placed",
                ",\"scheduling\":{\"nodeSelector\":{\"disk\":\"fast\"},\"tolerations\":[{\"key\":\"k\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}]}");

        JsonNode spec = made(pod("p", ",\"runtimeClassName\":\"placed\",\"nodeSelector\":{\"zone\":\"a\"}"))
                .body()
                .path("spec");

        assertThat(spec.path("nodeSelector").path("zone").asString()).isEqualTo("a");
        assertThat(spec.path("nodeSelector").path("disk").asString()).isEqualTo("fast");
        assertThat(spec.path("tolerations").toString()).contains("\"key\":\"k\"");
        refused(
                pod("q", ",\"runtimeClassName\":\"placed\",\"nodeSelector\":{\"disk\":\"slow\"}"),
                403,
                "conflict: runtimeClass.scheduling.nodeSelector[disk] = fast; pod.spec.nodeSelector[disk] = slow");
    }

    @Test
    void aHandlerIsALabelAndStaysWhatItIs() {
        refused(
                writes.create(CLASSES, "{\"metadata\":{\"name\":\"bad\"},\"handler\":\"No Label\"}"),
                422,
                "handler: Invalid value: \"No Label\"");
        runtimeClass("kept", "");
        refused(
                writes.merge(CLASSES + "/kept", "{\"handler\":\"other\"}"),
                422,
                "handler: Invalid value: \"other\": field is immutable");
    }

    @Test
    void rulesAboutRestartsAreChecked() {
        String container =
                "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\",%s}]}}";
        String field = "spec.containers[0].";
        refused(
                writes.create(
                        PODS,
                        container.formatted(
                                "\"restartPolicyRules\":[{\"action\":\"Restart\",\"exitCodes\":{\"operator\":\"In\",\"values\":[3]}}]")),
                422,
                field + "restartPolicy: Required value: must specify restartPolicy when restart rules are used");
        refused(
                writes.create(PODS, container.formatted("\"restartPolicy\":\"Sometimes\"")),
                422,
                field
                        + "restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\", \"OnFailure\"");
        String rules =
                "\"restartPolicy\":\"Never\",\"restartPolicyRules\":[{\"action\":\"%s\",\"exitCodes\":{\"operator\":\"%s\",\"values\":[3]}}]";
        refused(
                writes.create(PODS, container.formatted(rules.formatted("DoNotRestart", "In"))),
                422,
                field
                        + "restartPolicyRules[0].action: Unsupported value: \"DoNotRestart\": supported values: \"Restart\", \"RestartAllContainers\"");
        refused(
                writes.create(PODS, container.formatted(rules.formatted("Restart", "Equals"))),
                422,
                field
                        + "restartPolicyRules[0].exitCodes.operator: Unsupported value: \"Equals\": supported values: \"In\", \"NotIn\"");
        made(writes.create(PODS, container.formatted(rules.formatted("Restart", "NotIn"))));
    }
}
