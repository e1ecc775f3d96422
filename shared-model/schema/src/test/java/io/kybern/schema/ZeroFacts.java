package io.kybern.schema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ObjectNode;

/** The lines of {@code zero-facts.txt}, whose head says what they mean: the models do not tell which Go fields are pointers. */
final class ZeroFacts {

    private final Map<String, String> byField = new HashMap<>();
    private final Set<String> unused = new TreeSet<>();

    static ZeroFacts read() {
        ZeroFacts facts = new ZeroFacts();
        try (var in = Objects.requireNonNull(ZeroFacts.class.getResourceAsStream("zero-facts.txt"))) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(facts::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        facts.unused.addAll(facts.byField.keySet());
        return facts;
    }

    private void add(String line) {
        String[] words = line.split(" ");
        for (int i = 2; i < words.length; i++) {
            byField.put(words[0] + " " + words[i], words[1]);
        }
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
