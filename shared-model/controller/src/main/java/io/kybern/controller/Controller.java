package io.kybern.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.queue.RateLimiters;
import io.kybern.controller.queue.WorkQueue;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A {@link Reconciler} with the queue in front of it and the workers behind it. Made by {@link #builder}, run by {@link
 * ControllerRuntime}: it works while the service leads and the caches have synced.
 *
 * <p>Changes in the watched caches become keys; each key gets a pass, failures are repeated after growing delays, and every
 * object of the reconciled cache gets one now and then in any case.
 */
public final class Controller {

    private static final Logger log = LoggerFactory.getLogger(Controller.class);

    /** How long a worker waits for the caches to show the key's own writes before it takes another key. */
    private static final Duration FENCE_WAIT = Duration.ofSeconds(1);

    private static final Duration FENCE_RETRY = Duration.ofMillis(100);

    /** Workers that do not end after an interrupt are left behind after this. */
    private static final Duration STOP_WAIT = Duration.ofSeconds(5);

    private final Builder settings;
    private final AtomicLong passes = new AtomicLong();
    private final Map<ObjectKey, String> triggers = new ConcurrentHashMap<>();
    private final List<Thread> workers = new ArrayList<>();
    private volatile ControllerListener listener = ControllerListener.NONE;
    private volatile @Nullable WorkQueue<ObjectKey> queue;

    private Controller(Builder settings) {
        this.settings = settings;
    }

    /**
     * Begins the description of a controller.
     *
     * @param name of its queue in logs and metrics, for example {@code replicaset}
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** Describes a controller. */
    public static final class Builder {
        private final String name;
        private final List<Watch<?>> watches = new ArrayList<>();
        private @Nullable Reconciler reconciler;
        private @Nullable Informer<? extends HasMetadata> primary;
        private WriteFence fence = new WriteFence(Clock.systemUTC());
        private Clock clock = Clock.systemUTC();
        private int workers = 5;
        private Duration resync = Duration.ofMinutes(10);

        private Builder(String name) {
            this.name = name;
        }

        /** What to run for each key. */
        public Builder reconciler(Reconciler runs) {
            this.reconciler = runs;
            return this;
        }

        /** The cache of the objects that are reconciled: each change asks for a pass over the object itself. */
        public <T extends HasMetadata> Builder reconciling(Informer<T> informer, String kind) {
            return reconciling(informer, kind, change -> true);
        }

        /**
         * The cache of the objects that are reconciled, where not each change matters.
         *
         * @param counts whether a change asks for a pass over its object; runs on the cache's thread and must not block
         */
        public <T extends HasMetadata> Builder reconciling(
                Informer<T> informer, String kind, Predicate<ObjectChange<T>> counts) {
            this.primary = informer;
            return watching(informer, kind, change -> counts.test(change) ? List.of(change.key()) : List.of());
        }

        /**
         * Another cache whose changes matter.
         *
         * @param kind of its objects, for the log
         * @param mapper the keys that a change asks a pass for; runs on the cache's thread and must not block
         */
        public <T> Builder watching(
                Informer<T> informer, String kind, Function<ObjectChange<T>, Collection<ObjectKey>> mapper) {
            watches.add(new Watch<>(informer, kind, mapper));
            return this;
        }

        /** Where the reconciler notes its writes, so that a pass never acts on a state older than they are. */
        public Builder fence(WriteFence notes) {
            this.fence = notes;
            return this;
        }

        /** The time for delays. */
        public Builder clock(Clock source) {
            this.clock = source;
            return this;
        }

        /** How many keys may have a pass at once; 5 unless said. */
        public Builder workers(int count) {
            this.workers = count;
            return this;
        }

        /** About how often an object gets a pass although nothing happened; 10 minutes unless said. */
        public Builder resync(Duration period) {
            this.resync = period;
            return this;
        }

        /** The controller; it does nothing yet. */
        public Controller build() {
            Objects.requireNonNull(reconciler, "a controller needs a reconciler");
            Controller controller = new Controller(this);
            watches.forEach(watch -> watch.forwardTo(controller::enqueue));
            return controller;
        }
    }

    /** Its name in logs and metrics. */
    public String name() {
        return settings.name;
    }

    /** Asks for a pass over the key. Without effect while the controller does not work: all keys get one when it begins. */
    public void enqueue(ObjectKey key, String trigger) {
        WorkQueue<ObjectKey> current = queue;
        if (current != null) {
            triggers.putIfAbsent(key, trigger);
            current.add(key);
        }
    }

    /** Asks for a pass over the key after a delay. */
    public void enqueueAfter(ObjectKey key, Duration delay, String trigger) {
        WorkQueue<ObjectKey> current = queue;
        if (current != null) {
            triggers.putIfAbsent(key, trigger);
            current.addAfter(key, delay);
        }
    }

    /** Whether all caches that it reads have their first list. */
    public boolean hasSynced() {
        return settings.watches.stream().allMatch(watch -> watch.informer().hasSynced());
    }

    /** Whether it works. */
    public boolean isWorking() {
        return queue != null;
    }

    int depth() {
        WorkQueue<ObjectKey> current = queue;
        return current == null ? 0 : current.depth();
    }

    Collection<Instant> workingSince() {
        WorkQueue<ObjectKey> current = queue;
        return current == null ? List.of() : current.working().values();
    }

    Clock clock() {
        return settings.clock;
    }

    /** Begins to work, with a pass over every object. */
    synchronized void start(ControllerListener observer) {
        if (queue != null) {
            return;
        }
        listener = observer;
        Objects.requireNonNull(settings.reconciler).begin();
        WorkQueue<ObjectKey> fresh =
                new WorkQueue<>(RateLimiters.forControllers(settings.clock), settings.clock, observer);
        queue = fresh;
        Informer<? extends HasMetadata> primary = settings.primary;
        if (primary != null) {
            primary.list().forEach(object -> enqueue(ObjectKeys.of(object), "start"));
        }
        for (int number = 0; number < settings.workers; number++) {
            startWorker(fresh, number);
        }
        log.atInfo().addKeyValue("controller", settings.name).log("Controller works");
    }

    /** Stops the work: the passes under way are interrupted. Returns when they have ended. */
    synchronized void stop() {
        WorkQueue<ObjectKey> current = queue;
        if (current == null) {
            return;
        }
        queue = null;
        current.shutDown();
        List<Thread> running = List.copyOf(workers);
        workers.clear();
        running.forEach(Thread::interrupt);
        try {
            for (Thread worker : running) {
                worker.join(STOP_WAIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        triggers.clear();
        log.atInfo().addKeyValue("controller", settings.name).log("Controller stopped");
    }

    private void startWorker(WorkQueue<ObjectKey> source, int number) {
        workers.add(Thread.ofVirtual().name(settings.name + "-" + number).start(() -> work(source, number)));
    }

    private void work(WorkQueue<ObjectKey> source, int number) {
        boolean ended = false;
        try {
            for (ObjectKey key = source.take(); key != null && queue == source; key = source.take()) {
                try {
                    pass(source, key);
                } finally {
                    source.done(key);
                }
            }
            ended = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended = true;
        } finally {
            if (!ended) {
                replaceWorker(source, number);
            }
        }
    }

    /** A worker died of an error that nobody may catch; the others' keys must not wait for it. */
    private synchronized void replaceWorker(WorkQueue<ObjectKey> source, int number) {
        if (queue == source) {
            startWorker(source, number);
        }
    }

    private void pass(WorkQueue<ObjectKey> source, ObjectKey key) throws InterruptedException {
        String trigger = Objects.requireNonNullElse(triggers.remove(key), "resync");
        try (MDC.MDCCloseable c = MDC.putCloseable("controller", settings.name);
                MDC.MDCCloseable k = MDC.putCloseable("key", key.toString());
                MDC.MDCCloseable i = MDC.putCloseable("reconcile", Long.toString(passes.incrementAndGet()));
                MDC.MDCCloseable t = MDC.putCloseable("trigger", trigger)) {
            if (!settings.fence.await(key, FENCE_WAIT)) {
                log.debug("The caches do not show this key's own writes yet");
                triggers.putIfAbsent(key, "own writes");
                source.addAfter(key, FENCE_RETRY);
                return;
            }
            reconcile(source, key);
        }
    }

    private void reconcile(WorkQueue<ObjectKey> source, ObjectKey key) throws InterruptedException {
        try {
            Outcome outcome = Objects.requireNonNull(settings.reconciler).reconcile(key);
            source.forget(key);
            switch (outcome) {
                case Outcome.Done done -> log.debug("Reconciled");
                case Outcome.Again again -> {
                    log.atDebug()
                            .addKeyValue("after", again.after())
                            .addKeyValue("why", again.why())
                            .log("Reconciled for now");
                    source.addAfter(key, again.after());
                }
            }
            listener.reconciled(true);
        } catch (InterruptedException e) {
            throw e;
        } catch (ApiFailure failure) {
            listener.reconciled(false);
            retry(source, key, failure);
        } catch (Exception failure) {
            listener.reconciled(false);
            log.atError()
                    .setCause(failure)
                    .addKeyValue("retries", source.retries(key))
                    .log("Reconciling failed");
            source.addRateLimited(key);
        } finally {
            resyncLater(source, key);
        }
    }

    private void retry(WorkQueue<ObjectKey> source, ObjectKey key, ApiFailure failure) throws InterruptedException {
        if (Thread.currentThread().isInterrupted() || queue != source) {
            throw new InterruptedException("the controller stops");
        }
        if (failure.isNamespaceTerminating()) {
            // nothing new may be made there any more, and what is there goes soon
            log.atDebug().addKeyValue("failure", failure.getMessage()).log("Left alone, its namespace goes away");
            source.forget(key);
            return;
        }
        if (failure.isConflict() || failure.isNotFound()) {
            log.atDebug().addKeyValue("failure", failure.getMessage()).log("Acted on an old state; trying again");
        } else {
            log.atWarn()
                    .addKeyValue("failure", failure.getMessage())
                    .addKeyValue("code", failure.code())
                    .addKeyValue("retries", source.retries(key))
                    .log("The API server refused, or is away; trying again");
        }
        triggers.putIfAbsent(key, "retry");
        source.addRateLimited(key);
    }

    /** The queue keeps the earlier of two delays, so this never postpones anything, and each object has its own rhythm. */
    private void resyncLater(WorkQueue<ObjectKey> source, ObjectKey key) {
        Informer<?> primary = settings.primary;
        if (primary != null && primary.get(key).isPresent()) {
            double factor = ThreadLocalRandom.current().nextDouble(0.75, 1.25);
            source.addAfter(key, Duration.ofMillis((long) (settings.resync.toMillis() * factor)));
        }
    }
}
