package io.kybern.apiserver.cel;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One evaluation of all rules on one object, within one budget. Belongs to one thread. */
final class RuleRun {

    private static final String NOWHERE = "<nil>";
    private static final int MAX_MESSAGE = 5 * 1024;

    private final CelBudget budget = CelBudget.perObject();
    private final List<FieldError> errors = new ArrayList<>();
    private final List<FieldError> forgiven = new ArrayList<>();
    private boolean stopped;

    List<FieldError> errors() {
        return errors;
    }

    /** What is wrong, but was so before and did not change. */
    List<FieldError> forgiven() {
        return forgiven;
    }

    /**
     * What the value is compared with to say whether it changed: its own old value, or that of the nearest part around it that has one.
     *
     * @param known whether there is anything to compare with
     * @param unchanged whether it is equal
     * @param here whether the old value is that of the very place
     */
    record Correlation(boolean known, boolean unchanged, boolean here) {

        static Correlation start(JsonNode value, @Nullable JsonNode old) {
            return old == null ? new Correlation(false, false, false) : new Correlation(true, same(value, old), true);
        }

        Correlation child(JsonNode value, @Nullable JsonNode old) {
            if (!known || unchanged) {
                return this;
            }
            return old == null ? new Correlation(true, false, false) : new Correlation(true, same(value, old), true);
        }

        private static boolean same(JsonNode one, JsonNode other) {
            return one.equals(
                    (left, right) -> {
                        if (left.isNumber() && right.isNumber()) {
                            return left.decimalValue().compareTo(right.decimalValue());
                        }
                        return left.equals(right) ? 0 : 1;
                    },
                    other);
        }
    }

    void visit(RuleNode node, JsonNode value, @Nullable JsonNode old, FieldPath path, Correlation before) {
        if (stopped || value.isNull()) {
            return;
        }
        evaluate(node, value, old, path, before);
        for (RuleNode each : node.also()) {
            visit(each, value, old, path, before);
        }
        if (value.isObject()) {
            fields(node, value, old == null || !old.isObject() ? null : old, path, before);
        } else if (value.isArray() && node.items() != null) {
            elements(node, node.items(), value, old, path, before);
        }
    }

    private void fields(RuleNode node, JsonNode value, @Nullable JsonNode old, FieldPath path, Correlation before) {
        for (Map.Entry<String, JsonNode> each : value.properties()) {
            RuleNode declared = node.properties().get(each.getKey());
            JsonNode oldValue = old == null ? null : old.get(each.getKey());
            Correlation there = before.child(each.getValue(), oldValue);
            if (declared != null) {
                visit(declared, each.getValue(), oldValue, path.child(each.getKey()), there);
            } else if (node.values() != null) {
                visit(node.values(), each.getValue(), oldValue, path.key(each.getKey()), there);
            }
        }
    }

    private void elements(
            RuleNode node, RuleNode items, JsonNode value, @Nullable JsonNode old, FieldPath path, Correlation before) {
        List<String> keys = node.mapKeys();
        Map<List<JsonNode>, JsonNode> known = new HashMap<>();
        if (old != null && !keys.isEmpty()) {
            old.forEach(each -> known.put(key(each, keys), each));
        }
        for (int i = 0; i < value.size(); i++) {
            JsonNode element = value.get(i);
            JsonNode oldElement = keys.isEmpty() ? null : known.get(key(element, keys));
            visit(items, element, oldElement, path.index(i), before.child(element, oldElement));
        }
    }

    private static List<JsonNode> key(JsonNode element, List<String> keys) {
        return keys.stream().map(element::path).toList();
    }

    private void evaluate(RuleNode node, JsonNode value, @Nullable JsonNode old, FieldPath path, Correlation before) {
        if (node.rules().isEmpty()) {
            return;
        }
        Object self = CelValues.of(value, node.type());
        Optional<Object> oldSelf =
                old == null || old.isNull() ? Optional.empty() : Optional.of(CelValues.of(old, node.type()));
        for (RuleNode.Rule rule : node.rules()) {
            if (stopped) {
                return;
            }
            if (rule.transition() && oldSelf.isEmpty() && !rule.optionalOld()) {
                continue;
            }
            Object shown = rule.optionalOld() ? oldSelf : oldSelf.orElse(CelValues.nothing());
            rule(node, rule, Map.of("self", self, "oldSelf", shown), new Place(path, value, before));
        }
    }

    /**
     * What a rule is asked of.
     *
     * @param value what stands there
     * @param before how it compares with what stood there
     */
    private record Place(FieldPath path, JsonNode value, Correlation before) {}

    private void rule(RuleNode node, RuleNode.Rule rule, Map<String, Object> variables, Place place) {
        FieldPath path = place.path();
        String type = node.typeName();
        if (budget.exhausted()) {
            stop(
                    path,
                    type,
                    "validation failed due to running out of cost budget, no further validation rules will be run");
            return;
        }
        try {
            if (Boolean.TRUE.equals(rule.program().evaluate(variables, budget))) {
                return;
            }
        } catch (CelException e) {
            if (e.kind() == CelException.Kind.COST) {
                stop(
                        path,
                        type,
                        "'%s': no further validation rules will be run due to call cost exceeds limit for rule: %s"
                                .formatted(e.text(), rule.name()));
            } else if (e.text().startsWith("no such overload")) {
                add(
                        path,
                        type,
                        "'%s': call arguments did not match a supported operator, function or macro signature for rule: %s"
                                .formatted(e.text(), rule.name()));
            } else {
                add(path, type, "%s evaluating rule: %s".formatted(e.text(), rule.name()));
            }
            return;
        }
        broken(rule, type, variables, place);
    }

    private void broken(RuleNode.Rule rule, String type, Map<String, Object> variables, Place place) {
        FieldPath path = at(place.path(), rule.fieldPath());
        FieldError fault;
        try {
            Object shown = type.equals("object") || type.equals("array") ? FieldError.OMITTED : place.value();
            fault = fault(rule, shown, path, detail(rule, variables));
        } catch (CelException e) {
            fault = FieldError.invalid(path, type, e.text());
            stopped = true;
        }
        (rule.transition() || !place.before().unchanged() ? errors : forgiven).add(fault);
    }

    /** Why the rule is broken; fails if saying so costs too much. */
    private String detail(RuleNode.Rule rule, Map<String, Object> variables) {
        CelProgram message = rule.message();
        if (message != null) {
            try {
                String text = message.evaluate(variables, budget).toString().strip();
                if (!text.isEmpty() && text.length() <= MAX_MESSAGE && text.indexOf('\n') < 0) {
                    return text;
                }
            } catch (CelException e) {
                if (e.kind() == CelException.Kind.COST) {
                    throw CelException.result(
                            budget.exhausted()
                                    ? "messageExpression evaluation failed due to running out of cost budget, no further"
                                            + " validation rules will be run"
                                    : "no further validation rules will be run due to call cost exceeds limit for"
                                            + " messageExpression: \"" + rule.text("messageExpression") + "\"");
                }
                // what cannot say why still says that
                return fallback(rule);
            }
        }
        return fallback(rule);
    }

    private static String fallback(RuleNode.Rule rule) {
        return rule.text("message").isEmpty() ? "failed rule: " + rule.text("rule") : rule.text("message");
    }

    private static FieldError fault(RuleNode.Rule rule, Object shown, FieldPath path, String detail) {
        return switch (rule.text("reason")) {
            case "FieldValueForbidden" -> FieldError.forbidden(path, detail);
            case "FieldValueRequired" -> FieldError.required(path, detail);
            case "FieldValueDuplicate" -> FieldError.duplicate(path, shown);
            default -> FieldError.invalid(path, shown, detail);
        };
    }

    private static FieldPath at(FieldPath path, String below) {
        FieldPath place = below.isEmpty() ? path : path.child(below);
        return place.toString().isEmpty() ? FieldPath.of(NOWHERE) : place;
    }

    private void add(FieldPath path, String type, String detail) {
        errors.add(FieldError.invalid(at(path, ""), type, detail));
    }

    private void stop(FieldPath path, String type, String detail) {
        add(path, type, detail);
        stopped = true;
    }
}
