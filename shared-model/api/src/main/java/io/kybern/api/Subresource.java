package io.kybern.api;

import java.util.Set;

/**
 * A part of an object with an address of its own, such as {@code status} or {@code scale}.
 *
 * @param name the last segment of its path
 * @param kind what is read and written there; {@code scale} for example answers {@code autoscaling/v1 Scale}
 * @param verbs what discovery lists for it
 */
public record Subresource(String name, GroupVersionKind kind, Set<Verb> verbs) {

    public Subresource {
        verbs = Set.copyOf(verbs);
    }
}
