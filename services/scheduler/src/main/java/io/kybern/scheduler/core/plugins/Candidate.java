package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.model.PodInfo;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * A node that could take the pod if some others left it.
 *
 * @param victims the pods that must leave, the most important one first; at least one
 * @param brokenBudgets how many of them no disruption budget allows to go
 */
record Candidate(String node, List<PodInfo> victims, int brokenBudgets) {

    /** The most important pods first: higher priority, then the longer life. */
    static final Comparator<PodInfo> IMPORTANCE =
            Comparator.comparingInt(PodInfo::priority).reversed().thenComparing(PodInfo::startTime);

    /**
     * The best candidate first: fewest broken budgets, the least important among the most important victims, the smallest sum of
     * priorities, the fewest victims, and then the one whose most important victims have lived the shortest.
     */
    static final Comparator<Candidate> ORDER = Comparator.comparingInt(Candidate::brokenBudgets)
            .thenComparingInt(candidate -> candidate.victims.getFirst().priority())
            .thenComparingLong(Candidate::sumOfPriorities)
            .thenComparingInt(candidate -> candidate.victims.size())
            .thenComparing(Candidate::firstStart, Comparator.reverseOrder());

    Candidate {
        victims = List.copyOf(victims);
    }

    /** Priorities may be negative; shifted, so that more victims always weigh more. */
    private long sumOfPriorities() {
        return victims.stream()
                .mapToLong(victim -> (long) victim.priority() + Integer.MAX_VALUE + 1)
                .sum();
    }

    private Instant firstStart() {
        int highest = victims.getFirst().priority();
        return victims.stream()
                .filter(victim -> victim.priority() == highest)
                .map(PodInfo::startTime)
                .min(Comparator.naturalOrder())
                .orElse(Instant.MAX);
    }
}
