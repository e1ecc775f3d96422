package io.kybern.schema;

import io.kybern.api.ResourceType;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A custom resource in one version, as the documents describe it.
 *
 * @param schema its {@code openAPIV3Schema}; missing if everything is allowed; not to be changed
 * @param selectable the paths of the fields that field selectors may name, without a leading dot
 */
public record CustomSchema(ResourceType type, JsonNode schema, List<String> selectable) {

    /** A resource of which nobody can change what is selectable. */
    public CustomSchema {
        selectable = List.copyOf(selectable);
    }
}
