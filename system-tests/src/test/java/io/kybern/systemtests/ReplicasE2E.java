package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Deployments, ReplicaSets and ReplicationControllers: whose pods are whose, and how many of which there are meanwhile. */
class ReplicasE2E extends ClusterTest {

    /** A number that needs 64 bits. */
    private static final String HUGE = "3546343826724305832";

    private static final String BAD_IMAGE = "kybern/there-is-no-such-image:1";
    private final Kubectl narrow = new Kubectl(kubectl.namespace() + "-narrow");

    /** All pods start together, so that no test waits for those of another. */
    @BeforeAll
    void deploy() {
        kubectl.apply(workload("apps/v1", "ReplicaSet", "adopted", 1, "")
                .replace(
                        "metadata: { name: adopted }",
                        "metadata: { name: adopted, labels: { app: adopted }, annotations: {"
                                + " deployment.kubernetes.io/revision: \""
                                + HUGE + "\" } }"));
        kubectl.apply(workload("apps/v1", "Deployment", "recreate", 2, "strategy: { type: Recreate }\n"));
        kubectl.apply(workload("apps/v1", "Deployment", "over", 2, ""));
        kubectl.apply(workload(
                "apps/v1",
                "Deployment",
                "share",
                5,
                "strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } }\n"));
        kubectl.apply(orphan("rc-orphan", "rc") + "---\n" + orphan("rs-orphan", "rs"));
        new Kubectl("default").run("create", "namespace", narrow.namespace());
        eventually("the second namespace has its service account")
                .untilAsserted(() -> narrow.run("get", "serviceaccount", "default"));
        narrow.run("create", "quota", "two", "--hard=pods=2");
        eventually("the quota is counted")
                .untilAsserted(() -> assertThat(narrow.run("get", "quota", "two", "-o", "jsonpath={.status.hard.pods}"))
                        .isEqualTo("2"));
    }

    @AfterAll
    void deleteSecondNamespace() {
        new Kubectl("default").run("delete", "namespace", narrow.namespace(), "--wait=false");
    }

    /** Anything with a template and a number of pods. */
    private static String workload(String apiVersion, String kind, String name, int replicas, String spec) {
        String selector = kind.equals("ReplicationController")
                ? "{ app: %s }".formatted(name)
                : "{ matchLabels: { app: %s } }".formatted(name);
        return """
                apiVersion: %1$s
                kind: %2$s
                metadata: { name: %3$s }
                spec:
                  replicas: %4$d
                  selector: %5$s
                  template:
                    metadata: { labels: { app: %3$s } }
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers:
                      - { name: c, image: %6$s, imagePullPolicy: IfNotPresent, command: [sh, -c, "sleep 3600 & wait"] }
                """.formatted(apiVersion, kind, name, replicas, selector, IMAGE) + spec.indent(2);
    }

    private static String orphan(String name, String app) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: { name: %s, labels: { app: %s } }
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - { name: c, image: %s, imagePullPolicy: IfNotPresent, command: [sh, -c, "sleep 3600 & wait"] }
                """.formatted(name, app, IMAGE);
    }

    private void rolledOut(String deployment) {
        kubectl.run("rollout", "status", "deployment/" + deployment, "--timeout=110s");
    }

    /** The sizes of a Deployment's ReplicaSets, the oldest first. */
    private String sizes(String app) {
        return kubectl.run(
                "get",
                "replicasets",
                "-l",
                "app=" + app,
                "--sort-by=.metadata.annotations.deployment\\.kubernetes\\.io/revision",
                "-o",
                "jsonpath={.items[*].spec.replicas}");
    }

    private String owner(String pod) {
        return field("pod/" + pod, ".metadata.ownerReferences[0].name");
    }

    @Test
    void aDeploymentAdoptsASetWhateverItsRevision() {
        kubectl.apply(
                workload("apps/v1", "Deployment", "adopted", 1, "").replace("sleep 3600 & wait", "sleep 3601 & wait"));
        rolledOut("adopted");
        assertThat(field("replicaset/adopted", ".metadata.ownerReferences[0].kind"))
                .isEqualTo("Deployment");
        assertThat(field("replicaset/adopted", ".spec.replicas")).isEqualTo("0");
        assertThat(field("deployment/adopted", ".metadata.annotations.deployment\\.kubernetes\\.io/revision"))
                .isEqualTo("3546343826724305833");
    }

    @Test
    void noMoreOfTheHistoryIsKeptThanWanted() {
        kubectl.apply(workload("apps/v1", "Deployment", "forgetful", 0, "revisionHistoryLimit: 1"));
        rolledOut("forgetful");
        for (String release : List.of("two", "three", "four")) {
            kubectl.run("set", "env", "deployment/forgetful", "RELEASE=" + release);
            rolledOut("forgetful");
        }
        eventually("the present one and the one before it are left").untilAsserted(() -> assertThat(kubectl.run(
                        "get",
                        "rs",
                        "-l",
                        "app=forgetful",
                        "--sort-by=.metadata.annotations.deployment\\.kubernetes\\.io/revision",
                        "-o",
                        "jsonpath={.items[*].metadata.annotations.deployment\\.kubernetes\\.io/revision}"))
                .isEqualTo("3 4"));
    }

    @Test
    void recreatedPodsNeverMeetTheOldOnes() {
        rolledOut("recreate");
        String before = hashes("recreate").iterator().next();
        kubectl.run("set", "env", "deployment/recreate", "RELEASE=two");
        eventually("all pods are new, and old and new ones were never there together")
                .until(() -> {
                    Set<String> present = hashes("recreate");
                    assertThat(present).hasSizeLessThanOrEqualTo(1);
                    return !present.isEmpty() && !present.contains(before);
                });
        rolledOut("recreate");
    }

    /** The templates that the pods come from, those included that are on their way out but have not ended. */
    private Set<String> hashes(String app) {
        String hashes = kubectl.run(
                "get",
                "pods",
                "-l",
                "app=" + app,
                "--field-selector=status.phase!=Failed,status.phase!=Succeeded",
                "-o",
                "jsonpath={.items[*].metadata.labels.pod-template-hash}");
        return hashes.isBlank() ? Set.of() : new TreeSet<>(List.of(hashes.split(" ")));
    }

    @Test
    void aRolloutThatIsOvertakenIsLeftBehind() {
        rolledOut("over");
        kubectl.run("set", "image", "deployment/over", "c=" + BAD_IMAGE);
        eventually("the second rollout has begun")
                .untilAsserted(() -> assertThat(sizes("over")).endsWith(" 1"));
        kubectl.run("set", "image", "deployment/over", "c=" + IMAGE);
        kubectl.run("set", "env", "deployment/over", "RELEASE=three");
        rolledOut("over");
        eventually("only the last set has pods")
                .untilAsserted(() -> assertThat(sizes("over")).endsWith(" 2").matches("(0 )+2"));
        eventually("the pods of the second one are gone").untilAsserted(() -> assertThat(kubectl.run(
                        "get", "pods", "-l", "app=over", "-o", "jsonpath={.items[*].spec.containers[0].image}"))
                .doesNotContain(BAD_IMAGE));
    }

    @Test
    void aDeploymentThatIsScaledWhileItRollsSharesProportionally() {
        rolledOut("share");
        kubectl.run("set", "image", "deployment/share", "c=" + BAD_IMAGE);
        eventually("the rollout is stuck where its limits are")
                .untilAsserted(() -> assertThat(sizes("share")).isEqualTo("4 3"));
        kubectl.run("scale", "deployment", "share", "--replicas=10");
        eventually("both sets have grown in proportion")
                .untilAsserted(() -> assertThat(sizes("share")).isEqualTo("7 5"));
    }

    @Test
    void aControllerAdoptsOrphansAndReleasesWhatItDoesNotSelect() {
        kubectl.apply(workload("v1", "ReplicationController", "rc", 1, ""));
        kubectl.apply(workload("apps/v1", "ReplicaSet", "rs", 1, ""));
        for (String name : new String[] {"rc", "rs"}) {
            eventually(name + " adopts the orphan")
                    .untilAsserted(() -> assertThat(owner(name + "-orphan")).isEqualTo(name));
            assertThat(pods(name)).containsExactly(name + "-orphan");
            kubectl.run("label", "pod", name + "-orphan", "app=free-" + name, "--overwrite");
            eventually(name + " releases the pod")
                    .untilAsserted(() -> assertThat(owner(name + "-orphan")).isEmpty());
            eventually(name + " makes another one")
                    .untilAsserted(() -> assertThat(pods(name)).hasSize(1).doesNotContain(name + "-orphan"));
        }
    }

    @Test
    void whatAQuotaForbidsIsACondition() {
        narrow.apply(workload("v1", "ReplicationController", "greedy", 3, ""));
        eventually("the failure is told").untilAsserted(() -> assertThat(narrow.run(
                        "get",
                        "rc",
                        "greedy",
                        "-o",
                        "jsonpath={.status.conditions[?(@.type=='ReplicaFailure')].message}"))
                .contains("exceeded quota: two"));
        assertThat(narrow.run("get", "rc", "greedy", "-o", "jsonpath={.status.conditions[0].reason}"))
                .isEqualTo("FailedCreate");
        narrow.run("scale", "rc", "greedy", "--replicas=2");
        eventually("the failure is over").untilAsserted(() -> assertThat(
                        narrow.run("get", "rc", "greedy", "-o", "jsonpath={.status.conditions}"))
                .isEmpty());
        narrow.run("delete", "rc", "greedy", "--wait=false");
        narrow.apply(workload("apps/v1", "ReplicaSet", "set", 3, ""));
        eventually("a set tells it, too").untilAsserted(() -> assertThat(narrow.run(
                        "get", "rs", "set", "-o", "jsonpath={.status.conditions[?(@.type=='ReplicaFailure')].reason}"))
                .isEqualTo("FailedCreate"));
    }
}
