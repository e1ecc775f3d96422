package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.runtime.ContainerSpec;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests and limits in the kernel's units. See <a
 * href="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/">managing resources</a>. */
final class ResourceSpecs {

    /** The least that the kernel takes. */
    static final long LEAST_SHARES = 2;

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
        long quota = quotaMicros(limitMilli);
        return new ContainerSpec.Resources(
                shares(requestMilli),
                quota,
                quota == 0 ? 0 : PERIOD_MICROS,
                bytes(limits.get("memory")),
                oomScore(pod, container, nodeMemoryBytes));
    }

    /** The share of the processors' time, of so many thousandths of a processor. */
    static long shares(long milli) {
        return Math.max(LEAST_SHARES, milli * SHARES_PER_CPU / 1000);
    }

    /** How long processes may run in a period; 0 for no bound. */
    static long quotaMicros(long milli) {
        return milli == 0 ? 0 : Math.max(LEAST_QUOTA_MICROS, milli * PERIOD_MICROS / 1000);
    }

    static long bytes(@Nullable Quantity quantity) {
        return QosClass.amount(quantity).setScale(0, RoundingMode.CEILING).longValue();
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

    static long milli(@Nullable Quantity quantity) {
        return QosClass.amount(quantity)
                .multiply(BigDecimal.valueOf(1000))
                .setScale(0, RoundingMode.CEILING)
                .longValue();
    }
}
