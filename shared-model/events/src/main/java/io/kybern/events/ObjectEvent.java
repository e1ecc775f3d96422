package io.kybern.events;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * One record of an object topic.
 *
 * @param type what happened
 * @param topic the topic it was read from or goes to
 * @param resource the resource, by where it is stored; for a bookmark of the custom topic any of them
 * @param key the object; null for a bookmark
 * @param revision the revision of the change; for a bookmark the revision up to which the topic tells everything
 * @param sequence counts up by one per topic with every change; a bookmark repeats that of the last change
 * @param object the JSON of the object, for a delete of its last state; empty for a bookmark
 */
public record ObjectEvent(
        Type type,
        String topic,
        GroupResource resource,
        @Nullable ObjectKey key,
        long revision,
        long sequence,
        byte[] object) {

    /** What a record tells; the constants' names are what travels. */
    public enum Type {
        ADDED,
        MODIFIED,
        DELETED,
        BOOKMARK
    }
}
