package io.kybern.apiserver.endpoints;

import io.kybern.apiserver.storage.StoredObject;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a write came to.
 *
 * @param tree makes the object as it is now, in the version of the URL; most answers need only the stored bytes
 * @param stored what was stored; null if nothing was
 * @param revision the revision of the write, 0 if nothing was stored
 * @param created whether it was not there before
 * @param deleted whether the write was what a deletion had waited for, so that the object is gone
 */
record Written(
        Supplier<ObjectNode> tree, @Nullable StoredObject stored, long revision, boolean created, boolean deleted) {

    /** The object as it is now, in the version of the URL. */
    ObjectNode object() {
        return tree.get();
    }
}
