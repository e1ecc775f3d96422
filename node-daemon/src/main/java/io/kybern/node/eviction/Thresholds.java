package io.kybern.node.eviction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads thresholds as kubelets are given them. */
final class Thresholds {

    /** A duration as Go writes it, without fractions. */
    private static final Pattern DURATION = Pattern.compile("(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?");

    private Thresholds() {}

    /** Hard ones only, {@code memory.available<100Mi,nodefs.available<10%}. */
    static List<Threshold> parse(String hard) {
        return parse(hard, "", "", "");
    }

    /**
     * Hard and soft ones.
     *
     * @param grace the patience with each soft one, {@code memory.available=1m30s}
     * @param reclaim how much more must be left again for some signals, {@code memory.available=500Mi}
     */
    static List<Threshold> parse(String hard, String soft, String grace, String reclaim) {
        Map<Signal, String> reclaims = pairs(reclaim, "=", "a minimum reclaim looks like memory.available=500Mi");
        Map<Signal, String> graces = pairs(grace, "=", "a grace period of a signal looks like memory.available=1m30s");
        String example = "an eviction threshold looks like memory.available<100Mi";
        List<Threshold> out = new ArrayList<>();
        pairs(hard, "<", example)
                .forEach((signal, least) ->
                        out.add(new Threshold(signal, least, null, reclaims.getOrDefault(signal, "0"))));
        pairs(soft, "<", example).forEach((signal, least) -> {
            String patience = graces.get(signal);
            if (patience == null) {
                throw new IllegalArgumentException(
                        "grace period must be specified for the soft eviction threshold " + signal.word());
            }
            out.add(new Threshold(signal, least, duration(patience), reclaims.getOrDefault(signal, "0")));
        });
        // what is no amount is found when the daemon starts, not when it matters
        out.forEach(threshold -> threshold.enough(0));
        return out;
    }

    private static Map<Signal, String> pairs(String settings, String separator, String example) {
        Map<Signal, String> out = new EnumMap<>(Signal.class);
        for (String each : settings.split(",")) {
            if (each.isBlank()) {
                continue;
            }
            String[] parts = each.strip().split(separator, 2);
            if (parts.length != 2) {
                throw new IllegalArgumentException(example + ", not " + each);
            }
            Signal signal = Signal.of(parts[0].strip())
                    .orElseThrow(() -> new IllegalArgumentException("there is no eviction signal " + parts[0]));
            out.put(signal, parts[1].strip());
        }
        return out;
    }

    private static Duration duration(String text) {
        Matcher parts = DURATION.matcher(text);
        if (text.isEmpty() || !parts.matches()) {
            throw new IllegalArgumentException("a duration looks like 1m30s, not " + text);
        }
        return Duration.ofHours(number(parts, 1)).plusMinutes(number(parts, 2)).plusSeconds(number(parts, 3));
    }

    private static long number(Matcher parts, int group) {
        return parts.group(group) == null ? 0 : Long.parseLong(parts.group(group));
    }
}
