package io.kybern.scheduler.core.model;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.HashMap;
import java.util.Map;

/**
 * What a pod asks of its node.
 *
 * <p>Containers and sidecars (init containers that restart always) run together, so they add up. A plain init container
 * runs beside the sidecars started before it only, so the pod needs the larger of both sums. The runtime class's
 * overhead comes on top, and a request at pod level replaces the sum for that resource. See the Kubernetes pages
 * "Sidecar containers" (resource sharing within containers) and "Pod Overhead".
 *
 * @param actual the requests as written
 * @param nonZero the same with 100m and 200Mi in place of a missing request, so that scoring sees pods without requests
 */
public record PodRequests(Resources actual, Resources nonZero) {

    /** Stands in for a container's missing CPU request when nodes are scored: a tenth of a core, as in Kubernetes. */
    public static final Quantity DEFAULT_CPU = new Quantity("100m");

    /** Stands in for a container's missing memory request when nodes are scored: 200 MiB, as in Kubernetes. */
    public static final Quantity DEFAULT_MEMORY = new Quantity("200Mi");

    /** Adds up the requests of a pod. */
    public static PodRequests of(PodSpec spec) {
        return new PodRequests(sum(spec, false), sum(spec, true));
    }

    private static Resources sum(PodSpec spec, boolean withDefaults) {
        Map<String, Quantity> podLevel = requests(spec.getResources());
        boolean defaultCpu = withDefaults && !podLevel.containsKey("cpu");
        boolean defaultMemory = withDefaults && !podLevel.containsKey("memory");
        Resources running = Resources.ZERO;
        for (Container container : spec.getContainers()) {
            running = running.plus(of(container, defaultCpu, defaultMemory));
        }
        Resources sidecars = Resources.ZERO;
        Resources starting = Resources.ZERO;
        for (Container container : spec.getInitContainers()) {
            Resources own = of(container, defaultCpu, defaultMemory);
            if ("Always".equals(container.getRestartPolicy())) {
                sidecars = sidecars.plus(own);
                starting = starting.max(sidecars);
            } else {
                starting = starting.max(sidecars.plus(own));
            }
        }
        Resources total = override(running.plus(sidecars).max(starting), podLevel);
        return total.plus(Resources.of(spec.getOverhead()));
    }

    private static Resources of(Container container, boolean defaultCpu, boolean defaultMemory) {
        Map<String, Quantity> requests = requests(container.getResources());
        if ((defaultCpu && !requests.containsKey("cpu")) || (defaultMemory && !requests.containsKey("memory"))) {
            requests = new HashMap<>(requests);
            if (defaultCpu) {
                requests.putIfAbsent("cpu", DEFAULT_CPU);
            }
            if (defaultMemory) {
                requests.putIfAbsent("memory", DEFAULT_MEMORY);
            }
        }
        return Resources.of(requests);
    }

    private static Resources override(Resources sum, Map<String, Quantity> podLevel) {
        if (podLevel.isEmpty()) {
            return sum;
        }
        Resources level = Resources.of(podLevel);
        Map<String, Long> scalars = new HashMap<>(sum.scalars());
        scalars.putAll(level.scalars());
        return new Resources(
                podLevel.containsKey("cpu") ? level.milliCpu() : sum.milliCpu(),
                podLevel.containsKey("memory") ? level.memoryBytes() : sum.memoryBytes(),
                sum.ephemeralBytes(),
                scalars);
    }

    private static Map<String, Quantity> requests(ResourceRequirements resources) {
        return resources == null || resources.getRequests() == null ? Map.of() : resources.getRequests();
    }
}
