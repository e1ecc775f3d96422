package io.kybern.apiserver.admission.plugins;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the built-in admission controllers do to a write. */
@Timeout(60)
class AdmissionTest {

    private static final String PODS = "/api/v1/namespaces/a/pods";
    private static final UserInfo NODE = UserInfo.of("system:node:n", List.of("system:nodes"));
    private static final UserInfo OTHER = UserInfo.of("system:node:o", List.of("system:nodes"));

    private WritesUnderTest writes;

    @BeforeEach
    void start() {
        writes = new WritesUnderTest();
        made(writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}"));
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private static void refused(Reply reply, String message) {
        assertThat(reply.code()).as(reply.text()).isEqualTo(403);
        assertThat(reply.message()).isEqualTo(message);
    }

    private void account(String more) {
        made(writes.create(
                "/api/v1/namespaces/a/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}" + more + "}"));
    }

    private static String pod(String spec) {
        return "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]" + spec
                + "}}";
    }

    @Test
    void mountsATokenIntoEveryContainer() {
        account(",\"imagePullSecrets\":[{\"name\":\"s\"}]");

        JsonNode spec = made(writes.create(PODS, pod(""))).body().path("spec");

        String volume = spec.path("volumes").path(0).path("name").asString();
        assertThat(volume).matches("kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}");
        JsonNode mount = spec.path("containers").path(0).path("volumeMounts").path(0);
        assertThat(mount.path("name").asString()).isEqualTo(volume);
        assertThat(mount.path("mountPath").asString()).isEqualTo("/var/run/secrets/kubernetes.io/serviceaccount");
        assertThat(spec.path("serviceAccountName").asString()).isEqualTo("default");
        assertThat(spec.path("imagePullSecrets").path(0).path("name").asString())
                .isEqualTo("s");
    }

    @Test
    void thePodDecidesWhetherATokenIsMounted() {
        account(",\"automountServiceAccountToken\":true");

        JsonNode spec = made(writes.create(PODS, pod(",\"automountServiceAccountToken\":false")))
                .body()
                .path("spec");

        assertThat(spec.has("volumes")).isFalse();
    }

    @Test
    void aPodNeedsItsAccount() {
        refused(
                writes.create(PODS, pod("")),
                "pods \"p\" is forbidden: error looking up service account a/default: serviceaccount \"default\" not found");
    }

    @Test
    void podsStayFiveMinutesOnASilentNode() {
        account("");

        JsonNode tolerations = made(writes.create(
                        PODS,
                        pod(",\"tolerations\":[{\"key\":\"node.kubernetes.io/not-ready\",\"operator\":\"Exists\"}]")))
                .body()
                .path("spec")
                .path("tolerations");

        assertThat(tolerations).hasSize(2);
        assertThat(tolerations.path(1).path("key").asString()).isEqualTo("node.kubernetes.io/unreachable");
        assertThat(tolerations.path(1).path("tolerationSeconds").asInt()).isEqualTo(300);
    }

    @Test
    void nothingIsMadeWhereNoNamespaceIs() {
        Reply reply = writes.create("/api/v1/namespaces/none/configmaps", "{\"metadata\":{\"name\":\"c\"}}");

        assertThat(reply.code()).isEqualTo(404);
        assertThat(reply.message()).isEqualTo("namespaces \"none\" not found");
    }

    @Test
    void nothingIsMadeInANamespaceThatGoesAway() {
        made(writes.delete("/api/v1/namespaces/a"));

        refused(
                writes.create("/api/v1/namespaces/a/configmaps", "{\"metadata\":{\"name\":\"c\"}}"),
                "configmaps \"c\" is forbidden: unable to create new content in namespace a because it is being terminated");
    }

    @Test
    void aNewNodeIsNotReady() {
        JsonNode taint = made(writes.create("/api/v1/nodes", "{\"metadata\":{\"name\":\"n\"}}"))
                .body()
                .path("spec")
                .path("taints")
                .path(0);

        assertThat(taint.path("key").asString()).isEqualTo("node.kubernetes.io/not-ready");
        assertThat(taint.path("effect").asString()).isEqualTo("NoSchedule");
    }

    @Test
    void aNodeChangesItselfOnly() {
        made(writes.create(NODE, "/api/v1/nodes", "{\"metadata\":{\"name\":\"n\"}}"));

        refused(
                writes.merge(OTHER, "/api/v1/nodes/n", "{\"metadata\":{\"labels\":{\"x\":\"y\"}}}"),
                "nodes \"n\" is forbidden: node \"o\" is not allowed to modify node \"n\"");
        refused(
                writes.merge(NODE, "/api/v1/nodes/n", "{\"spec\":{\"taints\":[]}}"),
                "nodes \"n\" is forbidden: node \"n\" is not allowed to modify taints");
        made(writes.merge(NODE, "/api/v1/nodes/n/status", "{\"status\":{\"phase\":\"Running\"}}"));
    }

    @Test
    void aNodeGivesItselfNoLabelsThatSetNodesApart() {
        refused(
                writes.create(
                        NODE,
                        "/api/v1/nodes",
                        "{\"metadata\":{\"name\":\"n\",\"labels\":{\"kubernetes.io/os\":\"linux\",\"node-role.kubernetes.io/x\":\"\"}}}"),
                "nodes \"n\" is forbidden: node \"n\" is not allowed to set the following labels: node-role.kubernetes.io/x");
        made(writes.create(
                NODE,
                "/api/v1/nodes",
                "{\"metadata\":{\"name\":\"n\",\"labels\":{\"kubernetes.io/os\":\"linux\",\"mine\":\"yes\"}}}"));
        refused(
                writes.merge(
                        NODE,
                        "/api/v1/nodes/n",
                        "{\"metadata\":{\"labels\":{\"a.node-restriction.kubernetes.io/fips\":\"true\"}}}"),
                "nodes \"n\" is forbidden: is not allowed to modify labels: a.node-restriction.kubernetes.io/fips");
        made(writes.merge(
                NODE, "/api/v1/nodes/n", "{\"metadata\":{\"labels\":{\"topology.kubernetes.io/zone\":\"z\"}}}"));
    }

    @Test
    void aNodeWritesTheStatusOfItsPodsOnly() {
        account(",\"automountServiceAccountToken\":false");
        made(writes.create(PODS, pod(",\"nodeName\":\"n\"")));

        made(writes.merge(NODE, PODS + "/p/status", "{\"status\":{\"phase\":\"Running\"}}"));
        refused(
                writes.merge(OTHER, PODS + "/p/status", "{\"status\":{\"phase\":\"Failed\"}}"),
                "pods \"p\" is forbidden: node \"o\" can only update pod status for pods with spec.nodeName set to itself");
        refused(
                writes.merge(
                        NODE,
                        PODS + "/p/status",
                        "{\"metadata\":{\"labels\":{\"app\":\"web\"}},\"status\":{\"phase\":\"Running\"}}"),
                "pods \"p\" is forbidden: node \"n\" cannot update labels through pod status");
    }

    @Test
    void theClassGivesThePriority() {
        account(",\"automountServiceAccountToken\":false");
        made(writes.create(
                "/apis/scheduling.k8s.io/v1/priorityclasses",
                "{\"metadata\":{\"name\":\"high\"},\"value\":7,\"preemptionPolicy\":\"Never\"}"));

        JsonNode spec = made(writes.create(PODS, pod(",\"priorityClassName\":\"high\"")))
                .body()
                .path("spec");

        assertThat(spec.path("priority").asInt()).isEqualTo(7);
        assertThat(spec.path("preemptionPolicy").asString()).isEqualTo("Never");
        refused(
                writes.create(PODS, pod(",\"priorityClassName\":\"high\",\"priority\":8")),
                "pods \"p\" is forbidden: the integer value of priority (8) must not be provided in pod spec; priority admission"
                        + " controller computed 7 from the given PriorityClass name");
        refused(
                writes.create(
                        PODS, pod(",\"priorityClassName\":\"high\",\"preemptionPolicy\":\"PreemptLowerPriority\"")),
                "pods \"p\" is forbidden: the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod"
                        + " spec; priority admission controller computed Never from the given PriorityClass name");
    }

    @Test
    void whoWritesAPodAgainNeedNotKnowItsPriority() {
        account(",\"automountServiceAccountToken\":false");
        made(writes.create(
                "/apis/scheduling.k8s.io/v1/priorityclasses", "{\"metadata\":{\"name\":\"high\"},\"value\":7}"));
        ObjectNode pod = (ObjectNode) made(writes.create(PODS, pod(",\"priorityClassName\":\"high\"")))
                .body();
        ((ObjectNode) pod.path("spec")).remove(List.of("priority", "preemptionPolicy"));
        ((ObjectNode) pod.path("metadata")).putObject("labels").put("again", "yes");

        JsonNode written = made(writes.update(PODS + "/p", pod.toString())).body();

        assertThat(written.path("spec").path("priority").asInt()).isEqualTo(7);
        assertThat(written.path("spec").path("preemptionPolicy").asString()).isEqualTo("PreemptLowerPriority");
        assertThat(written.path("metadata").path("labels").path("again").asString())
                .isEqualTo("yes");
    }

    @Test
    void onlyOneClassIsTheDefault() {
        String classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
        made(writes.create(classes, "{\"metadata\":{\"name\":\"one\"},\"value\":5,\"globalDefault\":true}"));
        writes.settle();

        refused(
                writes.create(classes, "{\"metadata\":{\"name\":\"two\"},\"value\":6,\"globalDefault\":true}"),
                "priorityclasses.scheduling.k8s.io \"two\" is forbidden: PriorityClass one is already marked as default. Only one"
                        + " default can exist");
        account(",\"automountServiceAccountToken\":false");
        JsonNode spec = made(writes.create(PODS, pod(""))).body().path("spec");
        assertThat(spec.path("priorityClassName").asString()).isEqualTo("one");
        assertThat(spec.path("priority").asInt()).isEqualTo(5);
    }

    @Test
    void whatLiesOutsideOfALimitRangeIsRefused() {
        account(",\"automountServiceAccountToken\":false");
        made(writes.create("/api/v1/namespaces/a/limitranges", """
                {"metadata": {"name": "l"}, "spec": {"limits": [
                  {"type": "Container", "max": {"cpu": "1"}, "min": {"memory": "64Mi"}, "defaultRequest": {"memory": "128Mi"}}]}}"""));
        writes.settle();

        JsonNode pod = made(writes.create(PODS, pod(""))).body();
        assertThat(pod.path("metadata")
                        .path("annotations")
                        .path("kubernetes.io/limit-ranger")
                        .asString())
                .isEqualTo("LimitRanger plugin set: cpu, memory request for container c; cpu limit for container c");
        refused(
                writes.create(
                        PODS,
                        pod("").replace(
                                        "\"image\":\"i\"",
                                        "\"image\":\"i\",\"resources\":{\"limits\":{\"cpu\":\"2\"},\"requests\":{\"memory\":\"1Mi\"}}")),
                "pods \"p\" is forbidden: [minimum memory usage per Container is 64Mi, but request is 1Mi, maximum cpu usage per"
                        + " Container is 1, but limit is 2]");
    }

    @Test
    void sidecarsCountInTheLimitOfAPod() {
        account(",\"automountServiceAccountToken\":false");
        made(writes.create("/api/v1/namespaces/a/limitranges", """
                {"metadata": {"name": "l"}, "spec": {"limits": [{"type": "Pod", "max": {"cpu": "1"}}]}}"""));
        writes.settle();
        String asks = "\"resources\":{\"limits\":{\"cpu\":\"600m\"}}";
        String pod = pod(",\"initContainers\":[{\"name\":\"i\",\"image\":\"i\"," + asks + "%s}]")
                .replace("\"image\":\"i\"}]", "\"image\":\"i\"," + asks + "}]");

        made(writes.create(PODS, pod.formatted("").replace("\"p\"", "\"q\"")));
        refused(
                writes.create(PODS, pod.formatted(",\"restartPolicy\":\"Always\"")),
                "pods \"p\" is forbidden: maximum cpu usage per Pod is 1, but limit is 1200m");
    }

    @Test
    void aPodIsNotResizedBeyondALimitRange() {
        account(",\"automountServiceAccountToken\":false");
        made(writes.create(
                PODS,
                pod("").replace("\"image\":\"i\"", "\"image\":\"i\",\"resources\":{\"limits\":{\"cpu\":\"500m\"}}")));
        made(writes.create("/api/v1/namespaces/a/limitranges", """
                {"metadata": {"name": "l"}, "spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}}"""));
        writes.settle();

        refused(resized("2"), "pods \"p\" is forbidden: maximum cpu usage per Container is 1, but limit is 2");
        made(resized("800m"));
    }

    private Reply resized(String cpu) {
        return writes.send(
                "PATCH",
                PODS + "/p/resize",
                "application/strategic-merge-patch+json",
                "{\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":\"%s\"},\"requests\":{\"cpu\":\"%s\"}}}]}}"
                        .formatted(cpu, cpu));
    }

    @Test
    void anAccountMayNameTheSecretsOfItsPods() {
        account(",\"automountServiceAccountToken\":false");
        made(writes.create("/api/v1/namespaces/a/serviceaccounts", """
                {"metadata": {"name": "strict", "annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}},
                 "secrets": [{"name": "own"}], "imagePullSecrets": [{"name": "registry"}], "automountServiceAccountToken": false}"""));
        String strict = pod(",\"serviceAccountName\":\"strict\"%s");
        String reads = " is not allowed because service account strict does not reference that secret";

        made(writes.create(
                PODS,
                strict.formatted(",\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"own\"}}]")
                        .replace("\"p\"", "\"held\"")));
        String volume = ",\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"other\"}}]";
        refused(
                writes.create(PODS, strict.formatted(volume)),
                "pods \"p\" is forbidden: volume with secret.secretName=\"other\"" + reads);
        refused(
                writes.create(
                        PODS,
                        strict.formatted("")
                                .replace(
                                        "\"image\":\"i\"",
                                        "\"image\":\"i\",\"envFrom\":[{\"secretRef\":{\"name\":\"other\"}}]")),
                "pods \"p\" is forbidden: container c with envFrom referencing secret.secretName=\"other\"" + reads);
        refused(
                writes.create(
                        PODS,
                        strict.formatted(
                                ",\"initContainers\":[{\"name\":\"i\",\"image\":\"i\",\"env\":[{\"name\":\"100%\",\"valueFrom\":"
                                        + "{\"secretKeyRef\":{\"name\":\"other\",\"key\":\"k\"}}}]}]")),
                "pods \"p\" is forbidden: init container i with envVar 100% referencing secret.secretName=\"other\""
                        + reads);
        refused(
                writes.create(
                        PODS, strict.formatted(",\"imagePullSecrets\":[{\"name\":\"registry\"},{\"name\":\"own\"}]")),
                "pods \"p\" is forbidden: imagePullSecrets[1].name=\"own\" is not allowed because service account strict does"
                        + " not reference that imagePullSecret");
        refused(
                writes.send(
                        "PATCH",
                        PODS + "/held/ephemeralcontainers",
                        "application/strategic-merge-patch+json",
                        "{\"spec\":{\"ephemeralContainers\":[{\"name\":\"e\",\"image\":\"i\",\"env\":[{\"name\":\"A\",\"valueFrom\":"
                                + "{\"secretKeyRef\":{\"name\":\"other\",\"key\":\"k\"}}}]}]}}"),
                "pods \"held\" is forbidden: ephemeral container e with envVar A referencing secret.secretName=\"other\""
                        + reads);
        made(writes.create(PODS, pod(volume).replace("\"p\"", "\"free\"")));
    }
}
