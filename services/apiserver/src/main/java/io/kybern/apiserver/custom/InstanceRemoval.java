package io.kybern.apiserver.custom;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import tools.jackson.databind.node.ObjectNode;

/** Deletes all objects of a custom resource; those with finalizers are marked and stay until these are gone. */
final class InstanceRemoval {

    /** As many writes as are under way at once. */
    private static final int BATCH = 100;

    private final WatchCache cache;
    private final ObjectStore store;
    private final Clock clock;

    InstanceRemoval(WatchCache cache, ObjectStore store, Clock clock) {
        this.cache = cache;
        this.store = store;
        this.clock = clock;
    }

    /** Removes what can be removed; answers whether nothing was there. */
    boolean removeAll(ResourceType type, GroupResource resource) {
        boolean none = true;
        List<CompletableFuture<StoredObject>> underWay = new ArrayList<>();
        for (CachedObject each : snapshot(resource)) {
            none = false;
            remove(type, each, underWay);
            if (underWay.size() == BATCH) {
                settle(underWay);
            }
        }
        settle(underWay);
        return none || !snapshot(resource).iterator().hasNext();
    }

    private Iterable<CachedObject> snapshot(GroupResource resource) {
        try {
            return cache.snapshot(resource, RevisionRequest.latest()).join().range("", null);
        } catch (CompletionException e) {
            throw StorageException.of(e);
        }
    }

    private void remove(ResourceType type, CachedObject object, List<CompletableFuture<StoredObject>> underWay) {
        ObjectNode tree = object.tree();
        if (KubeObject.finalizers(tree).isEmpty()) {
            underWay.add(store.delete(type, object.key(), object.revision(), tree));
        } else if (!KubeObject.isBeingDeleted(tree)) {
            ObjectNode metadata = KubeObject.metadata(tree);
            metadata.put(
                    "deletionTimestamp",
                    clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
            metadata.put("deletionGracePeriodSeconds", 0);
            metadata.put("generation", KubeObject.generation(tree) + 1);
            underWay.add(store.update(type, object.key(), object.revision(), tree));
        }
    }

    /** Waits; what somebody else changed or deleted meanwhile is looked at again. */
    private static void settle(List<CompletableFuture<StoredObject>> underWay) {
        for (CompletableFuture<StoredObject> each : underWay) {
            try {
                each.join();
            } catch (CompletionException e) {
                StorageException failure = StorageException.of(e);
                boolean overtaken =
                        failure instanceof StorageException.Conflict || failure instanceof StorageException.NotFound;
                if (!overtaken) {
                    throw failure;
                }
            }
        }
        underWay.clear();
    }
}
