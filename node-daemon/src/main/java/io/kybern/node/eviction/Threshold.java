package io.kybern.node.eviction;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The least of something that must be left.
 *
 * @param signal what it is about
 * @param least an amount, or a part of the capacity such as {@code 10%}
 * @param grace for how long there may be less; null for a hard one, which is acted on at once
 * @param reclaim how much more must be left again before it is enough, written like the least
 */
record Threshold(Signal signal, String least, @Nullable Duration grace, String reclaim) {

    boolean soft() {
        return grace != null;
    }

    /** The least amount, of that capacity. */
    long amount(long capacity) {
        return amount(least, capacity);
    }

    /** What must be left again, of that capacity, once there was less than the least amount. */
    long enough(long capacity) {
        return amount(least, capacity) + amount(reclaim, capacity);
    }

    private static long amount(String text, long capacity) {
        if (text.endsWith("%")) {
            BigDecimal percent = new BigDecimal(text.substring(0, text.length() - 1));
            return percent.movePointLeft(2)
                    .multiply(BigDecimal.valueOf(capacity))
                    .longValue();
        }
        return new Quantity(text).getNumericalAmount().longValue();
    }
}
