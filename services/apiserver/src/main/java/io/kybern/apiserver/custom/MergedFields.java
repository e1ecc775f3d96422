package io.kybern.apiserver.custom;

import io.kybern.api.Json;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The schema of a custom kind as merges need it: with what every object has, and with its open parts marked as such; see
 * "Custom Resources" and the merge strategies of server-side apply.
 */
final class MergedFields {

    private static final String METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
    private static final String OPEN = "x-kubernetes-preserve-unknown-fields";

    private MergedFields() {}

    /** The schema of whole objects. */
    static ObjectNode of(JsonNode schema) {
        ObjectNode whole = schema instanceof ObjectNode declared
                ? declared.deepCopy()
                : Json.object().put("type", "object").put(OPEN, true);
        open(whole);
        resource(whole);
        return whole;
    }

    private static void resource(ObjectNode schema) {
        ObjectNode properties =
                schema.get("properties") instanceof ObjectNode declared ? declared : schema.putObject("properties");
        properties.putObject("apiVersion").put("type", "string");
        properties.putObject("kind").put("type", "string");
        properties.putObject("metadata").put("$ref", METADATA);
    }

    private static void open(ObjectNode schema) {
        if (schema.path("additionalProperties").asBoolean(false)) {
            schema.remove("additionalProperties");
            schema.put(OPEN, true);
        }
        if (schema.path("x-kubernetes-embedded-resource").asBoolean(false)) {
            resource(schema);
        }
        for (Map.Entry<String, JsonNode> each : schema.path("properties").properties()) {
            openIfSchema(each.getValue());
        }
        openIfSchema(schema.path("items"));
        openIfSchema(schema.path("additionalProperties"));
    }

    private static void openIfSchema(JsonNode node) {
        if (node instanceof ObjectNode schema) {
            open(schema);
        }
    }
}
