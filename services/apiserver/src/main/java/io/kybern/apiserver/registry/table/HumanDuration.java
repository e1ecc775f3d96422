package io.kybern.apiserver.registry.table;

import java.time.Duration;
import java.time.Instant;
import tools.jackson.databind.JsonNode;

/** Ages as kubectl shows them: two units at most, fewer the older. */
public final class HumanDuration {

    private static final String UNKNOWN = "<unknown>";

    private HumanDuration() {}

    /** The time since a timestamp, or {@code <unknown>} if there is none. */
    public static String since(JsonNode timestamp, Instant now) {
        String text = timestamp.asString("");
        return text.isEmpty() ? UNKNOWN : of(Duration.between(Instant.parse(text), now));
    }

    /** A duration; a negative one is shown as no time at all if it is small, else as invalid. */
    public static String of(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < -1) {
            return "<invalid>";
        }
        if (seconds < 0) {
            return "0s";
        }
        if (seconds < 120) {
            return seconds + "s";
        }
        long minutes = seconds / 60;
        if (minutes < 10) {
            return two(minutes, "m", seconds % 60, "s");
        }
        if (minutes < 180) {
            return minutes + "m";
        }
        long hours = minutes / 60;
        if (hours < 8) {
            return two(hours, "h", minutes % 60, "m");
        }
        if (hours < 48) {
            return hours + "h";
        }
        long days = hours / 24;
        if (hours < 192) {
            return two(days, "d", hours % 24, "h");
        }
        if (days < 730) {
            return days + "d";
        }
        return days < 2920 ? two(days / 365, "y", days % 365, "d") : days / 365 + "y";
    }

    private static String two(long large, String largeUnit, long small, String smallUnit) {
        return small == 0 ? large + largeUnit : large + largeUnit + small + smallUnit;
    }
}
