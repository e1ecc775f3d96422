package io.kybern.apiserver.authn;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What the server knows of an object right now, without asking the store: may lag behind by moments. */
@FunctionalInterface
public interface ObjectLookup {

    /** The object, or empty; not to be changed. */
    Optional<JsonNode> find(GroupResource resource, ObjectKey key);
}
