package io.kybern.schema;

import io.kybern.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The lines of {@code enum-facts.txt}, whose head says what they mean. */
final class EnumFacts {

    /**
     * One value of a set.
     *
     * @param value the value
     * @param text what is said of it; may be empty
     */
    private record Value(String value, String text) {

        static Value parse(String line) {
            int end = line.indexOf('"', 1) + 1;
            return new Value(
                    Json.read(line.substring(0, end)).asString(),
                    line.substring(end).strip());
        }

        String described() {
            return (" - `\"" + value + "\"` " + text).stripTrailing();
        }
    }

    private final Map<String, String> setByField = new HashMap<>();
    private final Map<String, List<Value>> sets = new HashMap<>();
    private final Set<String> unused = new TreeSet<>();

    static EnumFacts read() {
        EnumFacts facts = new EnumFacts();
        List<Value> set = new ArrayList<>();
        try (var in = Objects.requireNonNull(EnumFacts.class.getResourceAsStream("enum-facts.txt"))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                String[] words = line.split(" ");
                if (line.startsWith("  ")) {
                    set.add(Value.parse(line.strip()));
                } else if (words[0].equals("set")) {
                    set = new ArrayList<>();
                    facts.sets.put(words[1], set);
                } else if (!line.startsWith("#")) {
                    facts.setByField.put(words[0] + " " + words[1], words[2]);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        facts.unused.addAll(facts.setByField.keySet());
        return facts;
    }

    /** Adds to a field's schema the values that it, or each of its items, may have. */
    void apply(String definition, String field, ObjectNode node) {
        String set = setByField.get(definition + " " + field);
        if (set == null) {
            return;
        }
        unused.remove(definition + " " + field);
        List<Value> values = Objects.requireNonNull(sets.get(set), set);
        boolean many = node.path("type").asString("").equals("array");
        ArrayNode names = (many ? (ObjectNode) node.get("items") : node).putArray("enum");
        values.forEach(each -> names.add(each.value()));
        if (!many) {
            JsonNode description = node.path("description");
            StringBuilder text = new StringBuilder(description.asString("")).append("\n\nPossible enum values:");
            values.forEach(each -> text.append('\n').append(each.described()));
            node.put("description", text.toString());
        }
    }

    /** The fields that no definition has. */
    Set<String> unused() {
        return unused;
    }
}
