package io.kybern.apiserver.watch;

import io.kybern.api.ObjectKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The objects of one resource at one revision. Immutable: it costs no copy and may be kept as long as a reader needs it. */
public interface Snapshot {

    /** The revision of the whole store that this is the state of. */
    long revision();

    /**
     * The objects in the order of their keys.
     *
     * @param namespace only objects of that namespace; empty for all
     * @param after only objects whose key is greater; null for all
     */
    Iterable<CachedObject> range(String namespace, @Nullable ObjectKey after);

    /** One object. */
    Optional<CachedObject> get(ObjectKey key);

    /** Whether both hold the very same objects, so that nothing changed between them; quick. */
    boolean sameObjects(Snapshot other);

    /** How many objects a namespace holds, empty for all; quick. */
    int count(String namespace);
}
