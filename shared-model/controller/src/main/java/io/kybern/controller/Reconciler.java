package io.kybern.controller;

import io.kybern.api.ObjectKey;

/**
 * Brings the cluster one step nearer to what one object asks for.
 *
 * <p>Called with a key and never with an event, so that lost, doubled and reordered events make no difference; at most once
 * at a time for one key, for several keys at once. A pass reads the caches, decides, writes through the API, and may be
 * repeated at any time: it must be idempotent. It may block, since it runs on a virtual thread, and must end soon after an
 * interrupt, which means that the service no longer leads.
 */
@FunctionalInterface
public interface Reconciler {

    /**
     * Runs one pass.
     *
     * @param key of the object to look at; it may be gone by now
     * @return what comes next for the key if nothing else happens
     * @throws Exception to be called again for the key after a growing delay
     */
    Outcome reconcile(ObjectKey key) throws Exception;

    /**
     * Told before the first pass, and again each time that the process has come to lead once more: what was noted about the time before
     * says nothing about the time in between.
     */
    default void begin() {}
}
