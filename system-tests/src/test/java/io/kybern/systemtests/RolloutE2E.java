package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Updates of a Deployment while somebody uses it; "Deployments" in the Kubernetes documentation. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RolloutE2E extends ClusterTest {

    /** What a busy machine may take until nobody sends requests to a pod that ends. */
    private static final int DRAIN_SECONDS = 15;

    private SteadyRequests requests;

    @BeforeAll
    void deploy() {
        deployWeb("web", 3, DRAIN_SECONDS, "");
        kubectl.run(
                "patch",
                "deployment",
                "web",
                "-p",
                "{\"spec\":{\"strategy\":{\"rollingUpdate\":{\"maxUnavailable\":0,\"maxSurge\":1}}}}");
        kubectl.run("annotate", "deployment", "web", "kubernetes.io/change-cause=as it began");
        kubectl.run("expose", "deployment", "web", "--port=80", "--target-port=8080", "--type=NodePort");
        String node = new Kubectl("default")
                .run("get", "nodes", "-o", "jsonpath={.items[0].status.addresses[?(@.type==\"InternalIP\")].address}");
        requests = SteadyRequests.to(node, Integer.parseInt(field("service/web", ".spec.ports[0].nodePort")));
        eventually("the Service answers").until(() -> requests.answers() > 5);
        requests.close();
        // what was asked before the rules were there does not count
        requests = SteadyRequests.to(node, Integer.parseInt(field("service/web", ".spec.ports[0].nodePort")));
    }

    @AfterAll
    void stop() {
        requests.close();
    }

    private void complete() {
        kubectl.run("rollout", "status", "deployment/web", "--timeout=110s");
    }

    private String sets() {
        return kubectl.run("get", "replicasets", "-l", "app=web", "-o", "name");
    }

    @Test
    @Order(1)
    void anUpdateLosesNoRequest() {
        List<String> before = pods("web");
        long answers = requests.answers();
        kubectl.run("set", "env", "deployment/web", "VERSION=2");
        kubectl.run("annotate", "deployment", "web", "--overwrite", "kubernetes.io/change-cause=the second");
        complete();
        eventually("only new pods are left")
                .until(() -> pods("web").size() == 3 && pods("web").stream().noneMatch(before::contains));
        assertThat(requests.failures()).isEmpty();
        assertThat(requests.answers() - answers)
                .as("requests during the update")
                .isGreaterThan(20);
    }

    @Test
    @Order(2)
    void theHistoryTellsCausesAndTemplates() {
        eventually("the cause that was given during the update is kept")
                .untilAsserted(() -> assertThat(kubectl.run("rollout", "history", "deployment/web"))
                        .containsPattern("1 +as it began\\n2 +the second"));
        assertThat(kubectl.run("rollout", "history", "deployment/web", "--revision=2"))
                .contains("with revision #2", "VERSION:", IMAGE);
        assertThat(kubectl.call("", Map.of(), "rollout", "history", "deployment/web", "--revision=9")
                        .error())
                .contains("unable to find the specified revision");
    }

    @Test
    @Order(3)
    void aPausedDeploymentDoesNotRollUntilItIsResumed() {
        String before = sets();
        kubectl.run("rollout", "pause", "deployment/web");
        kubectl.run("set", "env", "deployment/web", "VERSION=3");
        eventually("the controller has seen the change").until(() -> field("deployment/web", ".metadata.generation")
                .equals(field("deployment/web", ".status.observedGeneration")));
        assertThat(sets()).isEqualTo(before);
        eventually("it says that it is paused").untilAsserted(() -> assertThat(
                        field("deployment/web", ".status.conditions[?(@.type==\"Progressing\")].reason"))
                .isEqualTo("DeploymentPaused"));
        assertThat(kubectl.call("", Map.of(), "rollout", "undo", "deployment/web")
                        .error())
                .contains("you cannot rollback a paused deployment");
        kubectl.run("rollout", "resume", "deployment/web");
        complete();
        assertThat(sets()).isNotEqualTo(before);
        assertThat(requests.failures()).isEmpty();
    }

    @Test
    @Order(4)
    void aRestartReplacesEveryPod() {
        List<String> before = pods("web");
        kubectl.run("rollout", "restart", "deployment/web");
        complete();
        eventually("no pod is as old").until(() -> pods("web").stream().noneMatch(before::contains));
        assertThat(field("deployment/web", ".spec.template.metadata.annotations"))
                .contains("kubectl.kubernetes.io/restartedAt");
        assertThat(requests.failures()).isEmpty();
    }

    @Test
    @Order(5)
    void aBadImageStallsIsReportedAndUndoneWithoutALostRequest() {
        kubectl.run("patch", "deployment", "web", "-p", "{\"spec\":{\"progressDeadlineSeconds\":5}}");
        kubectl.run("set", "image", "deployment/web", "web=kybern/absent:1");
        assertThat(kubectl.call("", Map.of(), "rollout", "status", "deployment/web", "--timeout=100s")
                        .error())
                .contains("deployment \"web\" exceeded its progress deadline");
        assertThat(field("deployment/web", ".status.availableReplicas")).isEqualTo("3");
        assertThat(field("deployment/web", ".status.conditions[?(@.type==\"Progressing\")].reason"))
                .isEqualTo("ProgressDeadlineExceeded");
        // what follows may take as long as a busy machine needs
        kubectl.run("patch", "deployment", "web", "-p", "{\"spec\":{\"progressDeadlineSeconds\":600}}");
        kubectl.run("rollout", "undo", "deployment/web");
        complete();
        assertThat(field("deployment/web", ".spec.template.spec.containers[0].image"))
                .isEqualTo(IMAGE);
        assertThat(requests.failures()).isEmpty();
    }

    @Test
    @Order(6)
    void goesBackToARevisionThatIsNamed() {
        kubectl.run("rollout", "undo", "deployment/web", "--to-revision=2");
        complete();
        assertThat(field("deployment/web", ".spec.template.spec.containers[0].env[0].value"))
                .isEqualTo("2");
        assertThat(kubectl.call("", Map.of(), "rollout", "undo", "deployment/web", "--to-revision=77")
                        .error())
                .contains("unable to find specified revision 77 in history");
        assertThat(requests.failures()).isEmpty();
    }

    @Test
    @Order(7)
    void scalesFromOneToTenToNone() {
        kubectl.run("scale", "deployment/web", "--replicas=1");
        eventually("one pod is left").until(() -> pods("web").size() == 1);
        kubectl.run("scale", "deployment/web", "--replicas=10");
        kubectl.run("wait", "deployment/web", "--for=jsonpath={.status.readyReplicas}=10", "--timeout=110s");
        assertThat(requests.failures()).isEmpty();
        requests.close();
        assertThat(Arrays.stream(kubectl.run("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].spec.nodeName}")
                                .split(" "))
                        .distinct())
                .hasSizeGreaterThan(1);
        kubectl.run("scale", "deployment/web", "--replicas=0", "--current-replicas=10");
        eventually("no pod is left").until(() -> pods("web").isEmpty());
        eventually("the status says so too")
                .untilAsserted(() -> assertThat(kubectl.run("get", "deployment", "web", "--no-headers"))
                        .containsPattern("0/0 +0 +0"));
    }
}
