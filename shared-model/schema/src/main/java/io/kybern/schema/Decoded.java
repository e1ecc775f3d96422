package io.kybern.schema;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body that was read as an object of some type.
 *
 * @param object only declared fields, nulls left out; the caller's to change
 * @param strictErrors what a strict reader objects to, in Kubernetes' words, at most 100: {@code unknown field "spec.foo"},
 *     {@code duplicate field "spec.replicas"}
 */
public record Decoded(ObjectNode object, List<String> strictErrors) {

    public Decoded {
        strictErrors = List.copyOf(strictErrors);
    }
}
