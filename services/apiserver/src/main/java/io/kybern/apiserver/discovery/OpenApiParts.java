package io.kybern.apiserver.discovery;

import io.kybern.api.Json;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts what other servers say of their APIs into one OpenAPI 2 document; see "Aggregation Layer". A definition that two servers
 * describe differently is there twice, the second time under another name.
 */
public final class OpenApiParts {

    private static final String REFERENCE = "$ref";
    private static final String DEFINITIONS = "#/definitions/";

    private OpenApiParts() {}

    /**
     * The part of a server's document that is about one of its APIs: the paths below it and the definitions that they lead to.
     *
     * @param document what the server says of everything that it serves
     * @param prefix for example {@code /apis/example.com/v1}
     */
    public static ObjectNode of(JsonNode document, String prefix) {
        ObjectNode part = Json.object();
        ObjectNode paths = part.putObject("paths");
        document.path("paths").properties().forEach(path -> {
            if (path.getKey().equals(prefix)
                    || path.getKey().equals(prefix + "/")
                    || path.getKey().startsWith(prefix + "/")) {
                paths.set(path.getKey(), path.getValue());
            }
        });
        ObjectNode definitions = part.putObject("definitions");
        Deque<JsonNode> unread = new ArrayDeque<>();
        unread.add(paths);
        while (!unread.isEmpty()) {
            for (String name : references(unread.remove())) {
                JsonNode definition = document.path("definitions").path(name);
                if (!definitions.has(name) && definition.isObject()) {
                    definitions.set(name, definition);
                    unread.add(definition);
                }
            }
        }
        return part;
    }

    /** A document with the parts of others. The document is changed and answered; of a path that comes twice the first counts. */
    static ObjectNode merged(ObjectNode document, Collection<? extends JsonNode> parts) {
        for (JsonNode part : parts) {
            add(document.withObjectProperty("paths"), document.withObjectProperty("definitions"), part);
        }
        return document;
    }

    private static void add(ObjectNode paths, ObjectNode definitions, JsonNode part) {
        Map<String, String> renamed = new HashMap<>();
        part.path("definitions").properties().forEach(each -> {
            JsonNode known = definitions.get(each.getKey());
            if (known != null && !known.equals(each.getValue())) {
                renamed.put(each.getKey(), free(each.getKey(), definitions, part.path("definitions")));
            }
        });
        part.path("definitions").properties().forEach(each -> {
            String name = renamed.getOrDefault(each.getKey(), each.getKey());
            if (!definitions.has(name)) {
                definitions.set(name, pointing(each.getValue(), renamed));
            }
        });
        part.path("paths").properties().forEach(each -> {
            if (!paths.has(each.getKey())) {
                paths.set(each.getKey(), pointing(each.getValue(), renamed));
            }
        });
    }

    private static String free(String name, JsonNode definitions, JsonNode others) {
        int number = 2;
        while (definitions.has(name + "_v" + number) || others.has(name + "_v" + number)) {
            number++;
        }
        return name + "_v" + number;
    }

    private static JsonNode pointing(JsonNode node, Map<String, String> renamed) {
        if (renamed.isEmpty()) {
            return node;
        }
        JsonNode copy = node.deepCopy();
        Deque<JsonNode> unread = new ArrayDeque<>();
        unread.add(copy);
        while (!unread.isEmpty()) {
            JsonNode each = unread.remove();
            String target = target(each);
            if (renamed.containsKey(target)) {
                ((ObjectNode) each)
                        .set(REFERENCE, JsonNodeFactory.instance.stringNode(DEFINITIONS + renamed.get(target)));
            }
            each.forEach(unread::add);
        }
        return copy;
    }

    private static Set<String> references(JsonNode node) {
        Set<String> found = new LinkedHashSet<>();
        Deque<JsonNode> unread = new ArrayDeque<>();
        unread.add(node);
        while (!unread.isEmpty()) {
            JsonNode each = unread.remove();
            String target = target(each);
            if (!target.isEmpty()) {
                found.add(target);
            }
            each.forEach(unread::add);
        }
        return found;
    }

    private static String target(JsonNode node) {
        String reference = node.isObject() ? node.path(REFERENCE).asString("") : "";
        return reference.startsWith(DEFINITIONS) ? reference.substring(DEFINITIONS.length()) : "";
    }
}
