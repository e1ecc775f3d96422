package io.kybern.schema;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes objects that fit a schema, in canonical form. */
public final class RandomObjects {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<String> QUANTITIES = List.of("1", "100m", "2Gi", "5k", "0");
    private static final int MAX_DEPTH = 7;

    private final Random random;

    /** Objects that the seed of the source decides. */
    public RandomObjects(Random random) {
        this.random = random;
    }

    /** The next object. */
    public ObjectNode object(Schema schema) {
        return object(schema, 0);
    }

    private ObjectNode object(Schema schema, int depth) {
        ObjectNode object = NODES.objectNode();
        for (Map.Entry<String, Schema> field : schema.properties().entrySet()) {
            boolean wanted = depth < MAX_DEPTH && random.nextInt(depth < 2 ? 2 : 5) == 0;
            if (wanted && !field.getKey().startsWith("$")) {
                JsonNode value = value(field.getValue(), depth + 1);
                boolean nothing = value.isContainer() && value.isEmpty();
                if (!(nothing && field.getValue().type() != Schema.Type.OBJECT)
                        && !field.getValue().omits(value)) {
                    object.set(field.getKey(), value);
                }
            }
        }
        schema.shownFields().forEach(each -> each.setIfAbsent(object));
        return object;
    }

    private JsonNode value(Schema schema, int depth) {
        return switch (schema.type()) {
            case OBJECT -> object(schema, depth);
            case MAP -> {
                ObjectNode map = NODES.objectNode();
                for (int i = random.nextInt(3); i > 0; i--) {
                    map.set(word(), value(schema.items(), depth + 1));
                }
                yield map;
            }
            case ARRAY -> array(schema, depth);
            case STRING -> NODES.stringNode(string(schema));
            case INTEGER -> NODES.numberNode(random.nextInt(100));
            case NUMBER -> NODES.numberNode(random.nextInt(100));
            case BOOLEAN -> NODES.booleanNode(random.nextBoolean());
            case INT_OR_STRING -> random.nextBoolean() ? NODES.numberNode(random.nextInt(9)) : NODES.stringNode(word());
            case ANY -> NODES.objectNode().put(word(), random.nextInt(9));
        };
    }

    /** Elements that have keys have all of them, and no two share the first. */
    private ArrayNode array(Schema schema, int depth) {
        ArrayNode array = NODES.arrayNode();
        Set<String> seen = new HashSet<>();
        Set<String> keys = new LinkedHashSet<>();
        if (!schema.patchMergeKey().isEmpty()) {
            keys.add(schema.patchMergeKey());
        }
        keys.addAll(schema.mapKeys());
        for (int i = random.nextInt(4); i > 0; i--) {
            JsonNode element = value(schema.items(), depth + 1);
            for (String key : keys) {
                boolean number = schema.items().properties().get(key).type() == Schema.Type.INTEGER;
                ((ObjectNode) element)
                        .set(key, number ? NODES.numberNode(random.nextInt(9)) : NODES.stringNode(word()));
            }
            JsonNode identity =
                    keys.isEmpty() ? element : element.get(keys.iterator().next());
            if (seen.add(identity.toString())) {
                array.add(element);
            }
        }
        return array;
    }

    private String string(Schema schema) {
        if (schema.definitionName().endsWith(".Quantity")) {
            return QUANTITIES.get(random.nextInt(QUANTITIES.size()));
        }
        if (schema.definitionName().endsWith(".MicroTime")) {
            return "2024-01-02T03:04:05.00000%dZ".formatted(random.nextInt(10));
        }
        if (schema.definitionName().endsWith(".Time")) {
            return "2024-01-02T03:04:0%dZ".formatted(random.nextInt(10));
        }
        return schema.format().equals("byte") ? List.of("", "aGk=", "AAAA").get(random.nextInt(3)) : word();
    }

    private String word() {
        return String.valueOf((char) ('a' + random.nextInt(6)));
    }
}
