package io.kybern.apiserver.watch;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.storage.EventLog;
import io.kybern.apiserver.storage.StorageException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.pcollections.PMap;
import org.pcollections.TreePMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watch cache over the store's log. One thread, {@code watch-cache}, owns everything that changes; readers see what it
 * published last. Each batch of the log is taken in, then published, then told to the watches, so that whoever has seen an event
 * also reads its effect.
 */
final class LogWatchCache implements WatchCache, CacheInput, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LogWatchCache.class);

    private final NewestRevision newest;
    private final WatchProperties properties;
    private final ScheduledExecutorService owner;
    private final ExecutorService deliveries;
    private final AtomicInteger openWatches = new AtomicInteger();
    private final Map<GroupResource, AtomicInteger> broadWatches = new ConcurrentHashMap<>();

    /** What readers see; null until the store has been read. */
    private volatile @Nullable CacheState published;

    // the rest belongs to the owner thread
    private final Map<GroupResource, ResourceHistory> histories = new HashMap<>();
    private final Map<GroupResource, Set<WatchSession>> watches = new HashMap<>();
    private final RevisionWaits waits = new RevisionWaits();
    private final RecentRevisions listable;
    private long loadedAt;

    LogWatchCache(EventLog log, WatchProperties properties) {
        this.newest = new NewestRevision(log::currentRevision);
        this.properties = properties;
        this.listable = new RecentRevisions(properties.listRetention(), properties.bookmarkInterval());
        this.owner = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("watch-cache").factory());
        this.deliveries = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("watch-", 0).factory());
        long interval = properties.bookmarkInterval().toMillis();
        owner.scheduleWithFixedDelay(this::bookmark, interval, interval, TimeUnit.MILLISECONDS);
    }

    // ---- reads, on any thread

    @Override
    public long revision() {
        CacheState state = published;
        return state == null ? 0 : state.revision();
    }

    @Override
    public boolean isReady() {
        return published != null;
    }

    /** The objects of every resource now, for metrics; empty until the store has been read. */
    CacheState state() {
        CacheState state = published;
        return state == null ? CacheState.empty(0) : state;
    }

    /** How many watches are open, for metrics. */
    int openWatches() {
        return openWatches.get();
    }

    @Override
    public int watches(GroupResource resource) {
        AtomicInteger count = broadWatches.get(resource);
        return count == null ? 0 : count.get();
    }

    @Override
    public CompletableFuture<Snapshot> snapshot(GroupResource resource, RevisionRequest wanted) {
        return switch (wanted) {
            case RevisionRequest.Any any -> reached(0).thenApply(state -> state.of(resource));
            case RevisionRequest.AtLeast(long revision) -> reached(revision).thenApply(state -> state.of(resource));
            case RevisionRequest.Latest latest -> newest().thenApply(state -> state.of(resource));
            case RevisionRequest.Exact(long revision) ->
                reached(revision).thenCompose(state -> exact(resource, revision));
        };
    }

    private CompletableFuture<CacheState> newest() {
        return newest.ask().thenCompose(this::reached);
    }

    /** Completes when the cache has reached a revision, or fails when that takes too long. */
    private CompletableFuture<CacheState> reached(long revision) {
        CacheState state = published;
        if (state != null && state.revision() >= revision) {
            return CompletableFuture.completedFuture(state);
        }
        CompletableFuture<CacheState> wait = new CompletableFuture<>();
        owner.execute(() -> {
            CacheState now = published;
            if (now != null && now.revision() >= revision) {
                wait.completeAsync(() -> now, deliveries);
                return;
            }
            waits.add(revision, wait);
            owner.schedule(() -> expire(revision, wait), properties.patience().toMillis(), TimeUnit.MILLISECONDS);
        });
        return wait;
    }

    private void expire(long revision, CompletableFuture<CacheState> wait) {
        if (waits.remove(revision, wait)) {
            StorageException why = isReady()
                    ? StorageException.revisionTooLarge(revision, revision())
                    : StorageException.unreachable("filling the watch cache", null);
            deliveries.execute(() -> wait.completeExceptionally(why));
        }
    }

    private CompletableFuture<Snapshot> exact(GroupResource resource, long revision) {
        return CompletableFuture.supplyAsync(
                        () -> {
                            ResourceHistory history = history(resource);
                            if (revision < listable.oldest()) {
                                throw StorageException.revisionTooOld(revision, listable.oldest());
                            }
                            return history.at(revision)
                                    .orElseThrow(() -> StorageException.revisionTooOld(revision, history.base()));
                        },
                        owner)
                .thenApplyAsync(objects -> new TreeSnapshot(revision, objects), deliveries);
    }

    // ---- watches

    @Override
    public Watch watch(
            GroupResource resource, long fromRevision, Selection selection, WatchOptions options, WatchSink sink) {
        Executor own = sink.executor();
        WatchSession session = new WatchSession(
                selection,
                options.bookmarks(),
                sink,
                properties.buffer(),
                own == null ? deliveries : own,
                closed -> forgetLater(resource, closed));
        boolean withState = options.sendInitialEvents() || fromRevision == Watch.ANY || fromRevision == Watch.UNSET;
        CompletableFuture<CacheState> fresh;
        if (fromRevision == Watch.UNSET) {
            fresh = newest();
        } else {
            fresh = reached(withState ? fromRevision : 0);
        }
        fresh.whenCompleteAsync(
                (state, failure) -> {
                    if (failure != null) {
                        session.fail(new WatchEvent.Failed(StorageException.of(failure)));
                    } else if (withState) {
                        beginWithState(resource, session, selection, options);
                    } else {
                        beginAfter(resource, session, selection, fromRevision);
                    }
                },
                owner);
        return session;
    }

    private void beginWithState(
            GroupResource resource, WatchSession session, Selection selection, WatchOptions options) {
        long revision = revision();
        List<WatchEvent> end = options.sendInitialEvents() && options.bookmarks()
                ? List.of(new WatchEvent.Bookmark(revision, true))
                : List.of();
        TreePMap<ObjectKey, CachedObject> state = history(resource).state();
        remember(resource, session);
        session.begin(InitialState.events(new TreeSnapshot(revision, state), selection, end), revision);
    }

    private void beginAfter(GroupResource resource, WatchSession session, Selection selection, long revision) {
        ResourceHistory history = history(resource);
        List<Change> missed = history.since(revision).orElse(null);
        if (missed == null) {
            session.fail(new WatchEvent.Failed(StorageException.revisionTooOld(revision, history.base())));
            return;
        }
        List<WatchEvent> events = new ArrayList<>();
        for (Change change : missed) {
            WatchEvent event = change.seenThrough(selection);
            if (event != null) {
                events.add(event);
            }
        }
        remember(resource, session);
        session.begin(events.iterator(), Math.max(revision, revision()));
    }

    private void remember(GroupResource resource, WatchSession session) {
        if (watches.computeIfAbsent(resource, none -> new HashSet<>()).add(session)) {
            openWatches.incrementAndGet();
            count(resource, session, 1);
        }
    }

    private void forgetLater(GroupResource resource, WatchSession session) {
        try {
            owner.execute(() -> forget(resource, session));
        } catch (RejectedExecutionException e) {
            LOG.atTrace().log("a watch ended after the cache");
        }
    }

    private void forget(GroupResource resource, WatchSession session) {
        Set<WatchSession> open = watches.get(resource);
        if (open != null && open.remove(session)) {
            openWatches.decrementAndGet();
            count(resource, session, -1);
        }
    }

    private void count(GroupResource resource, WatchSession session, int more) {
        if (session.isBroad()) {
            broadWatches.computeIfAbsent(resource, none -> new AtomicInteger()).addAndGet(more);
        }
    }

    private void bookmark() {
        if (isReady()) {
            listable.tick(revision());
            WatchEvent.Bookmark bookmark = new WatchEvent.Bookmark(revision(), false);
            watches.values().forEach(open -> List.copyOf(open).forEach(session -> session.offer(bookmark)));
        }
    }

    @Override
    public void forget(GroupResource resource) {
        owner.execute(() -> {
            CacheState state = published;
            if (state == null) {
                return;
            }
            List.copyOf(watches.getOrDefault(resource, Set.of())).forEach(WatchSession::close);
            ResourceHistory history = histories.get(resource);
            if (history != null && history.state().isEmpty()) {
                // nothing from before is known any more, so the history begins here
                histories.put(resource, newHistory(state.revision(), TreePMap.empty()));
                publish(new CacheState(state.revision(), state.resources().minus(resource)));
            }
        });
    }

    // ---- the feed

    @Override
    public void replace(long revision, Map<GroupResource, Map<ObjectKey, CachedObject>> objects)
            throws InterruptedException {
        onOwner(() -> {
            CacheState before = published;
            if (before != null) {
                LOG.atWarn()
                        .addKeyValue("heldRevision", before.revision())
                        .addKeyValue("storeRevision", revision)
                        .log("the log could not be followed: the cache is rebuilt and all watches are closed");
            }
            histories.clear();
            listable.clear();
            loadedAt = revision;
            CacheState state = CacheState.empty(revision);
            PMap<GroupResource, TreePMap<ObjectKey, CachedObject>> resources = state.resources();
            for (Map.Entry<GroupResource, Map<ObjectKey, CachedObject>> each : objects.entrySet()) {
                TreePMap<ObjectKey, CachedObject> sorted = TreePMap.fromSortedMap(new TreeMap<>(each.getValue()));
                histories.put(each.getKey(), newHistory(revision, sorted));
                resources = resources.plus(each.getKey(), sorted);
            }
            publish(new CacheState(revision, resources));
            closeAll();
        });
    }

    @Override
    public void append(List<Entry> entries) throws InterruptedException {
        onOwner(() -> {
            CacheState before = state();
            PMap<GroupResource, TreePMap<ObjectKey, CachedObject>> resources = before.resources();
            Map<GroupResource, List<Change>> changes = new HashMap<>();
            for (Entry entry : entries) {
                Change change = take(entry);
                if (change != null) {
                    changes.computeIfAbsent(entry.resource(), none -> new ArrayList<>())
                            .add(change);
                }
            }
            for (GroupResource resource : changes.keySet()) {
                resources = resources.plus(resource, history(resource).state());
            }
            publish(new CacheState(entries.getLast().revision(), resources));
            changes.forEach(this::tell);
        });
    }

    private @Nullable Change take(Entry entry) {
        ResourceHistory history = history(entry.resource());
        if (entry.deleted()) {
            return history.remove(entry.key(), entry.object(), entry.revision()).orElse(null);
        }
        return entry.object() == null ? null : history.put(entry.object());
    }

    private void tell(GroupResource resource, List<Change> changes) {
        for (WatchSession session : List.copyOf(watches.getOrDefault(resource, Set.of()))) {
            changes.forEach(session::offer);
        }
    }

    private void publish(CacheState state) {
        published = state;
        for (Iterator<CompletableFuture<CacheState>> due = waits.upTo(state.revision()); due.hasNext(); ) {
            due.next().completeAsync(() -> state, deliveries);
        }
    }

    private ResourceHistory history(GroupResource resource) {
        return histories.computeIfAbsent(resource, none -> newHistory(loadedAt, TreePMap.empty()));
    }

    private ResourceHistory newHistory(long base, TreePMap<ObjectKey, CachedObject> state) {
        return new ResourceHistory(base, state, properties.maxChanges(), properties.maxReplacedBytes());
    }

    private void closeAll() {
        watches.values().forEach(open -> List.copyOf(open).forEach(WatchSession::close));
    }

    private void onOwner(Runnable task) throws InterruptedException {
        try {
            owner.submit(task).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the watch cache could not take in what the store told", e.getCause());
        }
    }

    @Override
    public void close() {
        try {
            onOwner(this::closeAll);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        owner.shutdown();
        deliveries.shutdown();
    }
}
