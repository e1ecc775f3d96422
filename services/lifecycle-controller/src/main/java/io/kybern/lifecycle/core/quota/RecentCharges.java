package io.kybern.lifecycle.core.quota;

import io.kybern.api.ObjectKey;
import io.kybern.api.quota.Amounts;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What quotas were charged a moment ago. The API server charges a quota before it writes the object, so a charge may stand for an
 * object that no cache can show yet; after {@link #IN_FLIGHT} the object is there or the write has failed, and the caches show which
 * when they have caught up with that moment. Safe for several threads.
 */
public final class RecentCharges {

    /** Longer than the API server takes from the charge to the end of the write; see the time limit of its store. */
    static final Duration IN_FLIGHT = Duration.ofSeconds(5);

    private record Charge(Instant seen, Amounts amounts) {

        boolean endedBy(Instant time) {
            return seen.plus(IN_FLIGHT).isBefore(time);
        }
    }

    private final Clock clock;
    private final Map<ObjectKey, Deque<Charge>> charges = new ConcurrentHashMap<>();

    public RecentCharges(Clock clock) {
        this.clock = clock;
    }

    /** Notes what a quota has in use more than before; all of it if the quota was not known. */
    public void seen(ObjectKey quota, Amounts before, Amounts after) {
        Amounts added = after.minus(before).increases();
        if (!added.isEmpty()) {
            charges.compute(quota, (key, known) -> {
                Deque<Charge> all = known == null ? new ArrayDeque<>() : known;
                all.addLast(new Charge(clock.instant(), added));
                return all;
            });
        }
    }

    /** The quota is gone. */
    public void forget(ObjectKey quota) {
        charges.remove(quota);
    }

    /** The sum of the charges whose objects the caches may not show yet. */
    Amounts open(ObjectKey quota) {
        Amounts[] sum = {Amounts.NONE};
        charges.computeIfPresent(quota, (key, known) -> {
            known.forEach(each -> sum[0] = sum[0].plus(each.amounts()));
            return known;
        });
        return sum[0];
    }

    /** Whether there are charges whose writes had ended by then. */
    boolean anyEndedBy(ObjectKey quota, Instant time) {
        boolean[] any = {false};
        charges.computeIfPresent(quota, (key, known) -> {
            any[0] = known.stream().anyMatch(each -> each.endedBy(time));
            return known;
        });
        return any[0];
    }

    /** The caches show every write that had ended by then. */
    void shownUpTo(ObjectKey quota, Instant time) {
        charges.computeIfPresent(quota, (key, known) -> {
            known.removeIf(each -> each.endedBy(time));
            return known.isEmpty() ? null : known;
        });
    }
}
