package io.kybern.apiserver.registry.extensions;

import io.kybern.schema.structural.TextFormat;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** What the author of a schema should hear although the schema is valid. */
final class SchemaWarnings {

    private SchemaWarnings() {}

    static void collect(JsonNode schema, Set<String> warnings) {
        if (!schema.isObject()) {
            return;
        }
        String format = schema.path("format").asString("");
        if (!format.isEmpty() && !TextFormat.isKnown(schema.path("type").asString(""), format)) {
            warnings.add("unrecognized format \"" + format + "\"");
        }
        String itemType = schema.path("items").path("type").asString("");
        boolean set = schema.path("x-kubernetes-list-type").asString("").equals("set");
        if (set && List.of("object", "array").contains(itemType)) {
            warnings.add(
                    "x-kubernetes-list-type: set for items of type \"%s\" is not supported by server-side apply or CEL validation rules"
                            .formatted(itemType));
        }
        schema.path("properties").forEach(each -> collect(each, warnings));
        for (String inner : List.of("items", "additionalProperties", "not")) {
            collect(schema.path(inner), warnings);
        }
        for (String junctor : List.of("allOf", "anyOf", "oneOf")) {
            schema.path(junctor).forEach(each -> collect(each, warnings));
        }
    }
}
