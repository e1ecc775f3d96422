package io.kybern.apiserver.request;

import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import java.util.List;
import tools.jackson.core.JacksonException;
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
            tree = beginsAsJson(body) ? Json.read(body) : YamlReader.read(body);
        } catch (JacksonException e) {
            throw unreadable(e.getOriginalMessage());
        } catch (YamlException e) {
            throw unreadable(e.text());
        }
        if (tree instanceof ObjectNode object) {
            return object;
        }
        throw ApiException.badRequest(
                "error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go value of type map[string]interface {}"
                        .formatted(goType(tree)));
    }

    private static ApiException unreadable(String problem) {
        return ApiException.badRequest("error decoding patch: error converting YAML to JSON: yaml: " + problem);
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
        try {
            return YamlReader.duplicates(body);
        } catch (YamlException e) {
            // JSON that YAML does not know; its own reader has found nothing wrong
            return List.of();
        }
    }
}
