package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.storage.Commit.Precondition;
import io.kybern.apiserver.storage.Commit.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** A store that lives in memory, for tests of what stands on the store. It passes the same contract as the real one. */
public final class InMemoryStore implements Backend, EventLog {

    private final Map<GroupResource, TreeMap<ObjectKey, Stored>> objects = new HashMap<>();
    private final TreeMap<Long, LogEntry> log = new TreeMap<>();
    private final AtomicLong tags = new AtomicLong();
    private long revision;

    /** The object store on it. */
    public ObjectStore objectStore() {
        return new TransformingObjectStore(this, ValueTransformer.NONE, () -> "tag-" + tags.incrementAndGet());
    }

    @Override
    public synchronized CompletableFuture<Result> commit(Commit commit) {
        TreeMap<ObjectKey, Stored> resource = objects.computeIfAbsent(commit.resource(), none -> new TreeMap<>());
        Stored present = resource.get(commit.key());
        Result refused = refusal(commit.precondition(), present);
        if (refused != null) {
            return CompletableFuture.completedFuture(refused);
        }
        boolean delete = commit.verb() == LogEntry.Verb.DELETED;
        if (!delete && present != null && Arrays.equals(present.value(), commit.value())) {
            return CompletableFuture.completedFuture(new Result.Unchanged(present.revision()));
        }
        revision++;
        if (delete) {
            resource.remove(commit.key());
        } else {
            resource.put(commit.key(), new Stored(revision, commit.value()));
        }
        log.put(revision, new LogEntry(revision, commit.verb(), commit.resource(), commit.key(), commit.value()));
        notifyAll();
        return CompletableFuture.completedFuture(new Result.Committed(revision));
    }

    private static Result refusal(Precondition precondition, Stored present) {
        if (precondition instanceof Precondition.Absent) {
            return present == null ? null : new Result.Exists();
        }
        if (present == null) {
            return new Result.Missing();
        }
        return precondition instanceof Precondition.Exactly(long expected) && expected != present.revision()
                ? new Result.Mismatch(present.revision())
                : null;
    }

    @Override
    public synchronized CompletableFuture<Optional<Stored>> get(GroupResource resource, ObjectKey key) {
        return CompletableFuture.completedFuture(Optional.ofNullable(
                objects.getOrDefault(resource, new TreeMap<>()).get(key)));
    }

    @Override
    public synchronized CompletableFuture<Long> currentRevision() {
        return CompletableFuture.completedFuture(revision);
    }

    @Override
    public synchronized CompletableFuture<Bounds> bounds() {
        return CompletableFuture.completedFuture(
                new Bounds(log.isEmpty() ? revision + 1 : log.firstKey(), revision, log.size()));
    }

    @Override
    public synchronized CompletableFuture<Void> trim(long firstKept) {
        log.headMap(firstKept).clear();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized void scan(Visitor visitor) {
        objects.forEach((resource, each) -> each.forEach(
                (key, stored) -> visitor.visit(resource, new StoredObject(key, stored.revision(), stored.value()))));
    }

    /** Loses everything, as a store whose volume is gone. */
    public synchronized void lose() {
        objects.clear();
        log.clear();
        revision = 0;
    }

    @Override
    public Reader open() {
        return new Reader() {
            @Override
            public List<LogEntry> read(long after, int max, Duration block) {
                return InMemoryStore.this.read(after, max, block);
            }

            @Override
            public void close() {}
        };
    }

    private synchronized List<LogEntry> read(long after, int max, Duration block) {
        if (log.tailMap(after, false).isEmpty() && !block.isZero()) {
            try {
                // one wait is enough: an early answer without entries is allowed
                wait(Math.min(block.toMillis(), 50));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        List<LogEntry> entries = new ArrayList<>(log.tailMap(after, false).values());
        return entries.size() > max ? entries.subList(0, max) : entries;
    }
}
