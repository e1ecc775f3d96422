package io.kybern.controller.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Models as trees that are equal when they mean the same, and short names for such trees. */
public final class Canonical {

    /** Letters and digits without vowels and look-alikes, so that no hash reads as a word. */
    private static final String SAFE = "bcdfghjklmnpqrstvwxz2456789";

    private static final int FNV_OFFSET = 0x811c9dc5;
    private static final int FNV_PRIME = 0x01000193;

    private static final ObjectMapper CANONICAL = JsonMapper.builder()
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_EMPTY, JsonInclude.Include.NON_NULL))
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private Canonical() {}

    /** The tree of a model, without what models and decoders add and leave out as they please. */
    public static JsonNode tree(Object model) {
        return pruned(CANONICAL.valueToTree(model));
    }

    /** Whether two trees say the same; a number is the same however it was read. */
    public static boolean same(JsonNode one, JsonNode other) {
        return text(one).equals(text(other));
    }

    /**
     * The hash of a tree.
     *
     * @param collisions how often the name with the hash was taken by another tree; each makes another hash
     */
    public static String hash(JsonNode tree, @Nullable Integer collisions) {
        int hash = FNV_OFFSET;
        for (byte b : text(tree).getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * FNV_PRIME;
        }
        if (collisions != null) {
            for (byte b : Integer.toString(collisions).getBytes(StandardCharsets.US_ASCII)) {
                hash = (hash ^ (b & 0xff)) * FNV_PRIME;
            }
        }
        StringBuilder safe = new StringBuilder();
        for (char digit : Integer.toUnsignedString(hash).toCharArray()) {
            safe.append(SAFE.charAt(digit % SAFE.length()));
        }
        return safe.toString();
    }

    /** Reads a model from a tree. */
    public static <T> T read(JsonNode tree, Class<T> model) {
        try {
            return CANONICAL.treeToValue(tree, model);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a " + model.getSimpleName(), e);
        }
    }

    private static String text(JsonNode tree) {
        try {
            return CANONICAL.writeValueAsString(sorted(tree));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always JSON", e);
        }
    }

    /** Drops empty objects, which models and decoders add and leave out as they please. */
    private static JsonNode pruned(JsonNode node) {
        if (node instanceof ObjectNode object) {
            ObjectNode result = CANONICAL.createObjectNode();
            object.properties().forEach(entry -> {
                JsonNode value = entry.getValue();
                boolean absent = value.isNull()
                        || value.isArray() && value.isEmpty()
                        || value.isObject() && value.isEmpty() && entry.getKey().equals("resources");
                if (!absent) {
                    result.set(entry.getKey(), pruned(value));
                }
            });
            return result;
        }
        if (node.isArray()) {
            var array = CANONICAL.createArrayNode();
            node.forEach(element -> array.add(pruned(element)));
            return array;
        }
        return node;
    }

    private static JsonNode sorted(JsonNode node) {
        if (node.isObject()) {
            TreeMap<String, JsonNode> fields = new TreeMap<>();
            node.properties().forEach(entry -> fields.put(entry.getKey(), sorted(entry.getValue())));
            ObjectNode result = CANONICAL.createObjectNode();
            fields.forEach(result::set);
            return result;
        }
        if (node.isArray()) {
            var array = CANONICAL.createArrayNode();
            node.forEach(element -> array.add(sorted(element)));
            return array;
        }
        return node;
    }
}
