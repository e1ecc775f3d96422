package io.kybern.apiserver.watch;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Who waits for which revision. Belongs to the cache's thread. */
final class RevisionWaits {

    private final NavigableMap<Long, List<CompletableFuture<CacheState>>> byRevision = new TreeMap<>();

    void add(long revision, CompletableFuture<CacheState> wait) {
        byRevision.computeIfAbsent(revision, none -> new ArrayList<>()).add(wait);
    }

    /** Takes one out; false if it is not there any more. */
    boolean remove(long revision, CompletableFuture<CacheState> wait) {
        List<CompletableFuture<CacheState>> waiting = byRevision.get(revision);
        if (waiting == null || !waiting.remove(wait)) {
            return false;
        }
        if (waiting.isEmpty()) {
            byRevision.remove(revision);
        }
        return true;
    }

    /** Takes out all that wait for that revision or an earlier one. */
    Iterator<CompletableFuture<CacheState>> upTo(long revision) {
        Map<Long, List<CompletableFuture<CacheState>>> due = byRevision.headMap(revision, true);
        List<CompletableFuture<CacheState>> all = new ArrayList<>();
        due.values().forEach(all::addAll);
        due.clear();
        return all.iterator();
    }
}
