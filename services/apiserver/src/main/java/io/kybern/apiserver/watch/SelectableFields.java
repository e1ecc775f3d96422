package io.kybern.apiserver.watch;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Knows which fields of an object field selectors may name, and their values. */
@FunctionalInterface
public interface SelectableFields {

    /** The fields by path, at least {@code metadata.name} and {@code metadata.namespace}; must not keep or change the object. */
    Map<String, String> of(GroupResource resource, ObjectNode object);

    /** Whether {@link #of} tells all fields; those of other resources are looked up when somebody asks, by their paths. */
    default boolean tellsAll(GroupResource resource) {
        return true;
    }

    /** The two fields that every object has. */
    static SelectableFields metadataOnly() {
        return (resource, object) ->
                Map.of("metadata.name", KubeObject.name(object), "metadata.namespace", KubeObject.namespace(object));
    }
}
