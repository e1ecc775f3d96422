package io.kybern.workload.core.autoscaling;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What was recommended for one target and what was done, as long as it matters. For one thread at a time. */
final class ScaleHistory {

    /** The longest window that the API allows. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private record Entry(Instant at, int replicas) {}

    private final List<Entry> recommendations = new ArrayList<>();
    private final List<Entry> changes = new ArrayList<>();

    /** The number that is there when the autoscaler comes counts as its first recommendation. */
    void begin(int replicas, Instant now) {
        if (recommendations.isEmpty()) {
            recommendations.add(new Entry(now, replicas));
        }
    }

    void recommended(int replicas, Instant now) {
        recommendations.removeIf(each -> each.at().isBefore(now.minus(LONGEST)));
        recommendations.add(new Entry(now, replicas));
    }

    void changed(int from, int to, Instant now) {
        changes.removeIf(each -> each.at().isBefore(now.minus(LONGEST)));
        changes.add(new Entry(now, to - from));
    }

    /** The lowest recommendation within the window, or that one. */
    int lowest(int replicas, Duration window, Instant now) {
        return recommendations.stream()
                .filter(each -> each.at().isAfter(now.minus(window)))
                .mapToInt(Entry::replicas)
                .reduce(replicas, Math::min);
    }

    /** The highest recommendation within the window, or that one. */
    int highest(int replicas, Duration window, Instant now) {
        return recommendations.stream()
                .filter(each -> each.at().isAfter(now.minus(window)))
                .mapToInt(Entry::replicas)
                .reduce(replicas, Math::max);
    }

    /** How many pods more there are than at the beginning of a period, by what was done in it. */
    int grown(Duration period, Instant now) {
        return changes.stream()
                .filter(each -> each.at().isAfter(now.minus(period)))
                .mapToInt(Entry::replicas)
                .sum();
    }
}
