package io.kybern.apiserver.custom;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The JSONPath of printer columns: names, quoted names, indexes, wildcards, recursive descent and filters that compare a field; see
 * "JSONPath Support" in the kubectl documentation. What a path does not find is no error.
 */
final class JsonPath {

    /** One step: from some nodes to those that it leads to. */
    @FunctionalInterface
    private interface Step {
        void walk(JsonNode node, List<JsonNode> found);
    }

    private final List<Step> steps = new ArrayList<>();
    private final String text;
    private int at;

    private JsonPath(String text) {
        this.text = text;
    }

    /** Reads a path such as {@code .status.conditions[?(@.type=="Ready")].status}; empty if it is none. */
    static Optional<JsonPath> parse(String text) {
        JsonPath path = new JsonPath(text);
        return path.read() ? Optional.of(path) : Optional.empty();
    }

    /** All nodes that the path leads to. */
    List<JsonNode> find(JsonNode root) {
        List<JsonNode> nodes = List.of(root);
        for (Step step : steps) {
            List<JsonNode> next = new ArrayList<>();
            nodes.forEach(node -> step.walk(node, next));
            nodes = next;
        }
        return nodes;
    }

    private boolean read() {
        while (at < text.length()) {
            boolean understood =
                    switch (text.charAt(at)) {
                        case '.' -> dot();
                        case '[' -> bracket();
                        default -> false;
                    };
            if (!understood) {
                return false;
            }
        }
        return true;
    }

    private boolean dot() {
        at++;
        if (at < text.length() && text.charAt(at) == '.') {
            steps.add(JsonPath::descend);
            at++;
        }
        if (at < text.length() && text.charAt(at) == '*') {
            at++;
            steps.add(JsonPath::children);
            return true;
        }
        StringBuilder name = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '.' && text.charAt(at) != '[') {
            if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                at++;
            }
            name.append(text.charAt(at));
            at++;
        }
        if (!name.isEmpty()) {
            steps.add(field(name.toString()));
        }
        return true;
    }

    private boolean bracket() {
        int end = closing();
        if (end < 0) {
            return false;
        }
        String inner = text.substring(at + 1, end).strip();
        at = end + 1;
        if (inner.startsWith("?(") && inner.endsWith(")")) {
            return filter(inner.substring(2, inner.length() - 1).strip());
        }
        if (inner.equals("*")) {
            steps.add(JsonPath::children);
            return true;
        }
        if (inner.length() > 1 && (inner.startsWith("'") || inner.startsWith("\""))) {
            steps.add(field(inner.substring(1, inner.length() - 1)));
            return true;
        }
        return slice(inner);
    }

    /** Where the bracket ends, past quoted text. */
    private int closing() {
        char quote = 0;
        for (int i = at + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '\'' || c == '"') {
                quote = c;
            } else if (c == ']') {
                return i;
            }
        }
        return -1;
    }

    private boolean slice(String inner) {
        String[] parts = inner.split(":", -1);
        try {
            if (parts.length == 1) {
                int index = Integer.parseInt(inner);
                steps.add((node, found) -> {
                    JsonNode element = node.get(index < 0 ? node.size() + index : index);
                    if (node.isArray() && element != null) {
                        found.add(element);
                    }
                });
                return true;
            }
            int from = parts[0].isEmpty() ? 0 : Integer.parseInt(parts[0]);
            int to = parts[1].isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(parts[1]);
            int by = parts.length > 2 && !parts[2].isEmpty() ? Integer.parseInt(parts[2]) : 1;
            if (by < 1 || parts.length > 3) {
                return false;
            }
            steps.add((node, found) -> {
                int size = node.isArray() ? node.size() : 0;
                int first = from < 0 ? Math.max(0, size + from) : from;
                int last = to < 0 ? size + to : Math.min(to, size);
                for (int i = first; i < last; i += by) {
                    found.add(node.get(i));
                }
            });
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private boolean filter(String condition) {
        for (String operator : List.of("==", "!=", "<=", ">=", "<", ">")) {
            int split = condition.indexOf(operator);
            if (split > 0) {
                String left = condition.substring(0, split).strip();
                String right = condition.substring(split + operator.length()).strip();
                return comparison(left, operator, right);
            }
        }
        return comparison(condition, "", "");
    }

    private boolean comparison(String left, String operator, String right) {
        if (!left.startsWith("@")) {
            return false;
        }
        Optional<JsonPath> path = parse(left.substring(1));
        if (path.isEmpty()) {
            return false;
        }
        boolean quoted = right.length() > 1 && (right.startsWith("\"") || right.startsWith("'"));
        String wanted = quoted ? right.substring(1, right.length() - 1) : right;
        steps.add((node, found) -> node.forEach(element -> {
            List<JsonNode> values = path.get().find(element);
            if (!values.isEmpty() && holds(values.getFirst(), operator, wanted)) {
                found.add(element);
            }
        }));
        return true;
    }

    private static boolean holds(JsonNode value, String operator, String wanted) {
        if (operator.isEmpty()) {
            return true;
        }
        int order;
        try {
            order = value.isNumber()
                    ? value.decimalValue().compareTo(new java.math.BigDecimal(wanted))
                    : value.asString("").compareTo(wanted);
        } catch (NumberFormatException e) {
            return operator.equals("!=");
        }
        return switch (operator) {
            case "==" -> order == 0;
            case "!=" -> order != 0;
            case "<=" -> order <= 0;
            case ">=" -> order >= 0;
            case "<" -> order < 0;
            default -> order > 0;
        };
    }

    private static Step field(String name) {
        return (node, found) -> {
            JsonNode value = node.get(name);
            if (value != null) {
                found.add(value);
            }
        };
    }

    private static void children(JsonNode node, List<JsonNode> found) {
        node.forEach(found::add);
    }

    private static void descend(JsonNode node, List<JsonNode> found) {
        found.add(node);
        node.forEach(child -> {
            if (child.isContainer()) {
                descend(child, found);
            }
        });
    }
}
