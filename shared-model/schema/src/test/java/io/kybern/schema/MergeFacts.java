package io.kybern.schema;

import io.kybern.api.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The lines of {@code merge-facts.txt}, whose head says what they mean. */
final class MergeFacts {

    private final Map<String, Map<String, List<String>>> byDefinition = new TreeMap<>();

    static MergeFacts read() {
        MergeFacts facts = new MergeFacts();
        Facts.read("merge-facts.txt").forEach(facts::add);
        return facts;
    }

    /** The definitions that have facts. */
    Set<String> names() {
        return byDefinition.keySet();
    }

    /** The definition of that bare name and version, if exactly one has facts. */
    Optional<String> declaredIn(String name, String version) {
        List<String> found = names().stream()
                .filter(each -> each.endsWith("." + version + "." + name))
                .toList();
        return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
    }

    /** Adds to a field's schema what is known of it; the field {@code .} is the type itself. */
    void apply(String definition, String field, ObjectNode node) {
        for (String fact : byDefinition.getOrDefault(definition, Map.of()).getOrDefault(field, List.of())) {
            String value = fact.substring(fact.indexOf('=') + 1);
            switch (fact.substring(0, fact.indexOf('='))) {
                case "map" -> node.put("x-kubernetes-map-type", value);
                case "list" -> node.put("x-kubernetes-list-type", value);
                case "keys" -> {
                    ArrayNode keys = node.putArray("x-kubernetes-list-map-keys");
                    List.of(value.split(",")).forEach(keys::add);
                }
                case "strategy" -> node.put("x-kubernetes-patch-strategy", value);
                case "merge-key" -> node.put("x-kubernetes-patch-merge-key", value);
                case "default" -> node.set("default", Json.read(value));
                case "union" -> node.putArray("x-kubernetes-unions").add(Json.read(value));
                default -> throw new IllegalStateException("unknown fact " + fact);
            }
        }
    }

    private void add(List<String> words) {
        byDefinition
                .computeIfAbsent(words.get(0), name -> new HashMap<>())
                .computeIfAbsent(words.get(1), field -> new ArrayList<>())
                .addAll(words.subList(2, words.size()));
    }
}
