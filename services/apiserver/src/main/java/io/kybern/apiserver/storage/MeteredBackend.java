package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** Measures how long requests take, by operation and outcome. */
final class MeteredBackend implements Backend {

    private static final String TIMER = "kybern.store.request.duration";

    private final Backend backend;
    private final MeterRegistry meters;
    private final ConcurrentMap<String, Timer> timers = new ConcurrentHashMap<>();

    MeteredBackend(Backend backend, MeterRegistry meters) {
        this.backend = backend;
        this.meters = meters;
    }

    @Override
    public CompletableFuture<Commit.Result> commit(Commit commit) {
        return measured(commit.verb().name().toLowerCase(Locale.ROOT), backend.commit(commit));
    }

    @Override
    public CompletableFuture<Optional<Stored>> get(GroupResource resource, ObjectKey key) {
        return measured("get", backend.get(resource, key));
    }

    @Override
    public CompletableFuture<Long> currentRevision() {
        return measured("revision", backend.currentRevision());
    }

    private <T> CompletableFuture<T> measured(String operation, CompletableFuture<T> request) {
        Timer.Sample sample = Timer.start(meters);
        return request.whenComplete((value, failure) -> sample.stop(timer(operation, outcome(value, failure))));
    }

    private static String outcome(@Nullable Object value, @Nullable Throwable failure) {
        return switch (failure == null ? value : StorageException.of(failure)) {
            case StorageException.Unreachable e -> "unreachable";
            case StorageException.Timeout e -> "timeout";
            case StorageException e -> "error";
            case Commit.Result.Committed c -> "committed";
            case Commit.Result refused when !(refused instanceof Commit.Result.Unchanged) -> "refused";
            case null, default -> "ok";
        };
    }

    private Timer timer(String operation, String outcome) {
        return timers.computeIfAbsent(operation + "/" + outcome, name -> Timer.builder(TIMER)
                .description("How long a request to the store took")
                .tag("operation", operation)
                .tag("outcome", outcome)
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(25),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1))
                .register(meters));
    }
}
