package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.runtime.ContainerSpec;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;

/** Requests and limits in the kernel's units. See <a
 * href="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/">managing resources</a>. */
final class ResourceSpecs {

    /** The least that the kernel takes. */
    private static final long LEAST_SHARES = 2;

    private static final long SHARES_PER_CPU = 1024;
    private static final long PERIOD_MICROS = 100_000;
    private static final long LEAST_QUOTA_MICROS = 1_000;

    private ResourceSpecs() {}

    static ContainerSpec.Resources of(Pod pod, Container container, long nodeMemoryBytes) {
        Map<String, Quantity> requests = QosClass.map(container.getResources(), false);
        // a container without a limit of its own is bounded by that of its pod
        Map<String, Quantity> own = QosClass.map(container.getResources(), true);
        Map<String, Quantity> limits = new HashMap<>(QosClass.map(pod.getSpec().getResources(), true));
        limits.putAll(own);
        long limitMilli = milli(limits.get("cpu"));
        long requestMilli = milli(requests.containsKey("cpu") ? requests.get("cpu") : own.get("cpu"));
        long shares = Math.max(LEAST_SHARES, requestMilli * SHARES_PER_CPU / 1000);
        long quota = limitMilli == 0 ? 0 : Math.max(LEAST_QUOTA_MICROS, limitMilli * PERIOD_MICROS / 1000);
        long memory = QosClass.amount(limits.get("memory"))
                .setScale(0, RoundingMode.CEILING)
                .longValue();
        return new ContainerSpec.Resources(
                shares, quota, quota == 0 ? 0 : PERIOD_MICROS, memory, oomScore(pod, container, nodeMemoryBytes));
    }

    /** Who is ended first when memory runs out: best effort first, guaranteed last. */
    private static int oomScore(Pod pod, Container container, long nodeMemoryBytes) {
        return switch (QosClass.of(pod)) {
            case GUARANTEED -> -997;
            case BEST_EFFORT -> 1000;
            case BURSTABLE -> {
                BigDecimal request = QosClass.amount(
                        QosClass.map(container.getResources(), false).get("memory"));
                long score = nodeMemoryBytes <= 0
                        ? 999
                        : 1000
                                - request.multiply(BigDecimal.valueOf(1000))
                                        .divide(BigDecimal.valueOf(nodeMemoryBytes), 0, RoundingMode.DOWN)
                                        .longValue();
                yield (int) Math.clamp(score, 3, 999);
            }
        };
    }

    private static long milli(@org.jspecify.annotations.Nullable Quantity quantity) {
        return QosClass.amount(quantity)
                .multiply(BigDecimal.valueOf(1000))
                .setScale(0, RoundingMode.CEILING)
                .longValue();
    }
}
