package io.kybern.scheduler.core.model;

import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.Requirement;
import io.kybern.controller.model.Selectors;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A label selector made ready for many matches.
 *
 * <p>As in the Kubernetes API, an absent selector matches nothing and an empty one matches everything.
 *
 * @param selector what it matches by
 */
public record LabelMatcher(LabelSelector selector) {

    private static final LabelMatcher NOTHING = new LabelMatcher(LabelSelector.nothing());

    /** Matches no labels. */
    public static LabelMatcher nothing() {
        return NOTHING;
    }

    /** Compiles a selector; one with an operator that does not exist matches nothing. */
    public static LabelMatcher of(io.fabric8.kubernetes.api.model.@Nullable LabelSelector selector) {
        try {
            return new LabelMatcher(Selectors.of(selector));
        } catch (IllegalArgumentException unknownOperator) {
            return NOTHING;
        }
    }

    /** Matches labels that hold all of these; empty matches everything. */
    public static LabelMatcher ofLabels(Map<String, String> labels) {
        return new LabelMatcher(LabelSelector.ofLabels(labels));
    }

    /** Both this and the label must match; what matches nothing stays so. */
    LabelMatcher and(String key, boolean in, String value) {
        Requirement.Operator operator = in ? Requirement.Operator.IN : Requirement.Operator.NOT_IN;
        return new LabelMatcher(selector.and(new Requirement(key, operator, Set.of(value))));
    }

    /** Whether the labels satisfy every requirement. */
    public boolean matches(Map<String, String> labels) {
        return selector.matches(labels);
    }
}
