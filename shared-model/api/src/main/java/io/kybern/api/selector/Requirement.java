package io.kybern.api.selector;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * One condition on the labels of an object.
 *
 * @param key the label's key
 * @param operator how the label is compared
 * @param values what it is compared with; none for the existence operators, one number for the comparisons
 */
public record Requirement(String key, Operator operator, Set<String> values) {

    /** How a label is compared with the values; the meaning is that of "Labels and Selectors". */
    public enum Operator {
        IN,
        NOT_IN,
        EXISTS,
        DOES_NOT_EXIST,
        GREATER_THAN,
        LESS_THAN
    }

    public Requirement {
        values = Set.copyOf(values);
    }

    /** Whether labels meet the condition; a label that is absent meets the two negative ones. */
    public boolean matches(Map<String, String> labels) {
        String value = labels.get(key);
        return switch (operator) {
            case IN -> value != null && values.contains(value);
            case NOT_IN -> value == null || !values.contains(value);
            case EXISTS -> value != null;
            case DOES_NOT_EXIST -> value == null;
            case GREATER_THAN -> value != null && compare(value) > 0;
            case LESS_THAN -> value != null && compare(value) < 0;
        };
    }

    /** The sign of label minus bound, or 0 if one of them is no integer: then neither comparison holds. */
    private int compare(String value) {
        try {
            return Long.compare(
                    Long.parseLong(value), Long.parseLong(values.iterator().next()));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** The condition as a query string has it, for example {@code tier in (a,b)}. */
    @Override
    public String toString() {
        String list = values.stream().sorted().collect(Collectors.joining(","));
        return switch (operator) {
            case IN -> values.size() == 1 ? key + "=" + list : key + " in (" + list + ")";
            case NOT_IN -> values.size() == 1 ? key + "!=" + list : key + " notin (" + list + ")";
            case EXISTS -> key;
            case DOES_NOT_EXIST -> "!" + key;
            case GREATER_THAN -> key + ">" + list;
            case LESS_THAN -> key + "<" + list;
        };
    }

    static Requirement equal(String key, String value) {
        return new Requirement(key, Operator.IN, new TreeSet<>(Set.of(value)));
    }
}
