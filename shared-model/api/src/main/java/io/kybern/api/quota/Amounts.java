package io.kybern.api.quota;

import io.kybern.api.Json;
import io.kybern.api.Quantity;
import io.kybern.api.QuantityFormatException;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Amounts of named resources. What is not named is not there, which for sums is the same as none.
 *
 * @param byName the amounts, by name; never changed
 */
public record Amounts(SortedMap<String, Quantity> byName) {

    /** Nothing of anything. */
    public static final Amounts NONE = new Amounts(new TreeMap<>());

    /** Amounts that stay as they are now. */
    public Amounts {
        byName = Collections.unmodifiableSortedMap(new TreeMap<>(byName));
    }

    /** Amounts by name. */
    public static Amounts of(Map<String, Quantity> byName) {
        return new Amounts(new TreeMap<>(byName));
    }

    /** Reads an object of quantities; what is none is passed over, for validation is the place to complain. */
    public static Amounts read(JsonNode object) {
        TreeMap<String, Quantity> amounts = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : object.properties()) {
            try {
                amounts.put(each.getKey(), Quantity.parse(each.getValue().asString("")));
            } catch (QuantityFormatException e) {
                continue;
            }
        }
        return new Amounts(amounts);
    }

    /** The amounts as the API shows them. */
    public ObjectNode toJson() {
        ObjectNode object = Json.object();
        byName.forEach((name, amount) -> object.put(name, amount.canonical()));
        return object;
    }

    /** The names. */
    public Set<String> names() {
        return byName.keySet();
    }

    /** Whether there are none at all. */
    public boolean isEmpty() {
        return byName.isEmpty();
    }

    /** One amount, zero if it is not named. */
    public Quantity get(String name) {
        return byName.getOrDefault(name, Quantity.ZERO);
    }

    /** The sums. */
    public Amounts plus(Amounts other) {
        return combined(other, Quantity::add);
    }

    /** The differences, also where nothing was. */
    public Amounts minus(Amounts other) {
        TreeMap<String, Quantity> differences = new TreeMap<>(byName);
        other.byName.forEach((name, amount) -> differences.put(name, get(name).subtract(amount)));
        return new Amounts(differences);
    }

    /** Of each the larger. */
    public Amounts max(Amounts other) {
        return combined(other, (one, two) -> one.compareTo(two) >= 0 ? one : two);
    }

    /** Of each that is named on both sides the smaller, of the others the one there is. */
    public Amounts min(Amounts other) {
        return combined(other, (one, two) -> one.compareTo(two) <= 0 ? one : two);
    }

    private Amounts combined(Amounts other, BinaryOperator<Quantity> how) {
        TreeMap<String, Quantity> result = new TreeMap<>(byName);
        other.byName.forEach((name, amount) -> result.merge(name, amount, how));
        return new Amounts(result);
    }

    /** Only those of these names. */
    public Amounts only(Collection<String> names) {
        TreeMap<String, Quantity> kept = new TreeMap<>(byName);
        kept.keySet().retainAll(names);
        return new Amounts(kept);
    }

    /** Without those that are zero. */
    public Amounts withoutZeros() {
        TreeMap<String, Quantity> kept = new TreeMap<>(byName);
        kept.values().removeIf(Quantity::isZero);
        return new Amounts(kept);
    }

    /** Those that are above zero. */
    public Amounts increases() {
        TreeMap<String, Quantity> kept = new TreeMap<>(byName);
        kept.values().removeIf(each -> each.signum() <= 0);
        return new Amounts(kept);
    }

    /** The names of those that are more than the limit of the same name; what has no limit is not. */
    public Set<String> above(Amounts limits) {
        return byName.entrySet().stream()
                .filter(each -> limits.byName.containsKey(each.getKey())
                        && each.getValue().compareTo(limits.get(each.getKey())) > 0)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** As messages name them: {@code cpu=100m,pods=1}. */
    @Override
    public String toString() {
        return byName.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue().canonical())
                .collect(Collectors.joining(","));
    }
}
