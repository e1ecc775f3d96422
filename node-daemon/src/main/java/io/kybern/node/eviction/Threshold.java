package io.kybern.node.eviction;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * The least of something that must be left.
 *
 * @param signal what it is about
 * @param least an amount, or a part of the capacity such as {@code 10%}
 */
record Threshold(Signal signal, String least) {

    /** Reads a list as kubelets are given it: {@code memory.available<100Mi,nodefs.available<10%}. */
    static List<Threshold> parse(String settings) {
        List<Threshold> out = new ArrayList<>();
        for (String each : settings.split(",")) {
            if (each.isBlank()) {
                continue;
            }
            String[] parts = each.strip().split("<", 2);
            if (parts.length != 2) {
                throw new IllegalArgumentException(
                        "an eviction threshold looks like memory.available<100Mi, not " + each);
            }
            Signal signal = Signal.of(parts[0].strip())
                    .orElseThrow(() -> new IllegalArgumentException("there is no eviction signal " + parts[0]));
            Threshold threshold = new Threshold(signal, parts[1].strip());
            threshold.amount(0);
            out.add(threshold);
        }
        return out;
    }

    /** The least amount, of that capacity. */
    long amount(long capacity) {
        if (least.endsWith("%")) {
            BigDecimal percent = new BigDecimal(least.substring(0, least.length() - 1));
            return percent.movePointLeft(2)
                    .multiply(BigDecimal.valueOf(capacity))
                    .longValue();
        }
        return new Quantity(least).getNumericalAmount().longValue();
    }
}
