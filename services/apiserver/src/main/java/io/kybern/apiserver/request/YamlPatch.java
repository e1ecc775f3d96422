package io.kybern.apiserver.request;

import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the configuration of a server-side apply: YAML, of which JSON is a part.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#serialization">serialization</a>
 */
public final class YamlPatch {

    private YamlPatch() {}

    /**
     * The configuration; of keys that come twice the last one counts.
     *
     * @throws ApiException 400 if it is no object
     */
    public static ObjectNode read(byte[] body) {
        JsonNode tree;
        try {
            tree = beginsAsJson(body) ? Json.read(body) : YamlText.read(body);
        } catch (JacksonException e) {
            throw ApiException.badRequest(
                    "error decoding patch: error converting YAML to JSON: yaml: " + e.getOriginalMessage());
        }
        if (tree instanceof ObjectNode object) {
            return object;
        }
        throw ApiException.badRequest(
                "error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go value of type map[string]interface {}"
                        .formatted(goType(tree)));
    }

    private static boolean beginsAsJson(byte[] body) {
        return body.length > 0 && body[0] == '{';
    }

    private static String goType(JsonNode tree) {
        return switch (tree.getNodeType()) {
            case ARRAY -> "array";
            case STRING, BINARY -> "string";
            case NUMBER -> "number";
            case BOOLEAN -> "bool";
            default -> "null";
        };
    }

    /** What a strict reader objects to: keys that come twice, with their lines. */
    public static List<String> duplicates(byte[] body) {
        List<String> duplicates = new ArrayList<>();
        Deque<Set<String>> keys = new ArrayDeque<>();
        try (JsonParser parser = YamlText.parser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                switch (token) {
                    case START_OBJECT -> keys.push(new HashSet<>());
                    case END_OBJECT -> keys.pop();
                    case PROPERTY_NAME -> {
                        if (!keys.getFirst().add(parser.currentName())) {
                            duplicates.add("line %d: key \"%s\" already set in map"
                                    .formatted(parser.currentTokenLocation().getLineNr(), parser.currentName()));
                        }
                    }
                    default -> {}
                }
            }
        }
        return duplicates;
    }
}
