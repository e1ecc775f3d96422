package io.kybern.apiserver.registry.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.TableShape;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Rows as {@code kubectl get} prints them. */
@Timeout(60)
class TablesTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");
    private static final TableShapes TABLES = new TableShapes();

    private static List<String> row(String group, String resource, String json) {
        return row(group, "v1", resource, json);
    }

    private static List<String> row(String group, String version, String resource, String json) {
        ResourceType type = ResourceRegistry.builtIn().require(group, version, resource);
        TableShape table = TABLES.of(type);
        return table.cells(Json.read(json), NOW).stream()
                .map(cell -> cell.isString() ? cell.asString() : cell.toString())
                .toList();
    }

    private static String pod(String spec, String status) {
        return """
                {"metadata": {"name": "p", "creationTimestamp": "2026-01-01T00:00:00Z"},
                 "spec": {"containers": [{"name": "a"}, {"name": "b"}]%s}, "status": {"phase": "Running"%s}}""".formatted(spec, status);
    }

    static Stream<Arguments> pods() {
        String running = "{\"name\":\"%s\",\"ready\":true,\"restartCount\":0,\"state\":{\"running\":{}}}";
        String one = running.formatted("a");
        String two = running.formatted("b");
        return Stream.of(
                Arguments.of(pod("", ",\"containerStatuses\":[" + one + "," + two + "]"), "2/2", "Running", "0"),
                Arguments.of(
                        pod(
                                "",
                                ",\"containerStatuses\":[" + one
                                        + ",{\"name\":\"b\",\"restartCount\":3,\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}},"
                                        + "\"lastState\":{\"terminated\":{\"finishedAt\":\"2026-01-01T00:05:00Z\"}}}]"),
                        "1/2",
                        "CrashLoopBackOff",
                        "3 (5m ago)"),
                Arguments.of(
                        pod(
                                ",\"initContainers\":[{\"name\":\"i\"},{\"name\":\"j\"}]",
                                ",\"initContainerStatuses\":[{\"name\":\"i\",\"restartCount\":0,\"state\":{\"terminated\":{\"exitCode\":0}}},"
                                        + "{\"name\":\"j\",\"restartCount\":1,\"state\":{\"running\":{}}}]"),
                        "0/2",
                        "Init:1/2",
                        "1"),
                Arguments.of(
                        pod(
                                ",\"initContainers\":[{\"name\":\"i\"}]",
                                ",\"initContainerStatuses\":[{\"name\":\"i\",\"restartCount\":0,\"state\":{\"terminated\":{\"exitCode\":2}}}]"),
                        "0/2",
                        "Init:ExitCode:2",
                        "0"),
                Arguments.of(
                        pod(
                                ",\"initContainers\":[{\"name\":\"i\",\"restartPolicy\":\"Always\"}]",
                                ",\"initContainerStatuses\":[{\"name\":\"i\",\"ready\":true,\"started\":true,\"restartCount\":0,"
                                        + "\"state\":{\"running\":{}}}],\"containerStatuses\":[" + one + "," + two
                                        + "]"),
                        "3/3",
                        "Running",
                        "0"),
                Arguments.of(
                        pod(
                                "",
                                ",\"containerStatuses\":[{\"name\":\"a\",\"restartCount\":0,\"state\":{\"terminated\":{\"reason\":\"Completed\","
                                        + "\"exitCode\":0}}}," + two
                                        + "],\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\"}]"),
                        "1/2",
                        "NotReady",
                        "0"),
                Arguments.of(pod("", ",\"reason\":\"Evicted\",\"phase\":\"Failed\""), "0/2", "Evicted", "0"));
    }

    @ParameterizedTest
    @MethodSource("pods")
    void showsWhatKeepsAPodFromRunning(String pod, String ready, String status, String restarts) {
        List<String> row = row("", "pods", pod);

        assertThat(row.subList(0, 5)).containsExactly("p", ready, status, restarts, "10m");
    }

    @Test
    void aPodThatIsBeingDeletedIsTerminating() {
        String pod = pod("", "")
                .replace("\"name\": \"p\"", "\"name\": \"p\", \"deletionTimestamp\": \"2026-01-01T00:09:00Z\"");

        assertThat(row("", "pods", pod).get(2)).isEqualTo("Terminating");
    }

    @Test
    void showsPortsAndAddressesOfServices() {
        assertThat(row("", "services", """
                        {"metadata": {"name": "s", "creationTimestamp": "2026-01-01T00:00:00Z"},
                         "spec": {"type": "LoadBalancer", "clusterIP": "10.96.0.9", "selector": {"b": "2", "a": "1"},
                                  "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}}"""))
                .containsExactly(
                        "s", "LoadBalancer", "10.96.0.9", "<pending>", "80:30080/TCP,53/UDP", "10m", "a=1,b=2");
    }

    @Test
    void showsRolesAndCordonOfNodes() {
        assertThat(row("", "nodes", """
                        {"metadata": {"name": "n", "creationTimestamp": "2025-12-30T00:00:00Z",
                                      "labels": {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/edge": ""}},
                         "spec": {"unschedulable": true},
                         "status": {"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"kubeletVersion": "v1.36.0"},
                                    "addresses": [{"type": "InternalIP", "address": "172.18.0.4"}]}}""").subList(0, 6))
                .containsExactly("n", "Ready,SchedulingDisabled", "edge,worker", "2d", "v1.36.0", "172.18.0.4");
    }

    @Test
    void countsReplicasOfDeployments() {
        assertThat(row("apps", "deployments", """
                        {"metadata": {"name": "d", "creationTimestamp": "2026-01-01T00:00:00Z"},
                         "spec": {"replicas": 3, "selector": {"matchLabels": {"a": "b"}},
                                  "template": {"spec": {"containers": [{"name": "c", "image": "i"}, {"name": "d", "image": "j"}]}}},
                         "status": {"readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 1}}""")).containsExactly("d", "2/3", "3", "1", "10m", "c,d", "i,j", "a=b");
    }

    @Test
    void saysWhenAnEventWasSeenLast() {
        List<String> row = row("", "events", """
                {"metadata": {"name": "e"}, "type": "Warning", "reason": "Failed", "message": "m\\n", "count": 4,
                 "involvedObject": {"kind": "Pod", "name": "p"}, "source": {"component": "kubelet", "host": "n"},
                 "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:09:30Z"}""");

        assertThat(row).startsWith("30s", "Warning", "Failed", "pod/p").contains("m", "kubelet, n");
    }

    @Test
    void showsTheFirstThreeEndpoints() {
        assertThat(row("", "endpoints", """
                        {"metadata": {"name": "e", "creationTimestamp": "2026-01-01T00:00:00Z"},
                         "subsets": [{"addresses": [{"ip": "1.1.1.1"}, {"ip": "1.1.1.2"}, {"ip": "1.1.1.3"}, {"ip": "1.1.1.4"}],
                                      "ports": [{"port": 80}]}]}"""))
                .containsExactly("e", "1.1.1.1:80,1.1.1.2:80,1.1.1.3:80 + 1 more...", "10m");
    }

    @Test
    void showsTwoMetricsOfAnAutoscalerAndHowManyMoreThereAre() {
        List<String> row = row("autoscaling", "v2", "horizontalpodautoscalers", """
                {"metadata": {"name": "h", "creationTimestamp": "2026-01-01T00:00:00Z"},
                 "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "d"}, "minReplicas": 1, "maxReplicas": 5, "metrics": [
                    {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
                    {"type": "Object", "object": {"metric": {"name": "m"}, "target": {"type": "Value", "value": "10"}}},
                    {"type": "Pods", "pods": {"metric": {"name": "n"}, "target": {"type": "AverageValue", "averageValue": "3"}}}]},
                 "status": {"currentReplicas": 2, "currentMetrics": [
                    {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 7}}}]}}""");

        assertThat(row)
                .containsExactly("h", "Deployment/d", "cpu: 7%/50%, <unknown>/10 + 1 more...", "1", "5", "2", "10m");
    }

    @Test
    void showsAddressesOfEndpointSlices() {
        assertThat(row("discovery.k8s.io", "endpointslices", """
                        {"metadata": {"name": "e", "creationTimestamp": "2026-01-01T00:00:00Z"}, "addressType": "IPv4",
                         "ports": [{"port": 80}, {"name": "any"}],
                         "endpoints": [{"addresses": ["1.1.1.1"]}, {"addresses": ["1.1.1.2"]}, {"addresses": ["1.1.1.3"]},
                                       {"addresses": ["1.1.1.4"]}]}"""))
                .containsExactly("e", "IPv4", "80,any", "1.1.1.1,1.1.1.2,1.1.1.3 + 1 more...", "10m");
    }

    @Test
    void showsWhatADisruptionBudgetAllows() {
        assertThat(row("policy", "poddisruptionbudgets", """
                        {"metadata": {"name": "b", "creationTimestamp": "2026-01-01T00:00:00Z"},
                         "spec": {"minAvailable": "50%"}, "status": {"disruptionsAllowed": 1}}""")).containsExactly("b", "50%", "N/A", "1", "10m");
    }

    @Test
    void showsWhatAnAddressBelongsTo() {
        assertThat(row("networking.k8s.io", "ipaddresses", """
                        {"metadata": {"name": "10.96.0.1", "creationTimestamp": "2026-01-01T00:00:00Z"},
                         "spec": {"parentRef": {"group": "", "resource": "services", "namespace": "default", "name": "kubernetes"}}}"""))
                .containsExactly("10.96.0.1", "services/default/kubernetes", "10m");
    }

    @Test
    void showsTheClassOfAVolumesAttributes() {
        assertThat(row("", "persistentvolumeclaims", """
                        {"metadata": {"name": "c", "creationTimestamp": "2026-01-01T00:00:00Z"},
                         "spec": {"storageClassName": "fast", "volumeAttributesClassName": "gold", "volumeMode": "Block"},
                         "status": {"phase": "Pending"}}"""))
                .containsExactly("c", "Pending", "", "", "", "fast", "gold", "10m", "Block");
        assertThat(row("", "persistentvolumes", """
                        {"metadata": {"name": "v", "creationTimestamp": "2026-01-01T00:00:00Z"},
                         "spec": {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"},
                         "status": {"phase": "Available"}}"""))
                .containsExactly("v", "", "", "Retain", "Available", "", "", "<unset>", "", "10m", "Filesystem");
    }

    @Test
    void aTypeWithoutColumnsShowsNameAndAge() {
        JsonNode columns = TABLES.of(ResourceRegistry.builtIn().require("resource.k8s.io", "v1", "deviceclasses"))
                .columnDefinitions();

        assertThat(columns.get(0).path("name").asString()).isEqualTo("Name");
        assertThat(columns.size()).isBetween(2, 3);
    }
}
