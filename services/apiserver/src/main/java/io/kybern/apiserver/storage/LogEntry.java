package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * One change in the log.
 *
 * @param revision the change's revision; the log has one entry for each revision, none is left out
 * @param verb what was done
 * @param resource the resource, by where it is stored
 * @param key the object
 * @param json the object's new JSON, for a delete its last state, without {@code metadata.resourceVersion}; null if it cannot
 *     be read, for example because the key that opens it is gone
 */
public record LogEntry(long revision, Verb verb, GroupResource resource, ObjectKey key, byte @Nullable [] json) {

    /** What a write did; the constants' names are what the log holds. */
    public enum Verb {
        ADDED,
        MODIFIED,
        DELETED
    }
}
