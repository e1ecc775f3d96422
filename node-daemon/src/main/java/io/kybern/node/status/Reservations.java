package io.kybern.node.status;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * What of a node is not for pods: what its own daemons and its system were promised, and what must be left before pods are
 * evicted. See <a href="https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/">Reserve Compute
 * Resources for System Daemons</a>.
 *
 * @param amounts by resource: cores of {@code cpu}, bytes of {@code memory} and {@code ephemeral-storage}
 * @param kept what is kept of a resource, in bytes, of a capacity
 */
public record Reservations(Map<String, BigDecimal> amounts, BiFunction<String, Long, Long> kept) {

    private static final BigDecimal KIB = BigDecimal.valueOf(1024);

    /** Copies. */
    public Reservations {
        amounts = Map.copyOf(amounts);
    }

    /** Everything is for pods. */
    static Reservations none() {
        return new Reservations(Map.of(), (resource, capacity) -> 0L);
    }

    /** What pods may have of that capacity; never less than nothing, and all of what is not known here. */
    Map<String, Quantity> allocatable(Map<String, Quantity> capacity) {
        Map<String, Quantity> out = new HashMap<>(capacity);
        out.computeIfPresent("cpu", (name, all) -> cpu(all));
        out.computeIfPresent("memory", this::bytes);
        out.computeIfPresent("ephemeral-storage", this::bytes);
        return out;
    }

    private Quantity cpu(Quantity all) {
        BigDecimal reserved = amounts.getOrDefault("cpu", BigDecimal.ZERO);
        if (reserved.signum() == 0) {
            return all;
        }
        BigDecimal milli = all.getNumericalAmount().subtract(reserved).movePointRight(3);
        return new Quantity(
                milli.max(BigDecimal.ZERO).setScale(0, RoundingMode.DOWN).toPlainString() + "m");
    }

    private Quantity bytes(String resource, Quantity all) {
        BigDecimal capacity = all.getNumericalAmount();
        BigDecimal left = capacity.subtract(amounts.getOrDefault(resource, BigDecimal.ZERO))
                .subtract(BigDecimal.valueOf(kept.apply(resource, capacity.longValue())))
                .max(BigDecimal.ZERO);
        return new Quantity(left.divide(KIB, 0, RoundingMode.DOWN).toPlainString() + "Ki");
    }
}
