package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.cgroups.PodGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a pod's containers may have together, per class of service. */
@Timeout(60)
class PodGroupSpecsTest {

    private static final long MIB = 1 << 20;

    private static PodGroup of(String spec) {
        return PodGroupSpecs.of(Serialization.unmarshal(
                "metadata: { name: p, namespace: ns, uid: u }\nspec:\n" + spec.indent(2), Pod.class));
    }

    private static PodGroup group(PodGroup.Tier tier, long shares, long quota, long memory) {
        return new PodGroup("u", tier, new PodGroup.Limits(shares, quota, memory));
    }

    @Test
    void aGuaranteedPodHasTheSumOfItsContainers() {
        assertThat(of("""
                containers:
                - { name: a, resources: { limits: { cpu: 50m, memory: 70Mi } } }
                - { name: b, resources: { limits: { cpu: 70m, memory: 50Mi }, requests: { cpu: 70m, memory: 50Mi } } }
                """)).isEqualTo(group(PodGroup.Tier.GUARANTEED, 122, 12_000, 120 * MIB));
    }

    @Test
    void aBurstablePodIsLimitedWhereEachOfItsContainersIs() {
        assertThat(of("""
                containers:
                - { name: a, resources: { requests: { cpu: 100m }, limits: { cpu: 200m, memory: 64Mi } } }
                - { name: b, resources: { limits: { cpu: 200m } } }
                """)).isEqualTo(group(PodGroup.Tier.BURSTABLE, 307, 40_000, 0));
    }

    @Test
    void aPodWithoutWishesHasTheLeastOfTheProcessors() {
        assertThat(of("containers: [{ name: a }]")).isEqualTo(group(PodGroup.Tier.BEST_EFFORT, 2, 0, 0));
    }

    @Test
    void anInitContainerThatNeedsMoreThanTheOthersTogetherCounts() {
        assertThat(of("""
                initContainers:
                - { name: i, resources: { limits: { cpu: 500m, memory: 64Mi } } }
                containers:
                - { name: a, resources: { limits: { cpu: 100m, memory: 128Mi } } }
                """)).isEqualTo(group(PodGroup.Tier.GUARANTEED, 512, 50_000, 128 * MIB));
        assertThat(of("""
                initContainers:
                - { name: i }
                containers:
                - { name: a, resources: { limits: { cpu: 100m, memory: 128Mi } } }
                """)).isEqualTo(group(PodGroup.Tier.BURSTABLE, 102, 0, 0));
    }

    @Test
    void onlyTheSidecarsBeforeAnInitContainerRunBesideIt() {
        String container = "containers: [{ name: a, resources: { limits: { memory: 100Mi } } }]\n";
        String init = "- { name: i, resources: { limits: { memory: 200Mi } } }\n";
        String sidecar = "- { name: s, restartPolicy: Always, resources: { limits: { memory: 50Mi } } }\n";
        assertThat(of(container + "initContainers:\n" + init + sidecar).limits().memoryBytes())
                .isEqualTo(200 * MIB);
        assertThat(of(container + "initContainers:\n" + sidecar + init).limits().memoryBytes())
                .isEqualTo(250 * MIB);
    }

    @Test
    void whatIsAskedForThePodAsAWholeCounts() {
        assertThat(of("""
                resources: { limits: { cpu: 100m, memory: 100Mi }, requests: { cpu: 50m, memory: 50Mi } }
                containers:
                - { name: a, resources: { requests: { cpu: 20m }, limits: { cpu: 100m } } }
                - { name: b }
                """)).isEqualTo(group(PodGroup.Tier.BURSTABLE, 51, 10_000, 100 * MIB));
    }

    @Test
    void theOverheadIsOnTop() {
        assertThat(of("""
                overhead: { cpu: 250m, memory: 120Mi }
                containers:
                - { name: a, resources: { limits: { cpu: 250m, memory: 8Mi } } }
                """)).isEqualTo(group(PodGroup.Tier.GUARANTEED, 512, 50_000, 128 * MIB));
    }
}
