package io.kybern.apiserver.aggregation;

import io.kybern.apiserver.storage.StorageException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Looks after the APIServices: says in their status whether their servers answer, and keeps one for each group version that this
 * server serves itself. Those that answer are looked at every half minute, others more often, changed ones at once.
 */
final class AvailabilityController implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(AvailabilityController.class);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration HEALTHY = Duration.ofSeconds(30);
    private static final Duration UNHEALTHY = Duration.ofSeconds(2);

    private final RemoteApis apis;
    private final AvailabilityCheck check;
    private final RemoteDiscovery discovery;
    private final LocalApiServices local;
    private final AvailabilityWriter writer;
    private final Clock clock;
    private final Map<RemoteApi, Instant> due = new HashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("api-services").factory());
    private volatile boolean running;

    AvailabilityController(
            RemoteApis apis,
            AvailabilityCheck check,
            RemoteDiscovery discovery,
            LocalApiServices local,
            AvailabilityWriter writer,
            Clock clock) {
        this.apis = apis;
        this.check = check;
        this.discovery = discovery;
        this.local = local;
        this.writer = writer;
        this.clock = clock;
    }

    @Override
    public void start() {
        running = true;
        timer.scheduleWithFixedDelay(this::passQuietly, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() {
        running = false;
        timer.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    private void passQuietly() {
        try {
            local.publish();
            pass();
        } catch (CompletionException | StorageException e) {
            LOG.atWarn().addKeyValue("cause", e.getMessage()).log("APIServices are looked at again soon");
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("A pass over the APIServices failed");
        }
    }

    /** Looks at every API whose time has come. */
    void pass() {
        Map<String, RemoteApi> present = apis.all();
        discovery.keepOnly(present.keySet());
        due.keySet().retainAll(present.values());
        Instant now = clock.instant();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (RemoteApi api : present.values()) {
                if (!due.getOrDefault(api, Instant.MIN).isAfter(now)) {
                    due.put(api, now.plus(api.available() ? HEALTHY : UNHEALTHY));
                    threads.execute(() -> lookAt(api));
                }
            }
        }
    }

    private void lookAt(RemoteApi api) {
        AvailabilityCheck.Result result = check.check(api);
        discovery.learn(api, result.learned());
        try {
            writer.write(api, result.availability());
        } catch (CompletionException | StorageException e) {
            LOG.atDebug()
                    .addKeyValue("apiservice", api.name())
                    .addKeyValue("cause", e.getMessage())
                    .log("An APIService changed meanwhile and is looked at again");
        }
    }
}
