package io.kybern.schema.structural;

import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The way to a field as definitions of custom resources write it: {@code .spec.size} or {@code .spec['a.b']}. There are no
 * wildcards and no filters.
 */
public final class SimplePath {

    private final List<String> names;

    private SimplePath(List<String> names) {
        this.names = List.copyOf(names);
    }

    /** Reads a path; empty if it is none. */
    public static Optional<SimplePath> of(String text) {
        List<String> names = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int next = text.startsWith("['", at) ? quoted(text, at, names) : dotted(text, at, names);
            if (next < 0) {
                return Optional.empty();
            }
            at = next;
        }
        return names.isEmpty() ? Optional.empty() : Optional.of(new SimplePath(names));
    }

    private static int quoted(String text, int at, List<String> names) {
        int end = text.indexOf("']", at + 2);
        if (end <= at + 2) {
            return -1;
        }
        names.add(text.substring(at + 2, end));
        return end + 2;
    }

    private static int dotted(String text, int at, List<String> names) {
        if (text.charAt(at) != '.') {
            return -1;
        }
        int end = at + 1;
        while (end < text.length() && text.charAt(end) != '.' && text.charAt(end) != '[') {
            end++;
        }
        if (end == at + 1) {
            return -1;
        }
        names.add(text.substring(at + 1, end));
        return end;
    }

    /** The names on the way. */
    public List<String> names() {
        return names;
    }

    /** The field's value; missing if the way ends before. */
    public JsonNode in(JsonNode object) {
        JsonNode found = object;
        for (String name : names) {
            found = found.path(name);
        }
        return found;
    }

    /** Whether a schema has such a field. */
    boolean leadsSomewhere(JsonNode schema) {
        return schemaOf(schema) != null;
    }

    /** The schema of the field; null if there is no such field. */
    public @Nullable JsonNode schemaOf(JsonNode schema) {
        JsonNode found = schema;
        for (String name : names) {
            JsonNode declared = found.path("properties").path(name);
            JsonNode next = declared.isMissingNode() ? found.path("additionalProperties") : declared;
            if (!next.isObject()) {
                return null;
            }
            found = next;
        }
        return found;
    }

    /** As messages write it: keys of maps in brackets, fields after dots. */
    public String shown(JsonNode schema) {
        FieldPath shown = FieldPath.root();
        JsonNode at = schema;
        for (String name : names) {
            boolean declared = !at.path("properties").isMissingNode();
            shown = declared ? shown.child(name) : shown.key(name);
            at = declared ? at.path("properties").path(name) : at.path("additionalProperties");
        }
        return shown.toString();
    }

    /** As it is written in field selectors: without the first dot. */
    public String label() {
        return String.join(".", names);
    }
}
