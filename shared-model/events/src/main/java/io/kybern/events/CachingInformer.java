package io.kybern.events;

import io.kybern.api.ObjectKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One informer. The factory's thread, {@code informers}, owns its state and calls its handlers; readers see the last published
 * view; lists run on threads of their own.
 */
final class CachingInformer<T> implements Informer<T> {

    private static final Logger LOG = LoggerFactory.getLogger(CachingInformer.class);

    private static final int MAX_BACK_OFF_STEPS = 4;
    private static final double RESYNC_JITTER = 0.2;

    private final InformerSpec<T> spec;
    private final InformerProperties properties;
    private final Clock clock;
    private final Executor owner;
    private final Executor lists;
    private final List<Consumer<ObjectChange<T>>> handlers = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progress = lock.newCondition();

    private volatile InformerView<T> view = InformerView.empty();
    private volatile boolean synced;
    private volatile boolean started;

    // the rest belongs to the owner thread
    private final InformerState<T> state;
    private boolean listing;
    private long knownBefore;
    private boolean again;
    private boolean resync;
    private boolean unsure;
    private int failures;
    private Instant nextList = Instant.MIN;
    private Instant lastList = Instant.MIN;
    private Instant nextResync = Instant.MAX;

    CachingInformer(InformerSpec<T> spec, InformerProperties properties, Clock clock, Executor owner, Executor lists) {
        this.spec = spec;
        this.properties = properties;
        this.clock = clock;
        this.owner = owner;
        this.lists = lists;
        this.state = new InformerState<>(spec);
    }

    InformerSpec<T> spec() {
        return spec;
    }

    // ---- readers

    @Override
    public Optional<T> get(ObjectKey key) {
        return Optional.ofNullable(view.objects().get(key));
    }

    @Override
    public Collection<T> list() {
        return view.objects().values();
    }

    @Override
    public Collection<T> byNamespace(String namespace) {
        return view.byNamespace(namespace);
    }

    @Override
    public Collection<T> byIndex(String index, String value) {
        if (!state.hasIndex(index)) {
            throw new IllegalArgumentException(
                    "the informer of " + spec.type().storage() + " has no index \"" + index + "\"");
        }
        return view.byIndex(index, value);
    }

    @Override
    public Informer<T> addIndex(String name, Function<T, Collection<String>> values) {
        if (started) {
            throw new IllegalStateException("an index must be added before the informers start: \"" + name + "\"");
        }
        state.addIndex(name, values);
        return this;
    }

    @Override
    public void onChange(Consumer<ObjectChange<T>> handler) {
        if (!started) {
            handlers.add(handler);
            return;
        }
        owner.execute(() -> {
            handlers.add(handler);
            view.objects().forEach((key, object) -> tell(handler, new ObjectChange<>(key, null, object)));
        });
    }

    @Override
    public boolean hasSynced() {
        return synced;
    }

    @Override
    public long revision() {
        return view.revision();
    }

    @Override
    public boolean await(long revision, Duration atMost) throws InterruptedException {
        if (view.revision() >= revision) {
            return true;
        }
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (view.revision() < revision) {
                if (left <= 0) {
                    return false;
                }
                left = progress.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    // ---- the owner thread

    /** Begins to fill the cache. */
    void start() {
        started = true;
        scheduleResync();
        needList();
    }

    /** The topic is now read from its end: what came before the next list began may be missing. */
    void attached() {
        unsure = true;
        needList();
    }

    void take(ObjectEvent event, TopicProgress.Finding finding) {
        switch (finding) {
            case NEXT, REPEATED -> {}
            case FIRST, GAP -> state.missed(event.revision());
            case RESTARTED -> attached();
        }
        List<ObjectChange<T>> changes = state.apply(event);
        if (finding == TopicProgress.Finding.NEXT && !unsure) {
            state.reached(event.revision());
        }
        publish();
        changes.forEach(this::tell);
        if (state.needsList()) {
            needList();
        }
    }

    /** An event could not be taken in: a list has to tell what it said. */
    void missed(ObjectEvent event) {
        state.missed(event.revision());
        needList();
    }

    /**
     * Once a second: lists that are due.
     *
     * @param silent whether nothing is heard from the topic
     */
    void tick(boolean silent) {
        Instant now = clock.instant();
        if (now.isAfter(nextResync)) {
            scheduleResync();
            resync = true;
            needList();
        }
        if (again || state.needsList() || silent && now.isAfter(lastList.plus(properties.silentListInterval()))) {
            needList();
        }
    }

    private void needList() {
        if (listing) {
            again = true;
            return;
        }
        if (clock.instant().isBefore(nextList)) {
            again = true;
            return;
        }
        listing = true;
        again = false;
        lastList = clock.instant();
        knownBefore = view.revision();
        lists.execute(this::fetch);
    }

    private void fetch() {
        try {
            ListResult<T> result = spec.lister().list();
            owner.execute(() -> take(result));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            owner.execute(() -> listFailed(e));
        }
    }

    private void take(ListResult<T> result) {
        try {
            listed(result);
        } catch (RuntimeException e) {
            listFailed(e);
        }
    }

    private void listed(ListResult<T> result) {
        List<ObjectChange<T>> changes = state.replace(result, knownBefore);
        listing = false;
        failures = 0;
        publish();
        if (!synced) {
            synced = true;
            LOG.atInfo()
                    .addKeyValue("resource", spec.type().storage())
                    .addKeyValue("objects", result.items().size())
                    .addKeyValue("revision", result.revision())
                    .log("the informer has its first list");
        }
        changes.forEach(this::tell);
        // a list that began before the topic was attached says nothing of what came between
        unsure &= again;
        if (resync) {
            resync = false;
            view.objects().forEach((key, object) -> tell(new ObjectChange<>(key, object, object)));
        }
        if (again || state.needsList()) {
            needList();
        }
    }

    private void listFailed(Exception cause) {
        listing = false;
        again = true;
        long backOff = properties.listBackOff().toMillis() << Math.min(failures, MAX_BACK_OFF_STEPS);
        failures++;
        nextList = clock.instant().plusMillis(ThreadLocalRandom.current().nextLong(backOff / 2, backOff + 1));
        LOG.atWarn()
                .addKeyValue("resource", spec.type().storage())
                .addKeyValue("failures", failures)
                .addKeyValue("cause", String.valueOf(cause.getMessage()))
                .log("the API server could not be asked for a list; trying again");
    }

    private void scheduleResync() {
        double factor = 1 + RESYNC_JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
        nextResync = clock.instant()
                .plusMillis(Math.round(properties.resyncInterval().toMillis() * factor));
    }

    private void publish() {
        boolean further = state.view().revision() != view.revision();
        view = state.view();
        if (further) {
            lock.lock();
            try {
                progress.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void tell(ObjectChange<T> change) {
        handlers.forEach(handler -> tell(handler, change));
    }

    private void tell(Consumer<ObjectChange<T>> handler, ObjectChange<T> change) {
        try {
            handler.accept(change);
        } catch (RuntimeException e) {
            LOG.atError()
                    .addKeyValue("resource", spec.type().storage())
                    .addKeyValue("object", change.key())
                    .setCause(e)
                    .log("a handler failed on a change");
        }
    }
}
