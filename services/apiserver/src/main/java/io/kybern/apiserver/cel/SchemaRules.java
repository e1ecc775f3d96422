package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.schema.structural.SimplePath;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The validation rules of a schema, {@code x-kubernetes-validations}, compiled at the places where they stand. Immutable; see
 * "Validation rules" in "Extend the Kubernetes API with CustomResourceDefinitions".
 */
public final class SchemaRules {

    private final @Nullable RuleNode root;
    private final List<FieldError> faults;

    private SchemaRules(@Nullable RuleNode root, List<FieldError> faults) {
        this.root = root;
        this.faults = List.copyOf(faults);
    }

    /**
     * Compiles the rules of a resource's schema, whatever they may cost.
     *
     * @param path where the schema stands in its definition
     */
    public static SchemaRules compile(JsonNode schema, FieldPath path) {
        return compile(schema, path, null);
    }

    /**
     * What is wrong with the rules of a schema that is being declared.
     *
     * @param path where the schema stands in its definition
     * @param known whether the schema was accepted before, so that single rules may cost what they do
     */
    public static List<FieldError> declare(JsonNode schema, FieldPath path, boolean known) {
        RuleCosts costs = new RuleCosts(!known);
        List<FieldError> faults = new ArrayList<>(compile(schema, path, costs).faults());
        costs.check(path, faults);
        return faults;
    }

    private static SchemaRules compile(JsonNode schema, FieldPath path, @Nullable RuleCosts costs) {
        if (!hasRules(schema)) {
            return new SchemaRules(null, List.of());
        }
        Optional<SchemaType.Declared> declared = SchemaType.declare(schema, true);
        if (declared.isEmpty()) {
            return new SchemaRules(null, List.of());
        }
        Builder builder = new Builder(declared.get().types(), costs);
        RuleNode root = builder.node(schema, schema, declared.get().root(), new Place(path, null, 1, true));
        return new SchemaRules(root, builder.errors);
    }

    /** What is wrong with the rules themselves. */
    public List<FieldError> faults() {
        return faults;
    }

    /** Whether there is nothing to evaluate. */
    public boolean isEmpty() {
        return root == null;
    }

    /**
     * Evaluates all rules on an object.
     *
     * @param old what the object replaces, for rules over the change; what did not change is not found at fault again
     */
    public List<FieldError> validate(JsonNode object, @Nullable JsonNode old) {
        return validate(object, old, forgiven -> {});
    }

    /** The same, and hands over the message of each fault that is forgiven. */
    public List<FieldError> validate(JsonNode object, @Nullable JsonNode old, Consumer<String> warnings) {
        if (root == null) {
            return List.of();
        }
        RuleRun run = new RuleRun();
        run.visit(root, object, old, FieldPath.root(), RuleRun.Correlation.start(object, old));
        run.forgiven().stream().map(FieldError::message).forEach(warnings);
        return run.errors();
    }

    private static boolean hasRules(JsonNode schema) {
        if (!schema.path("x-kubernetes-validations").isEmpty()
                || hasRules(schema, "items")
                || hasRules(schema, "additionalProperties")) {
            return true;
        }
        for (JsonNode each : schema.path("properties")) {
            if (hasRules(each)) {
                return true;
            }
        }
        for (JsonNode each : schema.path("allOf")) {
            if (hasRules(each)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasRules(JsonNode schema, String part) {
        return schema.path(part).isObject() && hasRules(schema.path(part));
    }

    /**
     * Where a schema stands.
     *
     * @param uncorrelated the outermost list whose elements have no lasting identity
     * @param cardinality how often values of the schema may stand in an object, see {@link RuleCosts#below}
     * @param counts whether the costs of rules are counted; those in an {@code allOf} are not
     */
    private record Place(FieldPath path, @Nullable FieldPath uncorrelated, long cardinality, boolean counts) {

        Place child(FieldPath path, JsonNode parent) {
            return new Place(path, uncorrelated, RuleCosts.below(parent, cardinality), counts);
        }

        Place items(JsonNode list) {
            boolean identified =
                    list.path("x-kubernetes-list-type").asString("").equals("map");
            return new Place(
                    path.child("items"),
                    identified || uncorrelated != null ? uncorrelated : path,
                    RuleCosts.below(list, cardinality),
                    counts);
        }

        Place also(int index) {
            return new Place(path.child("allOf").index(index), uncorrelated, cardinality, false);
        }
    }

    private static final class Builder {

        private final List<CelType> types;
        private final @Nullable RuleCosts costs;
        private final List<FieldError> errors = new ArrayList<>();

        Builder(List<CelType> types, @Nullable RuleCosts costs) {
            this.types = types;
            this.costs = costs;
        }

        /**
         * @param rules the schema that the rules stand in; a part of the other one if that is an {@code allOf}
         * @param schema the schema that says what the values are
         */
        @Nullable
        RuleNode node(JsonNode rules, JsonNode schema, SchemaType type, Place place) {
            RuleNode node = new RuleNode(schema, type);
            own(rules, node, place);
            if (rules.path("items").isObject()) {
                type.element()
                        .ifPresent(element -> node.items(
                                node(rules.path("items"), schema.path("items"), element, place.items(schema))));
            }
            if (rules.path("additionalProperties").isObject()) {
                type.element()
                        .ifPresent(element -> node.values(node(
                                rules.path("additionalProperties"),
                                schema.path("additionalProperties"),
                                element,
                                place.child(place.path().child("additionalProperties"), schema))));
            }
            rules.path("properties").properties().forEach(each -> type.declared(each.getKey())
                    .ifPresent(field -> node.property(
                            each.getKey(),
                            node(
                                    each.getValue(),
                                    schema.path("properties").path(each.getKey()),
                                    field,
                                    place.child(place.path().child("properties").key(each.getKey()), schema)))));
            for (int i = 0; i < rules.path("allOf").size(); i++) {
                node.also(node(rules.path("allOf").get(i), schema, type, place.also(i)));
            }
            return node.isEmpty() ? null : node;
        }

        private void own(JsonNode schema, RuleNode node, Place place) {
            JsonNode rules = schema.path("x-kubernetes-validations");
            if (rules.isEmpty()) {
                return;
            }
            CelType type = node.type().type();
            CelCompiler plain = compiler(type, type);
            CelCompiler optional = compiler(type, OptionalType.create(type));
            for (int i = 0; i < rules.size(); i++) {
                JsonNode rule = rules.get(i);
                if (!rule.path("rule").asString("").isBlank()) {
                    boolean optionalOld = rule.path("optionalOldSelf").asBoolean(false);
                    rule(rule, optionalOld ? optional : plain, node, place, i);
                }
            }
        }

        private CelCompiler compiler(CelType self, CelType oldSelf) {
            Map<String, CelType> variables = new LinkedHashMap<>();
            variables.put("self", self);
            variables.put("oldSelf", oldSelf);
            return new CelCompiler(variables, types);
        }

        private void rule(JsonNode rule, CelCompiler compiler, RuleNode node, Place place, int index) {
            FieldPath at = place.path().child("x-kubernetes-validations").index(index);
            try {
                CelProgram program = compiler.compile(rule.path("rule").asString());
                if (!program.resultType().equals(SimpleType.BOOL)) {
                    throw CelException.result("cel expression must evaluate to a bool");
                }
                count("rule", program, node.type(), place, at);
                boolean transition = program.reads("oldSelf");
                if (transition && place.uncorrelated() != null) {
                    errors.add(FieldError.invalid(
                            at.child("rule"),
                            rule.path("rule").asString(),
                            "oldSelf cannot be used on the uncorrelatable portion of the schema within "
                                    + place.uncorrelated()));
                }
                if (!transition && rule.hasNonNull("optionalOldSelf")) {
                    errors.add(FieldError.invalid(
                            at.child("optionalOldSelf"),
                            rule.get("optionalOldSelf"),
                            "may not be set if oldSelf is not used in rule"));
                }
                node.rule(new RuleNode.Rule(
                        rule,
                        program,
                        message(rule, compiler, node.type(), place, at),
                        transition,
                        fieldPath(rule, node.schema())));
            } catch (CelException e) {
                errors.add(FieldError.invalid(at.child("rule"), shown(rule), e.text()));
            }
        }

        /** A rule is asked for each value of its schema, its message told for one of them. */
        private void count(String name, CelProgram program, SchemaType type, Place place, FieldPath at) {
            if (costs == null || !place.counts()) {
                return;
            }
            long times = place.cardinality() == RuleCosts.UNBOUNDED ? RuleCosts.mostOf(type) : place.cardinality();
            long once = program.worstCase(type);
            costs.add(name, at.child(name), name.equals("rule") ? CostRange.product(once, times) : once, errors);
        }

        /** Where a fault is told, in the form of messages. */
        private static String fieldPath(JsonNode rule, JsonNode schema) {
            return SimplePath.of(rule.path("fieldPath").asString(""))
                    .map(path -> path.shown(schema))
                    .orElse("");
        }

        /** A rule as messages print it: all of its fields, by the names that they have inside Kubernetes. */
        private static JsonNode shown(JsonNode rule) {
            ObjectNode shown = Json.object();
            for (String field :
                    List.of("rule", "message", "messageExpression", "reason", "fieldPath", "optionalOldSelf")) {
                boolean pointer = field.equals("reason") || field.equals("optionalOldSelf");
                String name = Character.toUpperCase(field.charAt(0)) + field.substring(1);
                if (rule.hasNonNull(field)) {
                    shown.set(name, rule.get(field));
                } else if (pointer) {
                    shown.putNull(name);
                } else {
                    shown.put(name, "");
                }
            }
            return shown;
        }

        private @Nullable CelProgram message(
                JsonNode rule, CelCompiler compiler, SchemaType type, Place place, FieldPath at) {
            String expression = rule.path("messageExpression").asString("");
            if (expression.isBlank()) {
                return null;
            }
            try {
                CelProgram program = compiler.compile(expression);
                if (!program.resultType().equals(SimpleType.STRING)) {
                    throw CelException.result("messageExpression must evaluate to a string");
                }
                count("messageExpression", program, type, place, at);
                return program;
            } catch (CelException e) {
                errors.add(FieldError.invalid(
                        at.child("messageExpression"),
                        shown(rule),
                        e.text().replaceFirst("^compilation failed", "messageExpression compilation failed")));
                return null;
            }
        }
    }
}
