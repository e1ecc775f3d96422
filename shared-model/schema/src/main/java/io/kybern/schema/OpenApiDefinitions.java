package io.kybern.schema;

import io.kybern.api.GroupVersionKind;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** The definitions that a document may refer to. */
interface OpenApiDefinitions {

    /** The OpenAPI name of a kind's definition; empty if there is none. */
    Optional<String> definitionName(GroupVersionKind kind);

    /** A fresh copy of a definition: references are bare names. */
    ObjectNode document(String openApiName);

    /** Whether objects of the kind take strategic merge patches. */
    default boolean mergesStrategically(GroupVersionKind kind) {
        return true;
    }
}
