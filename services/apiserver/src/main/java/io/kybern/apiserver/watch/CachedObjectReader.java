package io.kybern.apiserver.watch;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredJson;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/** Makes cached objects of stored ones: the only place where each change is parsed and encoded, once. */
final class CachedObjectReader {

    private static final Logger LOG = LoggerFactory.getLogger(CachedObjectReader.class);

    private final SelectableFields fields;

    CachedObjectReader(SelectableFields fields) {
        this.fields = fields;
    }

    /** The cached object; empty, and reported, if the stored bytes are no object. */
    Optional<CachedObject> read(GroupResource resource, ObjectKey key, long revision, byte @Nullable [] json) {
        if (json == null) {
            return Optional.empty();
        }
        try {
            ObjectNode tree = (ObjectNode) Json.read(json);
            byte[] encoded = StoredJson.withRevision(json, revision);
            Map<String, String> known = fields.of(resource, tree);
            return Optional.of(new CachedObject(
                    key,
                    revision,
                    encoded,
                    KubeObject.labels(tree),
                    fields.tellsAll(resource) ? known : new FieldsByPath(known, encoded)));
        } catch (JacksonException | ClassCastException | StorageException e) {
            LOG.atError()
                    .addKeyValue("resource", resource)
                    .addKeyValue("object", key)
                    .addKeyValue("cause", e.getMessage())
                    .log("a stored object is no JSON object and is left out");
            return Optional.empty();
        }
    }
}
