package io.kybern.schema;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ObjectNode;

/** The lines of {@code zero-facts.txt}, whose head says what they mean: the models do not tell which Go fields are pointers. */
final class ZeroFacts {

    private final Map<String, String> byField = new HashMap<>();
    private final Set<String> unused = new TreeSet<>();

    static ZeroFacts read() {
        ZeroFacts facts = new ZeroFacts();
        Facts.read("zero-facts.txt").forEach(facts::add);
        facts.unused.addAll(facts.byField.keySet());
        return facts;
    }

    private void add(List<String> words) {
        words.subList(2, words.size()).forEach(field -> byField.put(words.get(0) + " " + field, words.get(1)));
    }

    /** Says in a field's schema what becomes of its zero value, if that is known. */
    void apply(String definition, String field, ObjectNode node) {
        String fact = byField.get(definition + " " + field);
        if (fact != null) {
            node.put(Schema.GO_ZERO, fact);
            unused.remove(definition + " " + field);
        }
    }

    /** The fields that no definition has. */
    Set<String> unused() {
        return unused;
    }
}
