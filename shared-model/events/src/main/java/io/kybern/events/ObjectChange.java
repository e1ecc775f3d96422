package io.kybern.events;

import io.kybern.api.ObjectKey;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One object changed in an informer's cache. A hint: several changes may be told as one.
 *
 * @param key the object's key
 * @param before its state before; null if the cache did not hold it
 * @param after its state now; null if it is gone. Equal to {@code before} when a resync tells of an unchanged object
 */
public record ObjectChange<T>(
        ObjectKey key, @Nullable T before, @Nullable T after) {

    /** The states that are known, the one before first; but one if both are the same, as a resync tells them. */
    public List<T> states() {
        return Stream.of(Optional.ofNullable(before), Optional.ofNullable(after == before ? null : after))
                .flatMap(Optional::stream)
                .toList();
    }

    /** The newest state that is known: after, or for a deleted object before. */
    public T newest() {
        if (after != null) {
            return after;
        }
        if (before != null) {
            return before;
        }
        throw new IllegalStateException("a change of " + key + " has neither a state before nor one after");
    }
}
