package io.kybern.apiserver.watch;

import io.kybern.api.GroupResource;
import io.kybern.apiserver.storage.StorageException;
import java.util.concurrent.CompletableFuture;

/**
 * Every object of the cluster in memory, at one revision, and the recent changes. It follows the store's log.
 *
 * <p>Resources are named by where they are kept ({@code ResourceType.storage()}); one without objects is empty, never unknown.
 * Behaviour follows <a href="https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions">Kubernetes API
 * concepts, resource versions</a>.
 */
public interface WatchCache {

    /**
     * A consistent state of one resource, as fresh as asked for.
     *
     * <p>The future fails with {@link StorageException.RevisionTooLarge} when the asked revision was not reached in time,
     * with {@link StorageException.RevisionTooOld} when an exact revision is no longer kept, and with {@link
     * StorageException.Unreachable} when the newest revision cannot be learnt. It may complete on the cache's own thread:
     * continue with {@code thenApplyAsync} or join it.
     */
    CompletableFuture<Snapshot> snapshot(GroupResource resource, RevisionRequest wanted);

    /**
     * Starts a watch and returns at once; the sink hears everything, errors too.
     *
     * <p>A watch keeps six promises: its events are ordered by revision, come once, leave no gap, are atomic, the watch can be
     * taken up again from any of its revisions, and a bookmark never overtakes an event.
     *
     * @param fromRevision {@link Watch#ANY} (0): the present state as {@link WatchEvent.Added} events, then changes; {@link
     *     Watch#UNSET}: the same from the store's newest state; else the changes after that revision, or {@link
     *     WatchEvent.Failed} with {@link StorageException.RevisionTooOld}. With {@link WatchOptions#sendInitialEvents} a
     *     revision only says how fresh the initial state must be
     */
    Watch watch(GroupResource resource, long fromRevision, Selection selection, WatchOptions options, WatchSink sink);

    /** About how many watches hear of most changes of a resource: those of single objects, or of few, are not counted. */
    default int watches(GroupResource resource) {
        return 0;
    }

    /**
     * Forgets a resource that is no longer served: its watches are closed, its changes and objects let go. Should there be objects
     * later, they are held again.
     */
    void forget(GroupResource resource);

    /** The revision that the cache has reached. */
    long revision();

    /** Whether the cache holds the whole store; until then snapshots wait. */
    boolean isReady();
}
