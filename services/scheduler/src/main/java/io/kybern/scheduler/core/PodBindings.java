package io.kybern.scheduler.core;

import io.kybern.scheduler.core.framework.PreBindPlugin;
import io.kybern.scheduler.core.framework.PreBindPlugin.Await;
import io.kybern.scheduler.core.framework.PreBindPlugin.Progress;
import io.kybern.scheduler.core.framework.Profile;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Binds pods that are assumed on their nodes: first what PreBind plugins have to write, then a wait for what they wait for, then the
 * binding itself.
 *
 * <p>What blocks runs on binding threads; the waits are kept here, so they hold no thread, and are owned by the scheduler thread:
 * every method must be called on it.
 *
 * <p>What began before the scheduler {@linkplain #retire retired} is not bound any more: whoever leads now may have given the room away.
 */
final class PodBindings {

    /** Kubernetes' default of {@code bindTimeoutSeconds}. */
    static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    private final Profile profile;
    private final Executor owner;
    private final Executor bindings;
    private final Clock clock;
    private final Results results;
    private final Map<String, Waiting> waiting = new LinkedHashMap<>();

    /** How often the scheduler has retired; written by the scheduler thread only. */
    private final AtomicInteger term = new AtomicInteger();

    /** What came of it; called on the scheduler thread. */
    interface Results {

        /** Whether the pod still waits to be bound. */
        boolean isAssumed(Attempt attempt);

        void bound(Attempt attempt);

        /**
         * The pod was not bound.
         *
         * @param message what its event says
         */
        void notBound(Attempt attempt, String message, @Nullable Exception cause);

        /** The pod was not bound because the scheduler has retired. */
        void dropped(Attempt attempt);
    }

    /** @param steps those that are not done yet */
    private record Waiting(Attempt attempt, List<Step> steps, Instant until) {}

    private record Step(String plugin, Await await) {}

    PodBindings(Profile profile, Executor owner, Executor bindings, Clock clock, Results results) {
        this.profile = profile;
        this.owner = owner;
        this.bindings = bindings;
        this.clock = clock;
        this.results = results;
    }

    /** Begins to bind. */
    void start(Attempt attempt) {
        int begunIn = term.get();
        bindings.execute(() -> prepare(attempt, begunIn));
    }

    /** Ends all waits; of what is on its way to be bound, only that goes on which is being written right now. */
    void retire() {
        term.incrementAndGet();
        List<Waiting> ended = List.copyOf(waiting.values());
        waiting.clear();
        ended.forEach(each -> results.dropped(each.attempt()));
    }

    /** Asks again how those stand that wait. */
    void review() {
        List.copyOf(waiting.values()).forEach(this::advance);
    }

    /** Gives up those that have waited too long. */
    void giveUpLateOnes() {
        if (waiting.isEmpty()) {
            return;
        }
        Instant now = clock.instant();
        for (Waiting each : List.copyOf(waiting.values())) {
            if (!each.until().isAfter(now)) {
                waiting.remove(each.attempt().pod().uid());
                Step late = each.steps().getFirst();
                results.notBound(
                        each.attempt(), preBind(late.plugin()) + late.await().overdue(), null);
            }
        }
    }

    /** When the next one has waited too long; empty if none waits. */
    Optional<Instant> nextDue() {
        return waiting.values().stream().map(Waiting::until).min(Instant::compareTo);
    }

    /** Forgets the wait of a pod that is gone or bound by others; null if it did not wait. */
    @Nullable
    Attempt drop(String uid) {
        Waiting dropped = waiting.remove(uid);
        return dropped == null ? null : dropped.attempt();
    }

    /** Runs on a binding thread. */
    private void prepare(Attempt attempt, int begunIn) {
        if (begunIn != term.get()) {
            owner.execute(() -> results.dropped(attempt));
            return;
        }
        List<Step> steps = new ArrayList<>();
        for (PreBindPlugin plugin : profile.preBinders()) {
            try {
                Await await = plugin.preBind(attempt.placed().state(), attempt.pod(), attempt.node());
                if (await != null) {
                    steps.add(new Step(plugin.name(), await));
                }
            } catch (Exception e) {
                failed(attempt, preBind(plugin.name()), e);
                return;
            }
        }
        if (steps.isEmpty()) {
            bind(attempt, begunIn);
        } else {
            owner.execute(() -> await(attempt, steps, begunIn));
        }
    }

    private static String preBind(String plugin) {
        return "running PreBind plugin \"" + plugin + "\": ";
    }

    private void await(Attempt attempt, List<Step> steps, int begunIn) {
        if (begunIn != term.get()) {
            results.dropped(attempt);
            return;
        }
        if (!results.isAssumed(attempt)) {
            results.notBound(attempt, "pod does not exist any more", null);
            return;
        }
        Waiting begun = new Waiting(attempt, steps, clock.instant().plus(LONGEST_WAIT));
        waiting.put(attempt.pod().uid(), begun);
        advance(begun);
    }

    private void advance(Waiting wait) {
        String uid = wait.attempt().pod().uid();
        for (int done = 0; done < wait.steps().size(); done++) {
            Step step = wait.steps().get(done);
            switch (step.await().progress()) {
                case Progress.Done() -> {
                    // and the next one
                }
                case Progress.Waiting() -> {
                    List<Step> left = wait.steps().subList(done, wait.steps().size());
                    waiting.put(uid, new Waiting(wait.attempt(), left, wait.until()));
                    return;
                }
                case Progress.Failed(String why) -> {
                    waiting.remove(uid);
                    results.notBound(wait.attempt(), preBind(step.plugin()) + why, null);
                    return;
                }
            }
        }
        waiting.remove(uid);
        int begunIn = term.get();
        bindings.execute(() -> bind(wait.attempt(), begunIn));
    }

    /** Runs on a binding thread. */
    private void bind(Attempt attempt, int begunIn) {
        if (begunIn != term.get()) {
            owner.execute(() -> results.dropped(attempt));
            return;
        }
        try {
            profile.binder().bind(attempt.pod(), attempt.node());
            owner.execute(() -> results.bound(attempt));
        } catch (Exception e) {
            failed(attempt, "running Bind plugin \"" + profile.binder().name() + "\": ", e);
        }
    }

    private void failed(Attempt attempt, String step, Exception e) {
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        owner.execute(() -> results.notBound(attempt, step + e.getMessage(), e));
    }
}
