package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What pods and nodes use, and the number of pods that follows from it; "Horizontal Pod Autoscaling" in the documentation. */
class AutoscalingE2E extends ClusterTest {

    /** One works as hard as it may until it is told to rest, the other one sleeps. */
    @BeforeAll
    void deploy() {
        kubectl.apply("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: busy }
                spec:
                  selector: { matchLabels: { app: busy } }
                  template:
                    metadata: { labels: { app: busy } }
                    spec:
                      terminationGracePeriodSeconds: 0
                      containers:
                      - name: c
                        image: %1$s
                        imagePullPolicy: IfNotPresent
                        command: [sh, -c, "while true; do if [ -e /tmp/rest ]; then sleep 1; fi; done"]
                        resources: { requests: { cpu: 20m }, limits: { cpu: 40m } }
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: idle }
                spec:
                  selector: { matchLabels: { app: idle } }
                  template:
                    metadata: { labels: { app: idle } }
                    spec:
                      terminationGracePeriodSeconds: 0
                      containers:
                      - { name: one, image: %1$s, imagePullPolicy: IfNotPresent, command: [sleep, "3600"] }
                      - { name: two, image: %1$s, imagePullPolicy: IfNotPresent, command: [sleep, "3600"] }
                ---
                apiVersion: autoscaling/v2
                kind: HorizontalPodAutoscaler
                metadata: { name: busy }
                spec:
                  minReplicas: 1
                  maxReplicas: 3
                  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: busy }
                  metrics:
                  - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } } }
                  behavior:
                    scaleDown: { stabilizationWindowSeconds: 0 }
                """.formatted(IMAGE));
        kubectl.run("autoscale", "deployment", "idle", "--min=1", "--max=3", "--cpu-percent=50");
    }

    private String condition(String autoscaler, String type) {
        return field("hpa/" + autoscaler, ".status.conditions[?(@.type=='" + type + "')].reason");
    }

    @Test
    void podsAndNodesTellWhatTheyUse() {
        eventually("pods have been looked at twice").untilAsserted(() -> assertThat(
                        kubectl.run("top", "pods", "-l", "app=idle", "--containers", "--no-headers"))
                .contains(" one ")
                .contains(" two "));
        eventually("the busy pod has been looked at too")
                .untilAsserted(() -> assertThat(kubectl.run("top", "pods", "-l", "app=busy", "--no-headers"))
                        .contains("busy-"));
        eventually("and its node").untilAsserted(() -> assertThat(kubectl.run("top", "nodes", "--no-headers"))
                .contains("node-1", "%"));
        assertThat(kubectl.run("get", "podmetrics", "-l", "app=busy")).contains("CPU", "MEMORY", "WINDOW");
    }

    @Test
    void theNumberOfPodsFollowsTheLoadAndComesBack() {
        eventually("there are as many pods as allowed")
                .untilAsserted(() ->
                        assertThat(field("deployment/busy", ".spec.replicas")).isEqualTo("3"));
        eventually("it says why").untilAsserted(() -> assertThat(kubectl.run("describe", "hpa", "busy"))
                .contains("SuccessfulRescale")
                .contains("cpu resource utilization (percentage of request) above target")
                .contains("ValidMetricFound"));
        kubectl.run("rollout", "status", "deployment/busy", "--timeout=110s");
        pods("busy").forEach(pod -> kubectl.run("exec", pod, "--", "touch", "/tmp/rest"));
        eventually("one pod is left").untilAsserted(() -> assertThat(field("deployment/busy", ".spec.replicas"))
                .isEqualTo("1"));
        eventually("it says why again").untilAsserted(() -> assertThat(kubectl.run("describe", "hpa", "busy"))
                .contains("All metrics below target"));
    }

    @Test
    void whatHasNoRequestsSaysSo() {
        eventually("the autoscaler has looked").untilAsserted(() -> assertThat(condition("idle", "ScalingActive"))
                .isEqualTo("FailedGetResourceMetric"));
        eventually("it says what is missing").untilAsserted(() -> assertThat(kubectl.run("describe", "hpa", "idle"))
                .contains("FailedGetResourceMetric")
                .contains("missing request for cpu in container"));
        assertThat(condition("idle", "AbleToScale")).isEqualTo("SucceededGetScale");
        assertThat(field("deployment/idle", ".spec.replicas")).isEqualTo("1");
        assertThat(kubectl.run(
                        "get",
                        "horizontalpodautoscalers.v1.autoscaling",
                        "idle",
                        "-o",
                        "jsonpath={.spec.targetCPUUtilizationPercentage}"))
                .isEqualTo("50");
    }

    @Test
    void aTargetThatIsNotThereIsTold() {
        kubectl.run("create", "deployment", "gone", "--image=" + IMAGE, "--replicas=0");
        kubectl.run("autoscale", "deployment", "gone", "--max=3", "--cpu-percent=50");
        eventually("nothing is scaled that is turned off")
                .untilAsserted(
                        () -> assertThat(condition("gone", "ScalingActive")).isEqualTo("ScalingDisabled"));
        kubectl.run("delete", "deployment", "gone");
        eventually("the autoscaler misses its target").untilAsserted(() -> assertThat(condition("gone", "AbleToScale"))
                .isEqualTo("FailedGetScale"));
        assertThat(field("hpa/gone", ".status.conditions[?(@.type=='AbleToScale')].message"))
                .contains("deployments.apps \"gone\" not found");
    }
}
