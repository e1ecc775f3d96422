package io.kybern.api;

import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The one way in which Kybern reads and writes JSON trees: numbers keep their exact value, properties keep their order,
 * nothing is pretty-printed.
 */
public final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private Json() {}

    /** The configured mapper; immutable and safe to share. */
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /** An empty object. */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** An empty array. */
    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /**
     * Parses one JSON document.
     *
     * @throws tools.jackson.core.JacksonException if it is not JSON, or if something follows it
     */
    public static JsonNode read(byte[] json) {
        return MAPPER.readTree(json);
    }

    /** Parses one JSON document from a string; see {@link #read(byte[])}. */
    public static JsonNode read(String json) {
        return MAPPER.readTree(json);
    }

    /** Encodes a tree as UTF-8, without white space. */
    public static byte[] bytes(JsonNode tree) {
        return MAPPER.writeValueAsBytes(tree);
    }

    /**
     * Encodes a tree as a string the way Go does, where strings of Kubernetes contain JSON: what HTML and JavaScript would trip over is
     * escaped.
     */
    public static String escaped(JsonNode tree) {
        return string(tree)
                .replace("&", "\\u0026")
                .replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029");
    }

    /** Encodes a tree as a string, without white space. */
    public static String string(JsonNode tree) {
        return MAPPER.writeValueAsString(tree);
    }
}
