package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.runtime.ContainerSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What requests and limits are for the kernel. */
@Timeout(60)
class ResourceSpecsTest {

    private static final long NODE_BYTES = 4L << 30;

    private static ContainerSpec.Resources of(String resources) {
        Pod pod = Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: { name: p }
                spec: { containers: [{ name: c, image: i, resources: { %s } }] }
                """.formatted(resources), Pod.class);
        return ResourceSpecs.of(pod, pod.getSpec().getContainers().getFirst(), NODE_BYTES);
    }

    @Test
    void requestsAreSharesAndLimitsAreQuotas() {
        assertThat(of("requests: { cpu: 250m, memory: 1Gi }, limits: { cpu: 500m, memory: 2Gi }"))
                .isEqualTo(new ContainerSpec.Resources(256, 50_000, 100_000, 2L << 30, 750));
    }

    @Test
    void aLimitAloneIsARequestToo() {
        assertThat(of("limits: { cpu: 1, memory: 1Gi }"))
                .isEqualTo(new ContainerSpec.Resources(1024, 100_000, 100_000, 1L << 30, -997));
    }

    @Test
    void noneMeansTheLeastSharesAndNoBounds() {
        assertThat(of("")).isEqualTo(new ContainerSpec.Resources(2, 0, 0, 0, 1000));
    }

    @Test
    void theLeastThatTheKernelTakesIsGiven() {
        ContainerSpec.Resources tiny = of("requests: { cpu: 1m }, limits: { cpu: 5m }");
        assertThat(tiny.cpuShares()).isEqualTo(2);
        assertThat(tiny.cpuQuotaMicros()).isEqualTo(1000);
    }

    @Test
    void whoAsksForMoreMemoryIsEndedLaterWhenItRunsOut() {
        assertThat(of("requests: { memory: 2Gi }").oomScoreAdj()).isEqualTo(500);
        assertThat(of("requests: { cpu: 10m }").oomScoreAdj())
                .as("never as early as best effort")
                .isEqualTo(999);
        assertThat(of("requests: { memory: 4Gi }").oomScoreAdj())
                .as("never as late as guaranteed")
                .isEqualTo(3);
    }
}
