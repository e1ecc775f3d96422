package io.kybern.api.selector;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Selects objects by their labels: all conditions must hold. Read from the {@code labelSelector} query parameter, from the
 * {@code LabelSelector} object of an API type, or from a plain map. Immutable.
 */
public final class LabelSelector {

    private static final LabelSelector EVERYTHING = new LabelSelector(List.of(), false);
    private static final LabelSelector NOTHING = new LabelSelector(List.of(), true);

    private final List<Requirement> requirements;
    private final boolean nothing;

    private LabelSelector(List<Requirement> requirements, boolean nothing) {
        this.requirements = List.copyOf(requirements);
        this.nothing = nothing;
    }

    /** Selects every object. */
    public static LabelSelector everything() {
        return EVERYTHING;
    }

    /** Selects no object. */
    public static LabelSelector nothing() {
        return NOTHING;
    }

    /** Selects the objects that meet all of those conditions. */
    public static LabelSelector of(List<Requirement> requirements) {
        return new LabelSelector(requirements, false);
    }

    /** Selects the objects that have all of those labels; an empty map selects every object. */
    public static LabelSelector ofLabels(Map<String, String> labels) {
        return new LabelSelector(
                labels.entrySet().stream()
                        .map(entry -> Requirement.equal(entry.getKey(), entry.getValue()))
                        .toList(),
                false);
    }

    /**
     * Reads the query parameter's grammar, for example {@code app=web,tier in (a,b),!canary}. Empty selects everything.
     *
     * @throws SelectorSyntaxException if the text is no selector, in the words of Kubernetes
     */
    public static LabelSelector parse(String query) {
        return new LabelSelector(new LabelSelectorParser(query).parse(), false);
    }

    /**
     * Reads a {@code LabelSelector} object with {@code matchLabels} and {@code matchExpressions}. As Kubernetes has it, an
     * absent selector selects nothing and an empty one everything.
     *
     * @throws SelectorSyntaxException if an operator is none of In, NotIn, Exists and DoesNotExist
     */
    public static LabelSelector of(JsonNode selector) {
        if (selector.isMissingNode() || selector.isNull()) {
            return NOTHING;
        }
        List<Requirement> requirements = new ArrayList<>();
        selector.path("matchLabels")
                .properties()
                .forEach(entry -> requirements.add(
                        Requirement.equal(entry.getKey(), entry.getValue().asString(""))));
        for (JsonNode expression : selector.path("matchExpressions")) {
            Set<String> values = new LinkedHashSet<>();
            expression.path("values").forEach(value -> values.add(value.asString("")));
            requirements.add(new Requirement(
                    expression.path("key").asString(""),
                    operator(expression.path("operator").asString("")),
                    values));
        }
        return new LabelSelector(requirements, false);
    }

    private static Requirement.Operator operator(String name) {
        return switch (name) {
            case "In" -> Requirement.Operator.IN;
            case "NotIn" -> Requirement.Operator.NOT_IN;
            case "Exists" -> Requirement.Operator.EXISTS;
            case "DoesNotExist" -> Requirement.Operator.DOES_NOT_EXIST;
            default -> throw SelectorSyntaxException.of("\"" + name + "\" is not a valid label selector operator");
        };
    }

    /** Selects what this one does, if it meets that condition too. */
    public LabelSelector and(Requirement requirement) {
        List<Requirement> more = new ArrayList<>(requirements);
        more.add(requirement);
        return new LabelSelector(more, nothing);
    }

    /** Whether an object with those labels is selected. */
    public boolean matches(Map<String, String> labels) {
        if (nothing) {
            return false;
        }
        for (Requirement requirement : requirements) {
            if (!requirement.matches(labels)) {
                return false;
            }
        }
        return true;
    }

    /** Whether every object is selected. */
    public boolean isEverything() {
        return !nothing && requirements.isEmpty();
    }

    /** The conditions, in the order in which they were written. */
    public List<Requirement> requirements() {
        return requirements;
    }

    /** The selector as a query string, its conditions sorted by key. */
    @Override
    public String toString() {
        return requirements.stream()
                .sorted(Comparator.comparing(Requirement::key))
                .map(Requirement::toString)
                .collect(Collectors.joining(","));
    }
}
