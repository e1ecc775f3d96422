package io.kybern.scheduler.core.plugins;

import static io.kybern.scheduler.core.Given.affinity;
import static io.kybern.scheduler.core.Given.antiAffinity;
import static io.kybern.scheduler.core.Given.cluster;
import static io.kybern.scheduler.core.Given.hostPort;
import static io.kybern.scheduler.core.Given.label;
import static io.kybern.scheduler.core.Given.node;
import static io.kybern.scheduler.core.Given.on;
import static io.kybern.scheduler.core.Given.pod;
import static io.kybern.scheduler.core.Given.requests;
import static io.kybern.scheduler.core.Given.spread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.PreFilterPlugin;
import io.kybern.scheduler.core.framework.PreFilterPlugin.PreFilterResult;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.PodRequests;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.aggregator.ArgumentsAccessor;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One table per filter: which nodes it leaves. */
@Timeout(60)
class FilterTest {

    private static final String ZONE = "topology.kubernetes.io/zone";
    private static final String HOST = "kubernetes.io/hostname";

    private static List<String> allowed(FilterPlugin plugin, Pod pod, Snapshot snapshot) {
        CycleState state = new CycleState();
        PodInfo info = PodInfo.of(pod);
        if (plugin instanceof PreFilterPlugin pre
                && pre.preFilter(state, info, snapshot) instanceof PreFilterResult.Skip) {
            return snapshot.nodes().stream().map(NodeInfo::name).toList();
        }
        List<String> names = new ArrayList<>();
        for (NodeInfo node : snapshot.nodes()) {
            if (plugin.filter(state, info, node).isEmpty()) {
                names.add(node.name());
            }
        }
        return names;
    }

    private static Rejection rejection(FilterPlugin plugin, Pod pod, Snapshot snapshot, String node) {
        CycleState state = new CycleState();
        PodInfo info = PodInfo.of(pod);
        if (plugin instanceof PreFilterPlugin pre) {
            pre.preFilter(state, info, snapshot);
        }
        return plugin.filter(state, info, snapshot.byName().get(node)).orElseThrow();
    }

    private static Node zoned(String name, String zone) {
        return node(
                name, "4", "8Gi", n -> n.editMetadata().addToLabels(ZONE, zone).endMetadata());
    }

    private static Node tainted(String key, String value, String effect) {
        return node("n", "4", "8Gi", n -> n.editSpec()
                .addNewTaint(effect, key, null, value)
                .endSpec());
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "k, v, NoSchedule, k, Equal, v, NoSchedule, true",
                "k, v, NoSchedule, k, Equal, w, NoSchedule, false",
                "k, v, NoSchedule, k, Exists, -, -, true",
                "k, v, NoSchedule, k, -, v, -, true",
                "k, v, NoSchedule, -, Exists, -, -, true",
                "k, v, NoExecute, k, Equal, v, NoSchedule, false",
                "k, v, NoSchedule, other, Exists, -, -, false",
                "k, 5, NoSchedule, k, Gt, 3, NoSchedule, true",
                "k, 5, NoSchedule, k, Lt, 3, NoSchedule, false",
                "k, v, PreferNoSchedule, other, Exists, -, -, true",
            })
    void taintToleration(ArgumentsAccessor row) {
        Pod pod = pod("p", p -> p.editSpec()
                .withTolerations(new TolerationBuilder()
                        .withKey(row.getString(3))
                        .withOperator(row.getString(4))
                        .withValue(row.getString(5))
                        .withEffect(row.getString(6))
                        .build())
                .endSpec());
        assertThat(allowed(
                        new TaintToleration(),
                        pod,
                        cluster(tainted(row.getString(0), row.getString(1), row.getString(2)))))
                .hasSize(row.getBoolean(7) ? 1 : 0);
    }

    @Test
    void nodeUnschedulableYieldsToAToleration() {
        Snapshot snapshot = cluster(
                node("n", "4", "8Gi", n -> n.editSpec().withUnschedulable(true).endSpec()));
        assertThat(allowed(new NodeUnschedulable(), pod("p"), snapshot)).isEmpty();
        Pod tolerant = pod("p", p -> p.editSpec()
                .addNewToleration()
                .withKey("node.kubernetes.io/unschedulable")
                .withOperator("Exists")
                .endToleration()
                .endSpec());
        assertThat(allowed(new NodeUnschedulable(), tolerant, snapshot)).containsExactly("n");
    }

    @Test
    void nodeNameAllowsOnlyThatNode() {
        Snapshot snapshot = cluster(node("a", "4", "8Gi"), node("b", "4", "8Gi"));
        assertThat(allowed(new NodeName(), pod("p", on("b")), snapshot)).containsExactly("b");
        assertThat(allowed(new NodeName(), pod("p"), snapshot)).containsExactly("a", "b");
    }

    static Stream<Arguments> nodeAffinityCases() {
        return Stream.of(
                arguments("cpu", "In", List.of("fast", "slow"), List.of("a", "b")),
                arguments("cpu", "NotIn", List.of("fast"), List.of("b", "c")),
                arguments("cpu", "Exists", List.of(), List.of("a", "b")),
                arguments("cpu", "DoesNotExist", List.of(), List.of("c")),
                arguments("gen", "Gt", List.of("4"), List.of("b")),
                arguments("gen", "Lt", List.of("4"), List.of("a")),
                arguments("gen", "Lt", List.of("x"), List.of()));
    }

    @ParameterizedTest
    @MethodSource("nodeAffinityCases")
    void nodeAffinity(String key, String operator, List<String> values, List<String> expected) {
        Snapshot snapshot = cluster(
                node("a", "4", "8Gi", n -> n.editMetadata()
                        .addToLabels("cpu", "fast")
                        .addToLabels("gen", "3")
                        .endMetadata()),
                node("b", "4", "8Gi", n -> n.editMetadata()
                        .addToLabels("cpu", "slow")
                        .addToLabels("gen", "5")
                        .endMetadata()),
                node("c", "4", "8Gi"));
        Pod pod = pod("p", p -> p.editSpec()
                .withNewAffinity()
                .withNewNodeAffinity()
                .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                .addNewNodeSelectorTerm()
                .addToMatchExpressions(new NodeSelectorRequirement(key, operator, values))
                .endNodeSelectorTerm()
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endNodeAffinity()
                .endAffinity()
                .endSpec());
        assertThat(allowed(new NodeAffinity(), pod, snapshot)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, TCP, 80, -, TCP, 80, false",
                "-, TCP, 80, -, UDP, 80, true",
                "-, TCP, 80, -, TCP, 81, true",
                "127.0.0.1, TCP, 80, -, TCP, 80, false",
                "127.0.0.1, TCP, 80, 127.0.0.2, TCP, 80, true",
                "127.0.0.1, TCP, 80, 0.0.0.0, TCP, 80, false",
            })
    void nodePorts(ArgumentsAccessor row) {
        Snapshot snapshot = cluster(
                node("n", "4", "8Gi"),
                pod("other", on("n"), hostPort(row.getString(3), row.getString(4), row.getInteger(5))));
        assertThat(allowed(
                        new NodePorts(),
                        pod("p", hostPort(row.getString(0), row.getString(1), row.getInteger(2))),
                        snapshot))
                .hasSize(row.getBoolean(6) ? 1 : 0);
    }

    @Test
    void fitTellsWhatRemovingPodsCouldCureFromWhatItCannot() {
        Snapshot snapshot = cluster(node("n", "1", "1Gi"), pod("other", on("n"), requests("cpu", "800m")));
        NodeResourcesFit fit = new NodeResourcesFit();
        assertThat(rejection(fit, pod("p", requests("cpu", "500m")), snapshot, "n")
                        .kind())
                .isEqualTo(Rejection.Kind.UNSCHEDULABLE);
        assertThat(rejection(fit, pod("p", requests("cpu", "2")), snapshot, "n").kind())
                .isEqualTo(Rejection.Kind.UNRESOLVABLE);
        assertThat(allowed(fit, pod("p", requests("cpu", "200m")), snapshot)).containsExactly("n");
        assertThat(allowed(fit, pod("p", requests("example.com/gpu", "1")), snapshot))
                .isEmpty();
    }

    @Test
    void requestsCountInitContainersSidecarsAndOverhead() {
        Pod pod = pod("p", requests("cpu", "100m"), p -> p.editSpec()
                .addToInitContainers(
                        container("first", "500m", null),
                        container("sidecar", "200m", "Always"),
                        container("second", "400m", null))
                .addToOverhead("cpu", new Quantity("50m"))
                .endSpec());
        PodRequests requests = PodRequests.of(pod.getSpec());
        assertThat(requests.actual().milliCpu())
                .as("sidecar 200 + second 400 + overhead 50")
                .isEqualTo(650);
        assertThat(requests.nonZero().memoryBytes())
                .as("main and sidecar have no request of memory")
                .isEqualTo(2 * 200L * 1024 * 1024);
    }

    private static io.fabric8.kubernetes.api.model.Container container(String name, String cpu, String restart) {
        return new ContainerBuilder()
                .withName(name)
                .withRestartPolicy(restart)
                .withNewResources()
                .addToRequests("cpu", new Quantity(cpu))
                .endResources()
                .build();
    }

    @Test
    void spreadRefusesWhatWouldWidenTheSkew() {
        Snapshot snapshot = cluster(
                zoned("a", "x"),
                zoned("b", "y"),
                zoned("c", "z"),
                node("d", "4", "8Gi"),
                pod("1", on("a"), label("app", "web")),
                pod("2", on("a"), label("app", "web")),
                pod("3", on("b"), label("app", "web")),
                pod("4", on("c"), label("app", "other")));
        Pod pod = pod("p", label("app", "web"), spread(1, ZONE, "DoNotSchedule", "app", "web"));
        PodTopologySpread plugin = new PodTopologySpread();
        assertThat(allowed(plugin, pod, snapshot)).containsExactly("c");
        assertThat(rejection(plugin, pod, snapshot, "a").reasons())
                .containsExactly("node(s) didn't match pod topology spread constraints");
        assertThat(rejection(plugin, pod, snapshot, "d").reasons())
                .containsExactly("node(s) didn't match pod topology spread constraints (missing required label)");
    }

    @Test
    void affinityWantsAPodNearbyButLetsTheFirstOfAGroupIn() {
        InterPodAffinity plugin = new InterPodAffinity();
        Snapshot snapshot =
                cluster(zoned("a", "x"), zoned("b", "x"), zoned("c", "y"), pod("1", on("a"), label("app", "db")));
        assertThat(allowed(plugin, pod("p", affinity("app", "db", ZONE)), snapshot))
                .containsExactlyInAnyOrder("a", "b");
        assertThat(allowed(plugin, pod("p", affinity("app", "db", HOST)), snapshot))
                .containsExactly("a");
        assertThat(allowed(plugin, pod("p", affinity("app", "new", ZONE)), snapshot))
                .isEmpty();
        assertThat(allowed(plugin, pod("p", label("app", "new"), affinity("app", "new", ZONE)), snapshot))
                .hasSize(3);
        assertThat(rejection(plugin, pod("p", affinity("app", "new", ZONE)), snapshot, "a")
                        .reasons())
                .containsExactly("node(s) didn't match pod affinity rules");
    }

    @Test
    void antiAffinityHoldsInBothDirections() {
        InterPodAffinity plugin = new InterPodAffinity();
        Snapshot snapshot = cluster(
                node("a", "4", "8Gi"),
                node("b", "4", "8Gi"),
                pod("1", on("a"), label("app", "db"), antiAffinity("app", "web", HOST)));
        assertThat(allowed(plugin, pod("p", label("app", "web")), snapshot)).containsExactly("b");
        assertThat(rejection(plugin, pod("p", label("app", "web")), snapshot, "a")
                        .reasons())
                .containsExactly("node(s) didn't satisfy existing pods anti-affinity rules");
        assertThat(allowed(plugin, pod("p", antiAffinity("app", "db", HOST)), snapshot))
                .containsExactly("b");
        assertThat(rejection(plugin, pod("p", antiAffinity("app", "db", HOST)), snapshot, "a")
                        .reasons())
                .containsExactly("node(s) didn't match pod anti-affinity rules");
    }
}
