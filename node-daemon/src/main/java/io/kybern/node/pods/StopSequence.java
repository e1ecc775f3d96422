package io.kybern.node.pods;

import io.kybern.node.trouble.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * How one running container is brought to its end: its preStop hook, its stop signal, and when its time is up the kill
 * signal. See <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination">pod termination</a>. It does
 * nothing itself: each look at the clock answers the signal that is due. Owned by one thread.
 */
final class StopSequence {

    /** However little time was granted, and whatever a hook or a wait for others used up, a process has this long after its signal. */
    private static final Duration LEAST_AFTER_SIGNAL = Duration.ofSeconds(2);

    /** A kill that had no effect is repeated. */
    private static final Duration KILL_AGAIN = Duration.ofSeconds(10);

    private enum Step {
        WAITS,
        ASKED,
        KILLED
    }

    private final String stopSignal;
    private final Instant begun;
    private final @Nullable Future<?> hook;
    private Duration granted;
    private Instant killAt;
    private Step step = Step.WAITS;
    private boolean unheard;
    private final Trouble trouble = new Trouble();

    StopSequence(String stopSignal, @Nullable Future<?> hook, Instant now, Duration grace) {
        this.stopSignal = stopSignal;
        this.hook = hook;
        this.begun = now;
        this.granted = grace;
        this.killAt = now.plus(grace);
    }

    /** Grants less time than before; more is never granted, and the same again takes nothing from what is left. */
    void shorten(Duration grace) {
        if (grace.compareTo(granted) >= 0) {
            return;
        }
        granted = grace;
        Instant earlier = begun.plus(grace);
        if (step != Step.KILLED && earlier.isBefore(killAt)) {
            killAt = earlier;
        }
    }

    /**
     * The signal that is due now, or null.
     *
     * @param turn whether those have ended that have to end before this one; once the time is up nobody waits for others any more
     */
    @Nullable
    String due(Instant now, boolean turn) {
        return switch (step) {
            case WAITS -> {
                boolean hookOver = hook == null || hook.isDone();
                if (!(hookOver && turn) && now.isBefore(killAt)) {
                    yield null;
                }
                if (hook != null) {
                    hook.cancel(true);
                }
                Instant least = now.plus(LEAST_AFTER_SIGNAL);
                killAt = killAt.isBefore(least) ? least : killAt;
                step = Step.ASKED;
                yield stopSignal;
            }
            case ASKED -> {
                if (now.isBefore(killAt)) {
                    String signal = unheard ? stopSignal : null;
                    unheard = false;
                    yield signal;
                }
                step = Step.KILLED;
                killAt = now.plus(KILL_AGAIN);
                yield "SIGKILL";
            }
            case KILLED -> {
                if (now.isBefore(killAt)) {
                    yield null;
                }
                killAt = now.plus(KILL_AGAIN);
                yield "SIGKILL";
            }
        };
    }

    /** The time counts from when the signal has arrived: sending it took this long. */
    void sent(Duration took) {
        trouble.over();
        if (step == Step.ASKED) {
            killAt = killAt.plus(took);
        }
    }

    /**
     * The signal that was due did not reach the container: it is due again. What time there is does not grow by that. Answers how loudly to say
     * so.
     */
    Level notSent() {
        if (step == Step.ASKED) {
            unheard = true;
        } else {
            killAt = begun;
        }
        return trouble.failed();
    }

    /** When to look again if nothing happens before. */
    Instant wakeAt() {
        return killAt;
    }
}
