package io.kybern.schema.structural;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes out the fields that a schema does not know.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning">field
 *     pruning</a>
 */
public final class Pruner {

    /** As many unknown fields as one answer tells of. */
    private static final int MAX_UNKNOWN = 100;

    private static final Set<String> META = Set.of("apiVersion", "kind", "metadata");

    private final List<String> unknown = new ArrayList<>();
    private final StringBuilder path = new StringBuilder();

    private Pruner() {}

    /**
     * Prunes a value in place.
     *
     * @param value the value; what it contains is changed
     * @param schema of a whole resource (see {@link Structural#ofResource}) or of a part
     * @return the paths of what was taken out, sorted, at most a hundred
     */
    public static List<String> prune(JsonNode value, Structural schema) {
        Pruner pruner = new Pruner();
        pruner.prune(value, schema, false);
        Collections.sort(pruner.unknown);
        return pruner.unknown;
    }

    /**
     * One value.
     *
     * @param schema null if nothing is known of the value
     * @param kept whether it lies in a value whose unknown fields are kept; what is declared in there is pruned all the same
     */
    private void prune(JsonNode value, @Nullable Structural schema, boolean kept) {
        if (kept && schema == null) {
            return;
        }
        boolean keeps = schema != null && (kept || schema.preservesUnknown());
        int length = path.length();
        if (value instanceof ObjectNode object) {
            fields(object, schema, keeps);
        } else if (value instanceof ArrayNode array) {
            Structural items = schema == null ? null : schema.items();
            for (int i = 0; i < array.size(); i++) {
                path.append('[').append(i).append(']');
                prune(array.get(i), items, keeps);
                path.setLength(length);
            }
        }
    }

    private void fields(ObjectNode object, @Nullable Structural schema, boolean keeps) {
        int length = path.length();
        for (Map.Entry<String, JsonNode> field : List.copyOf(object.properties())) {
            String name = field.getKey();
            if (schema != null && schema.embedded() && META.contains(name)) {
                continue;
            }
            Structural declared = schema == null ? null : schema.properties().get(name);
            Structural additional = schema == null ? null : schema.additional();
            if (declared != null || additional != null) {
                enter(name);
                prune(field.getValue(), declared == null ? additional : declared, false);
                path.setLength(length);
            } else if (schema != null && schema.anyAdditional()) {
                enter(name);
                prune(field.getValue(), null, false);
                path.setLength(length);
            } else if (!keeps) {
                if (!META.contains(name) || length > 0) {
                    report(name);
                }
                object.remove(name);
            }
        }
    }

    private void enter(String name) {
        if (!path.isEmpty()) {
            path.append('.');
        }
        path.append(name);
    }

    private void report(String name) {
        if (unknown.size() < MAX_UNKNOWN) {
            unknown.add(path.isEmpty() ? name : path + "." + name);
        }
    }
}
