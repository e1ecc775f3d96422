package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** StatefulSets: pods with names of their own, one after the other. */
class StatefulSetsE2E extends ClusterTest {

    /**
     * Creates a StatefulSet.
     *
     * @param spec what its spec says besides, in lines that begin at the first column
     */
    private void set(String name, int replicas, String spec) {
        set(name, replicas, spec, "");
    }

    /**
     * The same.
     *
     * @param more what its container says besides, beginning with a comma
     */
    private void set(String name, int replicas, String spec, String more) {
        kubectl.apply("""
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: { name: %1$s }
                spec:
                  replicas: %2$d
                  serviceName: %1$s
                  selector: { matchLabels: { app: %1$s } }
                  template:
                    metadata: { labels: { app: %1$s } }
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers:
                      - { name: c, image: %3$s, imagePullPolicy: IfNotPresent, command: [sh, -c, "sleep 3600"]%4$s }
                """.formatted(name, replicas, IMAGE, more) + spec.indent(2));
    }

    private void rolledOut(String name) {
        kubectl.run("rollout", "status", "statefulset/" + name, "--timeout=110s");
    }

    private List<String> environment(String app) {
        String values = kubectl.run(
                "get", "pods", "-l", "app=" + app, "-o", "jsonpath={.items[*].spec.containers[0].env[0].value}");
        return values.isBlank() ? List.of() : List.of(values.split(" "));
    }

    @Test
    void podsComeInOrderAndGoAgainstIt() {
        set("order", 3, "");
        rolledOut("order");
        assertThat(pods("order")).containsExactly("order-0", "order-1", "order-2");
        assertThat(kubectl.run(
                        "get",
                        "pods",
                        "-l",
                        "app=order",
                        "--sort-by=.metadata.creationTimestamp",
                        "-o",
                        "jsonpath={.items[*].metadata.labels.apps\\.kubernetes\\.io/pod-index}"))
                .isEqualTo("0 1 2");
        assertThat(field("pod/order-1", ".spec.hostname")).isEqualTo("order-1");
        assertThat(field("pod/order-1", ".spec.subdomain")).isEqualTo("order");
        kubectl.run("scale", "statefulset/order", "--replicas=1");
        eventually("only the first is left")
                .untilAsserted(() -> assertThat(pods("order")).containsExactly("order-0"));
        eventually("the set has counted them")
                .untilAsserted(() ->
                        assertThat(kubectl.run("get", "statefulset", "order")).contains("1/1"));
    }

    private void hasSeenItsScale(String name) {
        eventually("the set has seen what it is to be")
                .untilAsserted(() -> assertThat(field("statefulset/" + name, ".status.observedGeneration"))
                        .isEqualTo(field("statefulset/" + name, ".metadata.generation")));
    }

    private void fall(String set, List<String> pods) {
        pods.forEach(pod -> kubectl.run("exec", pod, "--", "touch", "/tmp/ill"));
        eventually("all are known to be ill")
                .untilAsserted(() -> assertThat(field("statefulset/" + set, ".status.readyReplicas"))
                        .isIn("", "0"));
    }

    private static List<String> told(EventWatch watch, String type) {
        return watch.told().stream().filter(each -> each.startsWith(type)).toList();
    }

    @Test
    void scalingKeepsTheOrderAndHaltsWhilePodsAreIll() {
        set(
                "ill",
                1,
                "",
                ", readinessProbe: { exec: { command: [sh, -c, \"! test -e /tmp/ill\"] }, periodSeconds: 1, timeoutSeconds: 20 }");
        rolledOut("ill");
        String all = "/api/v1/namespaces/" + kubectl.namespace() + "/pods?labelSelector=app%3Dill";
        try (ClusterApi api = ClusterApi.open(kubectl);
                EventWatch watch = EventWatch.from(api, all, api.get(all).ok().at("/metadata/resourceVersion"))) {
            fall("ill", List.of("ill-0"));
            kubectl.run("scale", "statefulset/ill", "--replicas=3");
            hasSeenItsScale("ill");
            assertThat(pods("ill")).containsExactly("ill-0");
            kubectl.run("exec", "ill-0", "--", "rm", "/tmp/ill");
            rolledOut("ill");
            eventually("the watch has told of both").untilAsserted(() -> assertThat(told(watch, "ADDED"))
                    .containsExactly("ADDED ill-1", "ADDED ill-2"));

            fall("ill", List.of("ill-0", "ill-1", "ill-2"));
            kubectl.run("scale", "statefulset/ill", "--replicas=0");
            hasSeenItsScale("ill");
            assertThat(pods("ill")).containsExactly("ill-0", "ill-1", "ill-2");
            kubectl.run("exec", "ill-2", "--", "rm", "/tmp/ill");
            kubectl.run("exec", "ill-1", "--", "rm", "/tmp/ill");
            eventually("all go, the last one first").untilAsserted(() -> assertThat(told(watch, "DELETED"))
                    .containsExactly("DELETED ill-2", "DELETED ill-1", "DELETED ill-0"));
        }
    }

    @Test
    void aPodThatIsDeletedComesBackUnderItsName() {
        set("back", 2, "");
        rolledOut("back");
        String uid = field("pod/back-0", ".metadata.uid");
        kubectl.run("delete", "pod", "back-0");
        eventually("another pod has the name").untilAsserted(() -> assertThat(field("pod/back-0", ".metadata.uid"))
                .isNotEqualTo(uid));
        rolledOut("back");
        assertThat(pods("back")).containsExactly("back-0", "back-1");
    }

    @Test
    void waitsForAPodThatDoesNotBecomeReady() {
        set("halt", 2, "");
        rolledOut("halt");
        kubectl.run(
                "patch",
                "statefulset",
                "halt",
                "-p",
                "{\"spec\":{\"replicas\":3,\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"readinessProbe\":"
                        + "{\"exec\":{\"command\":[\"false\"]}}}]}}}}");
        eventually("the last pod is new")
                .untilAsserted(() -> assertThat(kubectl.run("get", "pod", "halt-2", "-o", "jsonpath={.status.phase}"))
                        .isEqualTo("Running"));
        assertThat(field("statefulset/halt", ".status.readyReplicas")).isEqualTo("2");
        assertThat(field("pod/halt-1", ".spec.containers[0].readinessProbe")).isEmpty();
    }

    @Test
    void isUpdatedUpToThePartitionAndRolledBack() {
        set("roll", 3, "");
        rolledOut("roll");
        String first = field("statefulset/roll", ".status.currentRevision");
        kubectl.run(
                "patch",
                "statefulset",
                "roll",
                "-p",
                "{\"spec\":{\"updateStrategy\":{\"rollingUpdate\":{\"partition\":2}}}}");
        kubectl.run("set", "env", "statefulset/roll", "RELEASE=two");
        rolledOut("roll");
        assertThat(environment("roll")).containsExactly("two");
        assertThat(field("pod/roll-2", ".spec.containers[0].env[0].value")).isEqualTo("two");
        kubectl.run(
                "patch",
                "statefulset",
                "roll",
                "-p",
                "{\"spec\":{\"updateStrategy\":{\"rollingUpdate\":{\"partition\":0}}}}");
        rolledOut("roll");
        assertThat(environment("roll")).containsExactly("two", "two", "two");
        assertThat(kubectl.run("rollout", "history", "statefulset/roll")).contains("1 ", "2 ");
        kubectl.run("rollout", "undo", "statefulset/roll");
        rolledOut("roll");
        assertThat(environment("roll")).isEmpty();
        eventually("the first state is the current one again")
                .untilAsserted(() -> assertThat(field("statefulset/roll", ".status.currentRevision"))
                        .isEqualTo(first));
    }

    @Test
    void aParallelSetBringsItsPodsAtOnce() {
        set("burst", 3, "podManagementPolicy: Parallel\nordinals: { start: 5 }\n");
        rolledOut("burst");
        assertThat(pods("burst")).containsExactly("burst-5", "burst-6", "burst-7");
        set("sick", 3, "podManagementPolicy: Parallel\n", ", readinessProbe: { exec: { command: [\"false\"] } }");
        eventually("nobody waits for pods to be ready")
                .untilAsserted(() -> assertThat(pods("sick")).containsExactly("sick-0", "sick-1", "sick-2"));
        kubectl.run("scale", "statefulset/sick", "--replicas=1");
        eventually("nor when they go")
                .untilAsserted(() -> assertThat(pods("sick")).containsExactly("sick-0"));
        kubectl.run("delete", "statefulset", "burst");
        eventually("the pods go with the set")
                .untilAsserted(() -> assertThat(pods("burst")).isEmpty());
    }

    @Test
    void everyPodHasAClaimThatEndsWithTheSetIfAskedFor() {
        String claims = """
                podManagementPolicy: Parallel
                persistentVolumeClaimRetentionPolicy: { whenDeleted: %s, whenScaled: Retain }
                volumeClaimTemplates:
                - metadata: { name: data }
                  spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
                """;
        set("keep", 2, claims.formatted("Retain"));
        set("drop", 2, claims.formatted("Delete"));
        eventually("every pod has a claim")
                .untilAsserted(() -> assertThat(kubectl.run("get", "pvc", "-o", "jsonpath={.items[*].metadata.name}"))
                        .isEqualTo("data-drop-0 data-drop-1 data-keep-0 data-keep-1"));
        eventually("the pod has its claim").untilAsserted(() -> assertThat(
                        field("pod/keep-1", ".spec.volumes[?(@.name=='data')].persistentVolumeClaim.claimName"))
                .isEqualTo("data-keep-1"));
        kubectl.run("delete", "statefulset", "keep", "drop");
        eventually("only the claims that are kept are left")
                .untilAsserted(() -> assertThat(kubectl.run("get", "pvc", "-o", "jsonpath={.items[*].metadata.name}"))
                        .isEqualTo("data-keep-0 data-keep-1"));
    }

    @Test
    void aPodThatItsNodeRefusesIsMadeAgainUntilItRuns() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: blocker }
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - { name: c, image: %s, imagePullPolicy: IfNotPresent, command: [sleep, "3600"], ports: [{ containerPort: 21017, hostPort: 21017 }] }
                """.formatted(IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod/blocker", "--timeout=110s");
        kubectl.apply("""
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: { name: blocked }
                spec:
                  serviceName: blocked
                  selector: { matchLabels: { app: blocked } }
                  template:
                    metadata: { labels: { app: blocked } }
                    spec:
                      nodeName: %s
                      terminationGracePeriodSeconds: 0
                      containers:
                      - { name: c, image: %s, imagePullPolicy: IfNotPresent, command: [sleep, "3600"], ports: [{ containerPort: 21017, hostPort: 21017 }] }
                """.formatted(field("pod/blocker", ".spec.nodeName"), IMAGE));
        eventually("the node refuses the pod, and another one is made").untilAsserted(() -> assertThat(
                        kubectl.run("get", "events", "--field-selector=involvedObject.name=blocked"))
                .contains("RecreatingFailedPod"));
        kubectl.run("delete", "pod", "blocker");
        rolledOut("blocked");
        assertThat(field("pod/blocked-0", ".status.phase")).isEqualTo("Running");
    }
}
