package io.kybern.apiserver.watch;

import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.storage.StoredJson;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * An object as the cache holds it. Immutable, shared by all readers.
 *
 * @param key its key
 * @param revision the revision of its last write, or of its delete
 * @param encoded its JSON in the version it is stored in, with {@code apiVersion}, {@code kind} and {@code
 *     metadata.resourceVersion}; not to be changed
 * @param labels its labels
 * @param fields its selectable fields
 */
public record CachedObject(
        ObjectKey key, long revision, byte[] encoded, Map<String, String> labels, Map<String, String> fields) {

    /** A fresh tree for the caller to change. */
    public ObjectNode tree() {
        return (ObjectNode) Json.read(encoded);
    }

    /** The same state under another revision: what a watcher is told of an object that left its selection. */
    CachedObject at(long otherRevision) {
        return new CachedObject(key, otherRevision, StoredJson.atRevision(encoded, otherRevision), labels, fields);
    }
}
