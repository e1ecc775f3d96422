package io.kybern.controller.client;

import org.jspecify.annotations.Nullable;

/**
 * How to delete, and only if what.
 *
 * @param uid delete only the object with this uid, null for any
 * @param resourceVersion delete only this state of the object, null for any
 * @param gracePeriodSeconds how long the object may take to end, null for its own period
 * @param propagation what becomes of its dependents: {@code Background}, {@code Foreground} or {@code Orphan}; null for the default
 */
public record DeleteRequest(
        @Nullable String uid,
        @Nullable String resourceVersion,
        @Nullable Long gracePeriodSeconds,
        @Nullable String propagation) {

    /** Deletes whatever has the name. */
    public static DeleteRequest any() {
        return new DeleteRequest(null, null, null, null);
    }

    /** Deletes the object only if it is still that one. */
    public static DeleteRequest ofUid(String uid) {
        return new DeleteRequest(uid, null, null, null);
    }

    /** The same without waiting for a graceful end. */
    public DeleteRequest now() {
        return new DeleteRequest(uid, resourceVersion, 0L, propagation);
    }

    /** The same with that treatment of dependents. */
    public DeleteRequest propagating(String policy) {
        return new DeleteRequest(uid, resourceVersion, gracePeriodSeconds, policy);
    }

    /** The same for that state of the object only. */
    public DeleteRequest atVersion(String version) {
        return new DeleteRequest(uid, version, gracePeriodSeconds, propagation);
    }
}
