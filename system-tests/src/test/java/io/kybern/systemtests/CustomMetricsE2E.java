package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Autoscalers that follow metrics of others, which a server in a pod knows; "Horizontal Pod Autoscaling" in the documentation. Alone, because the
 * groups of such metrics have fixed names and everybody who lists what the cluster serves meets them.
 */
@Isolated
@Order(Integer.MAX_VALUE - 20)
class CustomMetricsE2E extends ClusterTest {

    private static final List<String> APIS = List.of(
            ExtensionMetrics.VERSION + ".custom.metrics.k8s.io", ExtensionMetrics.VERSION + ".external.metrics.k8s.io");

    @BeforeAll
    void deployServer(@TempDir Path directory) {
        String caBundle = ExtensionPod.deploy(kubectl, directory);
        for (String api : APIS) {
            kubectl.apply("""
                    apiVersion: apiregistration.k8s.io/v1
                    kind: APIService
                    metadata: { name: %1$s }
                    spec:
                      group: %2$s
                      version: %3$s
                      groupPriorityMinimum: 100
                      versionPriority: 10
                      caBundle: %4$s
                      service: { namespace: %5$s, name: hook }
                    """.formatted(
                            api,
                            api.substring(ExtensionMetrics.VERSION.length() + 1),
                            ExtensionMetrics.VERSION,
                            caBundle,
                            kubectl.namespace()));
        }
        target(
                "by-pods",
                "type: Pods, pods: { metric: { name: is-30 }, target: { type: AverageValue, averageValue: 10 } }");
        target(
                "by-object",
                "type: Object, object: { describedObject: { apiVersion: v1, kind: Service, name: hook }, metric: { name: is-50 },"
                        + " target: { type: AverageValue, averageValue: 25 } }");
        target(
                "by-external",
                "type: External, external: { metric: { name: is-70, selector: { matchLabels: { queue: mine } } },"
                        + " target: { type: AverageValue, averageValue: 35 } }");
        target(
                "by-nothing",
                "type: External, external: { metric: { name: is-odd }, target: { type: Value, value: 1 } }");
    }

    @AfterAll
    void removeApis() {
        APIS.forEach(api -> kubectl.run("delete", "apiservice", api, "--ignore-not-found"));
    }

    /** A StatefulSet of one pod that does nothing, and its autoscaler. */
    private void target(String name, String metric) {
        kubectl.apply("""
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: { name: %1$s }
                spec:
                  podManagementPolicy: Parallel
                  selector: { matchLabels: { app: %1$s } }
                  template:
                    metadata: { labels: { app: %1$s } }
                    spec:
                      terminationGracePeriodSeconds: 0
                      containers: [{ name: c, image: %2$s, imagePullPolicy: IfNotPresent, command: [sleep, "3600"] }]
                ---
                apiVersion: autoscaling/v2
                kind: HorizontalPodAutoscaler
                metadata: { name: %1$s }
                spec:
                  maxReplicas: 5
                  scaleTargetRef: { apiVersion: apps/v1, kind: StatefulSet, name: %1$s }
                  metrics: [{ %3$s }]
                """.formatted(name, IMAGE, metric));
    }

    private void follows(String name, int replicas, String events) {
        eventually(name + " has as many pods as its metric asks for")
                .untilAsserted(() -> assertThat(field("statefulset/" + name, ".spec.replicas"))
                        .isEqualTo(String.valueOf(replicas)));
        eventually("it says why").untilAsserted(() -> assertThat(kubectl.run("describe", "hpa", name))
                .contains("New size: " + replicas + "; reason: " + events + " above target"));
    }

    @Test
    void theMetricsOfPodsAreFollowed() {
        follows("by-pods", 3, "pods metric is-30");
    }

    @Test
    void theMetricOfAnObjectIsFollowed() {
        follows("by-object", 2, "external metric is-50(nil)");
        eventually("its value is shown")
                .untilAsserted(() -> assertThat(kubectl.run("get", "hpa", "by-object", "--no-headers"))
                        .contains("25/25 (avg)"));
    }

    @Test
    void aMetricFromElsewhereIsFollowed() {
        follows(
                "by-external",
                2,
                "external metric is-70(&LabelSelector{MatchLabels:map[string]string{queue: mine,}"
                        + ",MatchExpressions:[]LabelSelectorRequirement{},})");
        eventually("its value is shown").untilAsserted(() -> assertThat(
                        field("hpa/by-external", ".status.currentMetrics[0].external.current.averageValue"))
                .isEqualTo("35"));
    }

    @Test
    void aMetricThatNobodyCanReadScalesNothing() {
        eventually("it says so").untilAsserted(() -> assertThat(kubectl.run("describe", "hpa", "by-nothing"))
                .contains("FailedGetExternalMetric")
                .contains("unable to get external metric " + kubectl.namespace() + "/is-odd/nil"));
        assertThat(field("statefulset/by-nothing", ".spec.replicas")).isEqualTo("1");
    }
}
