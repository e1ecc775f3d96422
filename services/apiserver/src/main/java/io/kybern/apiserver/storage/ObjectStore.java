package io.kybern.apiserver.storage;

import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.node.ObjectNode;

/**
 * The store of objects. Every write is atomic, takes the next revision of the cluster and is on disk when it is answered.
 *
 * <p>Nothing here blocks, and no argument is changed; a {@code metadata.resourceVersion} in an object is left out of what is
 * stored. A future fails with a {@link StorageException} (see {@link StorageException#of(Throwable)} for callers that
 * {@code join()}), and completes on a thread of the store: hand long work to another one.
 *
 * <p>A write that could not be answered is tried again only when it is certain that it is not applied twice: {@link
 * StorageException.Unreachable} says that nothing was written, {@link StorageException.Timeout} that this is not known.
 */
public interface ObjectStore {

    /** Writes an object that must not be there yet. Fails with {@link StorageException.Exists} if it is. */
    CompletableFuture<StoredObject> create(ResourceType type, ObjectKey key, ObjectNode object);

    /**
     * Replaces an object that must be at the expected revision. What changes nothing is not written: the answer is then the
     * object at its present revision.
     *
     * <p>Fails with {@link StorageException.NotFound} or {@link StorageException.Conflict}.
     */
    CompletableFuture<StoredObject> update(ResourceType type, ObjectKey key, long expectedRevision, ObjectNode object);

    /**
     * Removes an object that must be at the expected revision.
     *
     * <p>Fails with {@link StorageException.NotFound} or {@link StorageException.Conflict}.
     *
     * @param lastState what watchers are told as the object's last state
     * @return the last state at the revision of the delete
     */
    CompletableFuture<StoredObject> delete(
            ResourceType type, ObjectKey key, long expectedRevision, ObjectNode lastState);

    /** The object as it is in the store now, not in a cache. */
    CompletableFuture<Optional<StoredObject>> get(ResourceType type, ObjectKey key);

    /** The revision of the newest write, 0 before the first. */
    CompletableFuture<Long> currentRevision();
}
