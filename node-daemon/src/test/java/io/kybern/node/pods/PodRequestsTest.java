package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PodRequestsTest {

    private static Map<String, Quantity> amounts(String... namesAndAmounts) {
        Map<String, Quantity> out = new TreeMap<>();
        for (int i = 0; i < namesAndAmounts.length; i += 2) {
            out.put(namesAndAmounts[i], new Quantity(namesAndAmounts[i + 1]));
        }
        return out;
    }

    private static ResourceRequirements resources(Map<String, Quantity> requests, Map<String, Quantity> limits) {
        return new ResourceRequirementsBuilder()
                .withRequests(requests)
                .withLimits(limits)
                .build();
    }

    private static Container container(String name, ResourceRequirements resources) {
        return new ContainerBuilder().withName(name).withResources(resources).build();
    }

    private static final Pod TWO = new PodBuilder()
            .withNewMetadata()
            .endMetadata()
            .withNewSpec()
            .withContainers(
                    container(
                            "a",
                            resources(
                                    amounts("cpu", "100m", "memory", "64Mi", "ephemeral-storage", "1Gi"),
                                    amounts("cpu", "200m", "memory", "128Mi"))),
                    container("b", resources(amounts("cpu", "150m"), amounts("memory", "64Mi"))))
            .endSpec()
            .build();

    private static Pod whole(ResourceRequirements resources) {
        return new PodBuilder(TWO).editSpec().withResources(resources).endSpec().build();
    }

    @Test
    void aPodAsksForTheSumOfItsContainersAndItsOverhead() {
        Pod pod = new PodBuilder(TWO)
                .editSpec()
                .addToOverhead("cpu", new Quantity("50m"))
                .addToInitContainers(container("setup", resources(amounts("memory", "1Gi"), Map.of())))
                .endSpec()
                .build();
        assertThat(PodRequests.requests(pod))
                .isEqualTo(amounts("cpu", "300m", "memory", "1Gi", "ephemeral-storage", "1Gi"));
        assertThat(PodRequests.requests(pod).get("cpu")).hasToString("300m");
    }

    @Test
    void whatThePodAsksForAsAWholeCountsInstead() {
        Pod pod = whole(resources(amounts("cpu", "1"), amounts("cpu", "2", "memory", "512Mi")));
        assertThat(PodRequests.requests(pod))
                .isEqualTo(amounts("cpu", "1", "memory", "128Mi", "ephemeral-storage", "1Gi"));
        assertThat(PodRequests.effective(pod, true))
                .isEqualTo(resources(amounts("cpu", "1", "memory", "128Mi"), amounts("cpu", "2", "memory", "512Mi")));
    }

    @Test
    void aRunningPodIsLimitedInWhatAllItsContainersAreLimitedIn() {
        assertThat(PodRequests.effective(TWO, false))
                .isEqualTo(resources(
                        amounts("cpu", "250m", "memory", "128Mi", "ephemeral-storage", "1Gi"),
                        amounts("cpu", "200m", "memory", "192Mi")));
        assertThat(PodRequests.effective(TWO, true))
                .isEqualTo(resources(amounts("cpu", "250m", "memory", "128Mi"), amounts("memory", "192Mi")));
    }

    @Test
    void theClassOfAPodThatAsksForSomethingAsAWholeDoesNotDependOnItsContainers() {
        assertThat(QosClass.of(TWO)).isEqualTo(QosClass.BURSTABLE);
        Map<String, Quantity> all = amounts("cpu", "1", "memory", "1Gi");
        assertThat(QosClass.of(whole(resources(all, all)))).isEqualTo(QosClass.GUARANTEED);
    }

    @Test
    void aContainerWithoutALimitIsBoundedByThatOfItsPod() {
        Pod pod = whole(resources(amounts("cpu", "1"), amounts("cpu", "2", "memory", "512Mi")));
        assertThat(ResourceSpecs.of(pod, pod.getSpec().getContainers().get(1), 0))
                .satisfies(limits -> {
                    assertThat(limits.cpuQuotaMicros()).isEqualTo(200_000);
                    assertThat(limits.cpuShares()).isEqualTo(153);
                    assertThat(limits.memoryBytes()).isEqualTo(64L << 20);
                });
    }
}
