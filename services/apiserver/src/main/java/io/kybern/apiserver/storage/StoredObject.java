package io.kybern.apiserver.storage;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import tools.jackson.databind.node.ObjectNode;

/**
 * An object as it is kept.
 *
 * @param key its key
 * @param revision the revision of its last write, or of its delete
 * @param json its JSON without {@code metadata.resourceVersion}; not to be changed
 */
public record StoredObject(ObjectKey key, long revision, byte[] json) {

    /** A fresh tree, with {@code metadata.resourceVersion} set, for the caller to change. */
    public ObjectNode tree() {
        ObjectNode tree = (ObjectNode) Json.read(json);
        KubeObject.metadata(tree).put("resourceVersion", Long.toString(revision));
        return tree;
    }

    /** The JSON with {@code metadata.resourceVersion} in it. */
    public byte[] encoded() {
        return StoredJson.withRevision(json, revision);
    }
}
