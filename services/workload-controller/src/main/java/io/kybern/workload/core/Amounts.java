package io.kybern.workload.core;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.IntOrString;
import org.jspecify.annotations.Nullable;

/** Numbers of pods that may be given as percentages. */
public final class Amounts {

    private Amounts() {}

    /** The number, or the share of the total, rounded up. */
    public static int resolve(@Nullable IntOrString value, int otherwise, int total) {
        return resolve(value, otherwise, total, true);
    }

    /** The number, or the share of the total. */
    public static int resolve(@Nullable IntOrString value, int otherwise, int total, boolean roundUp) {
        if (value == null) {
            return otherwise;
        }
        if (value.getIntVal() != null) {
            return value.getIntVal();
        }
        String text = requireNonNullElse(value.getStrVal(), "0");
        int percent = Integer.parseInt(text.endsWith("%") ? text.substring(0, text.length() - 1) : text);
        long hundredths = (long) percent * total;
        return (int) (roundUp ? Math.ceilDiv(hundredths, 100L) : Math.floorDiv(hundredths, 100L));
    }
}
