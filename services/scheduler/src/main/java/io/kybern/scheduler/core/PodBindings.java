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
import org.jspecify.annotations.Nullable;

/**
 * Binds pods that are assumed on their nodes: first what PreBind plugins have to write, then a wait for what they wait for, then the
 * binding itself.
 *
 * <p>What blocks runs on binding threads; the waits are kept here, so they hold no thread, and are owned by the scheduler thread:
 * every method must be called on it.
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
    }

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
        bindings.execute(() -> prepare(attempt));
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
                results.notBound(
                        each.attempt(),
                        preBind(each.steps().getFirst().plugin()) + "binding volumes: context deadline exceeded",
                        null);
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
    private void prepare(Attempt attempt) {
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
            bind(attempt);
        } else {
            owner.execute(() -> await(attempt, steps));
        }
    }

    private static String preBind(String plugin) {
        return "running PreBind plugin \"" + plugin + "\": ";
    }

    private void await(Attempt attempt, List<Step> steps) {
        if (!results.isAssumed(attempt)) {
            results.notBound(attempt, "pod does not exist any more", null);
            return;
        }
        Waiting begun = new Waiting(attempt, steps, clock.instant().plus(LONGEST_WAIT));
        waiting.put(attempt.pod().uid(), begun);
        advance(begun);
    }

    private void advance(Waiting wait) {
        for (Step step : wait.steps()) {
            switch (step.await().progress()) {
                case Progress.Done() -> {
                    // and the next one
                }
                case Progress.Waiting() -> {
                    return;
                }
                case Progress.Failed(String why) -> {
                    waiting.remove(wait.attempt().pod().uid());
                    results.notBound(wait.attempt(), preBind(step.plugin()) + why, null);
                    return;
                }
            }
        }
        waiting.remove(wait.attempt().pod().uid());
        bindings.execute(() -> bind(wait.attempt()));
    }

    /** Runs on a binding thread. */
    private void bind(Attempt attempt) {
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
