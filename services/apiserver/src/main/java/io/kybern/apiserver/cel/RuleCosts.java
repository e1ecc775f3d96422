package io.kybern.apiserver.cel;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * Adds up what the rules of one schema may cost, each as often as its place may occur in one object, and refuses what is too much. See
 * "Resource use by validation functions" in "Extend the Kubernetes API with CustomResourceDefinitions".
 */
final class RuleCosts {

    /** There is no limit to how often a place occurs, but what fits into a request. */
    static final long UNBOUNDED = -1;

    private static final long PER_EXPRESSION = 10_000_000;
    private static final long PER_SCHEMA = 100_000_000;
    private static final int SHOWN = 4;

    private final boolean eachIsLimited;
    private final List<Cost> expensive = new ArrayList<>();
    private long total;

    private record Cost(FieldPath path, long amount) {}

    /**
     * Begins to count.
     *
     * @param eachIsLimited whether single expressions are refused; those of a schema that was accepted before are not
     */
    RuleCosts(boolean eachIsLimited) {
        this.eachIsLimited = eachIsLimited;
    }

    /**
     * Counts one expression.
     *
     * @param name how messages call it
     * @param path where it stands
     */
    void add(String name, FieldPath path, long amount, List<FieldError> errors) {
        if (eachIsLimited && amount > PER_EXPRESSION) {
            errors.add(FieldError.forbidden(path, tooMuch("estimated " + name + " cost", amount, PER_EXPRESSION)));
        }
        total = CostRange.sum(total, amount);
        if (amount >= PER_SCHEMA / 100) {
            expensive.add(new Cost(path, amount));
        }
    }

    /** Refuses the schema if its rules are too much together. */
    void check(FieldPath schema, List<FieldError> errors) {
        if (total <= PER_SCHEMA) {
            return;
        }
        expensive.stream()
                .sorted(Comparator.comparingLong(Cost::amount).reversed())
                .limit(SHOWN)
                .forEach(each -> errors.add(FieldError.forbidden(
                        each.path(),
                        "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema")));
        errors.add(FieldError.forbidden(
                schema,
                tooMuch(
                        "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema",
                        total,
                        PER_SCHEMA)));
    }

    private static String tooMuch(String name, long amount, long limit) {
        double factor = (double) amount / limit;
        String shown =
                factor > 100 ? "more than 100x" : String.format(Locale.ROOT, factor < 1.5 ? "%fx" : "%.1fx", factor);
        return name + " exceeds budget by factor of " + shown
                + " (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are"
                + " declared)";
    }

    /** How often what is below a place may occur, if the place itself occurs that often. */
    static long below(JsonNode schema, long cardinality) {
        String limit =
                switch (schema.path("type").asString("")) {
                    case "array" -> "maxItems";
                    case "object" -> schema.path("additionalProperties").isMissingNode() ? "" : "maxProperties";
                    default -> "";
                };
        if (cardinality == UNBOUNDED || limit.isEmpty()) {
            return cardinality;
        }
        return schema.path(limit).isNumber()
                ? CostRange.product(cardinality, Math.max(0, schema.path(limit).asLong()))
                : UNBOUNDED;
    }

    /** How often a value may stand in one request at most. */
    static long mostOf(SchemaType type) {
        return SchemaSizes.MAX_REQUEST / (type.shortest() + 1);
    }
}
