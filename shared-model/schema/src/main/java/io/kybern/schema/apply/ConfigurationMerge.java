package io.kybern.schema.apply;

import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lays a configuration over an object as server-side apply does, but for nobody: no field gets an owner, and what is only set as a whole
 * is not set. That is how a mutating admission policy changes objects.
 */
public final class ConfigurationMerge {

    private ConfigurationMerge() {}

    /**
     * Answers the object with the configuration laid over it.
     *
     * @param live the object; not changed
     * @param config the configuration; not changed
     * @param schema of both; null where nothing is declared
     */
    public static ObjectNode merge(ObjectNode live, ObjectNode config, @Nullable Schema schema) {
        return (ObjectNode) TypedMerge.merge(live, config, schema).deepCopy();
    }

    /** The paths of what the configuration could only set as a whole. */
    public static List<String> wholes(ObjectNode config, @Nullable Schema schema) {
        List<String> wholes = new ArrayList<>();
        collect(config, schema, "", wholes);
        return wholes;
    }

    private static void collect(JsonNode value, @Nullable Schema schema, String path, List<String> wholes) {
        if (!value.isContainer()) {
            return;
        }
        if (Shape.of(schema, value) == Shape.WHOLE) {
            wholes.add(path);
            return;
        }
        if (value.isObject()) {
            value.properties()
                    .forEach(each -> collect(
                            each.getValue(), Shape.below(schema, each.getKey()), path + "." + each.getKey(), wholes));
            return;
        }
        for (int i = 0; i < value.size(); i++) {
            if (schema != null) {
                collect(value.get(i), schema.items(), path + "[" + i + "]", wholes);
            }
        }
    }

    /** What in the configuration does not fit the schema: {@code .spec.foo: field not declared in schema}. */
    public static List<String> faults(ObjectNode config, Schema schema) {
        return ConfigCheck.errors(config, schema);
    }
}
