package io.kybern.apiserver.watch;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.storage.EventLog;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.pcollections.TreePMap;

/** Caches without threads, for tests of what reads them. */
public final class CachesUnderTest {

    private CachesUnderTest() {}

    /** One that shows at any moment what the store holds; nothing can be watched. */
    public static WatchCache of(EventLog store) {
        return new Mirror(store);
    }

    private record Mirror(EventLog store) implements WatchCache {

        @Override
        public CompletableFuture<Snapshot> snapshot(GroupResource resource, RevisionRequest wanted) {
            CachedObjectReader reader = new CachedObjectReader(SelectableFields.metadataOnly());
            TreeMap<ObjectKey, CachedObject> objects = new TreeMap<>();
            store.scan((each, stored) -> {
                if (each.equals(resource)) {
                    reader.read(resource, stored.key(), stored.revision(), stored.json())
                            .ifPresent(object -> objects.put(stored.key(), object));
                }
            });
            return CompletableFuture.completedFuture(new TreeSnapshot(revision(), TreePMap.fromSortedMap(objects)));
        }

        @Override
        public Watch watch(
                GroupResource resource, long fromRevision, Selection selection, WatchOptions options, WatchSink sink) {
            throw new UnsupportedOperationException("nothing can be watched here");
        }

        @Override
        public void forget(GroupResource resource) {
            // nothing is kept
        }

        @Override
        public long revision() {
            return store.currentRevision().join();
        }

        @Override
        public boolean isReady() {
            return true;
        }
    }
}
