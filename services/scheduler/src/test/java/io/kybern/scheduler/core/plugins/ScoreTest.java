package io.kybern.scheduler.core.plugins;

import static io.kybern.scheduler.core.Given.cluster;
import static io.kybern.scheduler.core.Given.label;
import static io.kybern.scheduler.core.Given.near;
import static io.kybern.scheduler.core.Given.node;
import static io.kybern.scheduler.core.Given.on;
import static io.kybern.scheduler.core.Given.pod;
import static io.kybern.scheduler.core.Given.replicaOf;
import static io.kybern.scheduler.core.Given.requests;
import static io.kybern.scheduler.core.Given.spread;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerImage;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.ScorePlugin;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What each scorer makes of a small cluster. */
@Timeout(60)
class ScoreTest {

    private static Map<String, Long> scores(ScorePlugin plugin, Pod pod, Snapshot snapshot) {
        CycleState state = new CycleState();
        PodInfo info = PodInfo.of(pod);
        Map<String, Long> result = new TreeMap<>();
        if (!plugin.preScore(state, info, snapshot.nodes(), snapshot)) {
            return result;
        }
        long[] scores = snapshot.nodes().stream()
                .mapToLong(n -> plugin.score(state, info, n))
                .toArray();
        plugin.normalize(state, info, snapshot.nodes(), scores);
        for (int i = 0; i < scores.length; i++) {
            result.put(snapshot.nodes().get(i).name(), scores[i]);
        }
        return result;
    }

    @Test
    void leastAllocatedLikesTheEmptierNode() {
        Snapshot snapshot = cluster(
                node("a", "4", "8Gi"), node("b", "4", "8Gi"), pod("1", on("a"), requests("cpu", "1", "memory", "2Gi")));
        assertThat(scores(new NodeResourcesFit(), pod("p", requests("cpu", "1", "memory", "2Gi")), snapshot))
                .containsEntry("a", 50L)
                .containsEntry("b", 75L);
    }

    @Test
    void leastAllocatedSeesPodsWithoutRequests() {
        Snapshot snapshot = cluster(node("a", "1", "1000Mi"), node("b", "1", "1000Mi"), pod("1", on("a")));
        assertThat(scores(new NodeResourcesFit(), pod("p"), snapshot))
                .containsEntry("a", (80L + 60L) / 2)
                .containsEntry("b", (90L + 80L) / 2);
    }

    @Test
    void balancedAllocationLikesEvenUse() {
        Snapshot snapshot = cluster(node("a", "10", "10Gi"));
        assertThat(scores(
                        new NodeResourcesBalancedAllocation(),
                        pod("p", requests("cpu", "8", "memory", "4Gi")),
                        snapshot))
                .containsEntry("a", 80L);
        assertThat(scores(new NodeResourcesBalancedAllocation(), pod("p"), snapshot))
                .isEmpty();
    }

    @Test
    void softTaintsAreAvoided() {
        Snapshot snapshot = cluster(
                node("a", "4", "8Gi", n -> n.editSpec()
                        .addNewTaint("PreferNoSchedule", "k", null, "v")
                        .endSpec()),
                node("b", "4", "8Gi"));
        assertThat(scores(new TaintToleration(), pod("p"), snapshot))
                .containsEntry("a", 0L)
                .containsEntry("b", 100L);
    }

    @Test
    void preferredNodeAffinityAddsWeights() {
        Snapshot snapshot = cluster(
                node("a", "4", "8Gi", n -> n.editMetadata()
                        .addToLabels("disk", "ssd")
                        .endMetadata()),
                node("b", "4", "8Gi"));
        Pod pod = pod("p", p -> p.editSpec()
                .withNewAffinity()
                .withNewNodeAffinity()
                .addNewPreferredDuringSchedulingIgnoredDuringExecution()
                .withWeight(10)
                .withNewPreference()
                .addToMatchExpressions(new NodeSelectorRequirement("disk", "In", List.of("ssd")))
                .endPreference()
                .endPreferredDuringSchedulingIgnoredDuringExecution()
                .endNodeAffinity()
                .endAffinity()
                .endSpec());
        assertThat(scores(new NodeAffinity(), pod, snapshot))
                .containsEntry("a", 100L)
                .containsEntry("b", 0L);
    }

    @Test
    void replicasOfOneControllerAreSpreadByDefault() {
        Snapshot snapshot = cluster(node("a", "4", "8Gi"), node("b", "4", "8Gi"), pod("1", on("a"), replicaOf("rs")));
        assertThat(scores(new PodTopologySpread(), pod("p", replicaOf("rs")), snapshot))
                .containsEntry("a", 66L)
                .containsEntry("b", 100L);
        assertThat(scores(new PodTopologySpread(), pod("p"), snapshot)).isEmpty();
    }

    @Test
    void softConstraintsIgnoreNodesWithoutTheLabel() {
        String zone = "topology.kubernetes.io/zone";
        Snapshot snapshot = cluster(
                node("a", "4", "8Gi", n -> n.editMetadata()
                        .addToLabels(zone, "x")
                        .endMetadata()),
                node("b", "4", "8Gi", n -> n.editMetadata()
                        .addToLabels(zone, "y")
                        .endMetadata()),
                node("c", "4", "8Gi"),
                pod("1", on("a"), label("app", "web")));
        Pod pod = pod("p", label("app", "web"), spread(1, zone, "ScheduleAnyway", "app", "web"));
        assertThat(scores(new PodTopologySpread(), pod, snapshot))
                .containsEntry("a", 0L)
                .containsEntry("b", 100L)
                .containsEntry("c", 0L);
    }

    @Test
    void preferredAffinityCountsOnBothSides() {
        String host = "kubernetes.io/hostname";
        Snapshot snapshot = cluster(
                node("a", "4", "8Gi"),
                node("b", "4", "8Gi"),
                node("c", "4", "8Gi"),
                pod("1", on("a"), label("app", "db")));
        Pod likes = pod("p", p -> p.editSpec()
                .withNewAffinity()
                .withNewPodAffinity()
                .addNewPreferredDuringSchedulingIgnoredDuringExecution()
                .withWeight(5)
                .withPodAffinityTerm(near("app", "db", host))
                .endPreferredDuringSchedulingIgnoredDuringExecution()
                .endPodAffinity()
                .endAffinity()
                .endSpec());
        assertThat(scores(new InterPodAffinity(), likes, snapshot))
                .containsEntry("a", 100L)
                .containsEntry("b", 0L);
        assertThat(scores(new InterPodAffinity(), pod("p"), snapshot)).isEmpty();
    }

    @Test
    void imagesOnTheNodeCountByTheirSize() {
        Snapshot snapshot = cluster(
                node("a", "4", "8Gi", n -> n.editStatus()
                        .addToImages(new ContainerImage(List.of("app:1"), 512L * 1024 * 1024))
                        .endStatus()),
                node("b", "4", "8Gi"));
        Pod pod = pod("p", p -> p.editSpec()
                .editFirstContainer()
                .withImage("app:1")
                .endContainer()
                .endSpec());
        assertThat(scores(new ImageLocality(), pod, snapshot))
                .containsEntry("a", 23L)
                .containsEntry("b", 0L);
    }
}
