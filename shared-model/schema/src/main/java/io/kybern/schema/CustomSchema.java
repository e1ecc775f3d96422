package io.kybern.schema;

import io.kybern.api.ResourceType;
import tools.jackson.databind.JsonNode;

/**
 * A custom resource in one version, as the documents describe it.
 *
 * @param schema its {@code openAPIV3Schema}; missing if everything is allowed; not to be changed
 */
public record CustomSchema(ResourceType type, JsonNode schema) {}
