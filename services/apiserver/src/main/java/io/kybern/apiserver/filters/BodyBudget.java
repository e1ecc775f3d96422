package io.kybern.apiserver.filters;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of request bodies the server holds at once. Without a bound those who send slowly could fill the memory; and without
 * one for each priority level, those of one level could keep out all others.
 */
final class BodyBudget {

    /** The part of the memory that bodies may take, and what they may take of a small one. */
    private static final int PART = 16;

    private static final long LEAST = 16L * 1024 * 1024;

    /** The part of the budget that one priority level may take. */
    private static final int PART_OF_LEVEL = 2;

    private final long limit;
    private final AtomicLong held = new AtomicLong();

    /** Levels of which nothing is held are not here, so those that were deleted are not either. */
    private final Map<String, Long> heldByLevel = new ConcurrentHashMap<>();

    /**
     * On whose account a body is held.
     *
     * @param name the priority level
     * @param exempt whether it may take all that is left
     */
    record Level(String name, boolean exempt) {}

    /** What becomes of bytes that came. */
    enum Taking {
        /** They may be held. */
        TAKEN,
        /** They may not: others hold too much. */
        NO_ROOM,
        /** Nobody wants them, for the request is over. */
        OVER
    }

    BodyBudget(long limit, MeterRegistry meters) {
        this.limit = limit;
        Gauge.builder("apiserver.request.body.held", held, AtomicLong::get)
                .baseUnit("bytes")
                .description("Bytes of request bodies that are held")
                .register(meters);
    }

    /** A budget that fits the memory of the process. */
    static BodyBudget ofMemory(MeterRegistry meters) {
        return new BodyBudget(Math.max(LEAST, Runtime.getRuntime().maxMemory() / PART), meters);
    }

    /** What one request takes of the budget: nothing yet. */
    Share share() {
        return new Share();
    }

    private boolean takeOfAll(long bytes) {
        if (held.addAndGet(bytes) <= limit) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    private boolean takeOfLevel(String level, long bytes) {
        if (heldByLevel.merge(level, bytes, Long::sum) <= limit / PART_OF_LEVEL) {
            return true;
        }
        giveBackToLevel(level, bytes);
        return false;
    }

    private void giveBackToLevel(String level, long bytes) {
        heldByLevel.computeIfPresent(level, (name, all) -> all == bytes ? null : Long.valueOf(all - bytes));
    }

    /** How many levels have something of the budget. */
    int levels() {
        return heldByLevel.size();
    }

    /** What one request takes of the budget. */
    final class Share {

        private @Nullable String level;
        private long taken;
        private boolean over;

        private Share() {}

        /** What is taken from now on counts for that level too; called before anything is taken. */
        synchronized void countFor(Level account) {
            level = account.exempt() ? null : account.name();
        }

        /** Takes so much more, if there is so much left. */
        synchronized Taking take(int bytes) {
            if (over) {
                return Taking.OVER;
            }
            if (level != null && !takeOfLevel(level, bytes)) {
                return Taking.NO_ROOM;
            }
            if (!takeOfAll(bytes)) {
                if (level != null) {
                    giveBackToLevel(level, bytes);
                }
                return Taking.NO_ROOM;
            }
            taken += bytes;
            return Taking.TAKEN;
        }

        /** Whether everything was given back: what comes now, or does not come, is no body. */
        synchronized boolean isOver() {
            return over;
        }

        /** The request is over: gives everything back. */
        synchronized void giveBack() {
            over = true;
            held.addAndGet(-taken);
            if (level != null) {
                giveBackToLevel(level, taken);
            }
            taken = 0;
        }
    }
}
