package io.kybern.apiserver.cel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The rules at one place of a schema, and at the places below. Filled once, then only read. */
final class RuleNode {

    private final JsonNode schema;
    private final SchemaType type;
    private final List<Rule> rules = new ArrayList<>();
    private final Map<String, RuleNode> properties = new LinkedHashMap<>();
    private final List<RuleNode> also = new ArrayList<>();
    private @Nullable RuleNode items;
    private @Nullable RuleNode values;

    /**
     * One rule.
     *
     * @param declared how it is written
     * @param program what says whether it holds
     * @param message what says why it does not
     * @param transition whether it looks at the old value
     * @param fieldPath where below its place a fault is told; empty for the place itself
     */
    record Rule(
            JsonNode declared, CelProgram program, @Nullable CelProgram message, boolean transition, String fieldPath) {

        String text(String field) {
            return declared.path(field).asString("").strip();
        }

        /** Whether it is also asked where there is no old value. */
        boolean optionalOld() {
            return declared.path("optionalOldSelf").asBoolean(false);
        }

        /** How messages name it. */
        String name() {
            return text("message").isEmpty() ? text("rule") : text("message");
        }
    }

    RuleNode(JsonNode schema, SchemaType type) {
        this.schema = schema;
        this.type = type;
    }

    void rule(Rule rule) {
        rules.add(rule);
    }

    void property(String name, @Nullable RuleNode node) {
        if (node != null) {
            properties.put(name, node);
        }
    }

    void items(@Nullable RuleNode node) {
        this.items = node;
    }

    void values(@Nullable RuleNode node) {
        this.values = node;
    }

    void also(@Nullable RuleNode node) {
        if (node != null) {
            also.add(node);
        }
    }

    boolean isEmpty() {
        return rules.isEmpty() && properties.isEmpty() && also.isEmpty() && items == null && values == null;
    }

    JsonNode schema() {
        return schema;
    }

    SchemaType type() {
        return type;
    }

    List<Rule> rules() {
        return rules;
    }

    Map<String, RuleNode> properties() {
        return properties;
    }

    List<RuleNode> also() {
        return also;
    }

    @Nullable
    RuleNode items() {
        return items;
    }

    @Nullable
    RuleNode values() {
        return values;
    }

    /** How messages say what the value is. */
    String typeName() {
        return schema.path("type").asString("");
    }

    /** What tells the elements of the list apart; empty if nothing does. */
    List<String> mapKeys() {
        List<String> keys = new ArrayList<>();
        if (schema.path("x-kubernetes-list-type").asString("").equals("map")) {
            schema.path("x-kubernetes-list-map-keys").forEach(each -> keys.add(each.asString("")));
        }
        return keys;
    }
}
