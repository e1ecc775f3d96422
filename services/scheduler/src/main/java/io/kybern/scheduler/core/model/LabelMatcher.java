package io.kybern.scheduler.core.model;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A label selector made ready for many matches.
 *
 * <p>As in the Kubernetes API, an absent selector matches nothing and an empty one matches everything.
 */
public final class LabelMatcher {

    private static final LabelMatcher NOTHING = new LabelMatcher(List.of(), true);

    private final List<Requirement> requirements;
    private final boolean nothing;

    private LabelMatcher(List<Requirement> requirements, boolean nothing) {
        this.requirements = List.copyOf(requirements);
        this.nothing = nothing;
    }

    /** Matches no labels. */
    public static LabelMatcher nothing() {
        return NOTHING;
    }

    /** Compiles a selector; one with an operator that does not exist matches nothing. */
    public static LabelMatcher of(@Nullable LabelSelector selector) {
        if (selector == null) {
            return NOTHING;
        }
        List<Requirement> requirements = new ArrayList<>();
        if (selector.getMatchLabels() != null) {
            selector.getMatchLabels().forEach((k, v) -> requirements.add(new Requirement(k, Operator.IN, Set.of(v))));
        }
        for (LabelSelectorRequirement r : selector.getMatchExpressions()) {
            Operator operator = Operator.of(r.getOperator());
            if (operator == null) {
                return NOTHING;
            }
            requirements.add(new Requirement(r.getKey(), operator, Set.copyOf(r.getValues())));
        }
        return new LabelMatcher(requirements, false);
    }

    /** Matches labels that hold all of these; empty matches everything. */
    public static LabelMatcher ofLabels(Map<String, String> labels) {
        List<Requirement> requirements = new ArrayList<>();
        labels.forEach((k, v) -> requirements.add(new Requirement(k, Operator.IN, Set.of(v))));
        return new LabelMatcher(requirements, false);
    }

    /** Both this and the label must match; what matches nothing stays so. */
    LabelMatcher and(String key, boolean in, String value) {
        if (nothing) {
            return this;
        }
        List<Requirement> more = new ArrayList<>(requirements);
        more.add(new Requirement(key, in ? Operator.IN : Operator.NOT_IN, Set.of(value)));
        return new LabelMatcher(more, false);
    }

    /** Whether the labels satisfy every requirement. */
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

    private enum Operator {
        IN,
        NOT_IN,
        EXISTS,
        DOES_NOT_EXIST;

        static @Nullable Operator of(String name) {
            return switch (name) {
                case "In" -> IN;
                case "NotIn" -> NOT_IN;
                case "Exists" -> EXISTS;
                case "DoesNotExist" -> DOES_NOT_EXIST;
                default -> null;
            };
        }
    }

    private record Requirement(String key, Operator operator, Set<String> values) {
        boolean matches(Map<String, String> labels) {
            String value = labels.get(key);
            return switch (operator) {
                case IN -> value != null && values.contains(value);
                case NOT_IN -> value == null || !values.contains(value);
                case EXISTS -> value != null;
                case DOES_NOT_EXIST -> value == null;
            };
        }
    }
}
