package io.kybern.scheduler.core.model;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.TreeMap;

/**
 * An amount of node resources.
 *
 * @param milliCpu thousandths of a core
 * @param memoryBytes bytes of memory
 * @param ephemeralBytes bytes of local ephemeral storage
 * @param scalars extended resources, huge pages and the like, by name; never holds a zero
 */
public record Resources(long milliCpu, long memoryBytes, long ephemeralBytes, Map<String, Long> scalars) {

    /** Nothing at all. */
    public static final Resources ZERO = new Resources(0, 0, 0, Map.of());

    private static final BigDecimal THOUSAND = BigDecimal.valueOf(1000);

    public Resources {
        scalars = scalars.isEmpty() ? Map.of() : Map.copyOf(scalars);
    }

    /** Reads a resource list; names without meaning for scheduling ({@code pods}, {@code storage}) are left out. */
    public static Resources of(Map<String, Quantity> list) {
        if (list == null || list.isEmpty()) {
            return ZERO;
        }
        long cpu = 0;
        long memory = 0;
        long ephemeral = 0;
        Map<String, Long> scalars = new TreeMap<>();
        for (Map.Entry<String, Quantity> entry : list.entrySet()) {
            switch (entry.getKey()) {
                case "cpu" -> cpu = milliValue(entry.getValue());
                case "memory" -> memory = value(entry.getValue());
                case "ephemeral-storage" -> ephemeral = value(entry.getValue());
                case "pods", "storage" -> {
                    // pods are counted one by one, storage is no matter of nodes
                }
                default -> putNonZero(scalars, entry.getKey(), value(entry.getValue()));
            }
        }
        return new Resources(cpu, memory, ephemeral, scalars);
    }

    /** The whole number of units, rounded up as Kubernetes does; what does not fit a long is its bound. */
    public static long value(Quantity quantity) {
        return bounded(quantity.getNumericalAmount());
    }

    private static long milliValue(Quantity quantity) {
        return bounded(quantity.getNumericalAmount().multiply(THOUSAND));
    }

    private static long bounded(BigDecimal amount) {
        BigDecimal whole = amount.setScale(0, RoundingMode.CEILING);
        if (whole.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            return Long.MAX_VALUE;
        }
        return whole.compareTo(BigDecimal.valueOf(Long.MIN_VALUE)) < 0 ? Long.MIN_VALUE : whole.longValueExact();
    }

    /** The sum. */
    public Resources plus(Resources other) {
        return other == ZERO ? this : this == ZERO ? other : combine(other, 1);
    }

    /** The difference; may be negative. */
    public Resources minus(Resources other) {
        return other == ZERO ? this : combine(other, -1);
    }

    /** The larger of the two in every dimension. */
    public Resources max(Resources other) {
        Map<String, Long> larger = scalars;
        if (!other.scalars.isEmpty()) {
            larger = new TreeMap<>(scalars);
            for (Map.Entry<String, Long> entry : other.scalars.entrySet()) {
                larger.merge(entry.getKey(), entry.getValue(), Math::max);
            }
        }
        return new Resources(
                Math.max(milliCpu, other.milliCpu),
                Math.max(memoryBytes, other.memoryBytes),
                Math.max(ephemeralBytes, other.ephemeralBytes),
                larger);
    }

    /** How much there is of an extended resource, zero if none. */
    public long scalar(String name) {
        return scalars.getOrDefault(name, 0L);
    }

    /** Whether nothing is asked for. */
    public boolean isZero() {
        return milliCpu == 0 && memoryBytes == 0 && ephemeralBytes == 0 && scalars.isEmpty();
    }

    private Resources combine(Resources other, int sign) {
        Map<String, Long> sum = scalars;
        if (!other.scalars.isEmpty()) {
            sum = new TreeMap<>(scalars);
            for (Map.Entry<String, Long> entry : other.scalars.entrySet()) {
                putNonZero(sum, entry.getKey(), scalar(entry.getKey()) + sign * entry.getValue());
            }
        }
        return new Resources(
                milliCpu + sign * other.milliCpu,
                memoryBytes + sign * other.memoryBytes,
                ephemeralBytes + sign * other.ephemeralBytes,
                sum);
    }

    private static void putNonZero(Map<String, Long> into, String name, long amount) {
        if (amount == 0) {
            into.remove(name);
        } else {
            into.put(name, amount);
        }
    }
}
