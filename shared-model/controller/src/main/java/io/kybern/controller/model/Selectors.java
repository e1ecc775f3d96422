package io.kybern.controller.model;

import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.Requirement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Selectors of typed models. */
public final class Selectors {

    private Selectors() {}

    /**
     * The selector of a workload: an absent one selects nothing, an empty one everything.
     *
     * @throws IllegalArgumentException if an operator is unknown
     */
    public static LabelSelector of(io.fabric8.kubernetes.api.model.@Nullable LabelSelector selector) {
        if (selector == null) {
            return LabelSelector.nothing();
        }
        Map<String, String> labels = Objects.requireNonNullElse(selector.getMatchLabels(), Map.of());
        List<Requirement> requirements =
                new ArrayList<>(LabelSelector.ofLabels(labels).requirements());
        for (LabelSelectorRequirement expression :
                Objects.requireNonNullElse(selector.getMatchExpressions(), List.<LabelSelectorRequirement>of())) {
            Set<String> values =
                    new LinkedHashSet<>(Objects.requireNonNullElse(expression.getValues(), List.<String>of()));
            requirements.add(new Requirement(expression.getKey(), operator(expression.getOperator()), values));
        }
        return LabelSelector.of(requirements);
    }

    /** A plain map of labels, as a Service or a ReplicationController has it; empty or absent selects nothing. */
    public static LabelSelector ofMap(@Nullable Map<String, String> labels) {
        return labels == null || labels.isEmpty() ? LabelSelector.nothing() : LabelSelector.ofLabels(labels);
    }

    private static Requirement.Operator operator(String name) {
        return switch (name) {
            case "In" -> Requirement.Operator.IN;
            case "NotIn" -> Requirement.Operator.NOT_IN;
            case "Exists" -> Requirement.Operator.EXISTS;
            case "DoesNotExist" -> Requirement.Operator.DOES_NOT_EXIST;
            default -> throw new IllegalArgumentException("\"" + name + "\" is not a valid label selector operator");
        };
    }
}
