package io.kybern.apiserver.admission.matching;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Where the namespace of a request is read, though it was created a moment ago. */
@FunctionalInterface
public interface NamespaceSource {

    /** The namespace, not to be changed; empty if there is none of that name. */
    Optional<JsonNode> find(String name);
}
