package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The environments of one admission policy. Its expressions see the policy's variables, each of which sees those before it; a variable
 * is evaluated when something first reads it, and then once for a request. See "Variable composition" in "Validating Admission Policy".
 */
public final class PolicyExpressions {

    private final boolean params;
    private final Map<String, CelType> types = new LinkedHashMap<>();
    private final Map<String, Attempt> variables = new LinkedHashMap<>();
    private final Map<String, CelException> faults = new LinkedHashMap<>();

    /**
     * The environments.
     *
     * @param params whether the policy has parameters
     * @param variables its variables, with {@code name} and {@code expression}; may be missing
     */
    public PolicyExpressions(boolean params, JsonNode variables) {
        this.params = params;
        for (JsonNode each : variables) {
            variable(each.path("name").asString(""), each.path("expression").asString(""));
        }
    }

    private void variable(String name, String expression) {
        Attempt attempt = new Attempt(conditions(), expression, List.of());
        CelException failure = attempt.failure();
        if (failure != null) {
            faults.put(name, failure);
        }
        variables.put(name, attempt);
        types.put(name, attempt.resultType());
    }

    /** What is wrong with variables, by their names. */
    public Map<String, CelException> faults() {
        return Map.copyOf(faults);
    }

    /** The environment of validations, audit annotations and variables. */
    public CelCompiler conditions() {
        return AdmissionEnvironment.compiler(new AdmissionEnvironment.Options(params, true, types, false));
    }

    /** The environment of messages, which ask nobody. */
    public CelCompiler messages() {
        return AdmissionEnvironment.compiler(new AdmissionEnvironment.Options(params, false, types, false));
    }

    /** The environment of mutations, which make objects and patches. */
    public CelCompiler mutations() {
        return AdmissionEnvironment.compiler(new AdmissionEnvironment.Options(params, true, types, true));
    }

    /** The environment of match conditions, which are asked before there are variables. */
    public CelCompiler matchConditions() {
        return AdmissionEnvironment.matchConditions(params);
    }

    /**
     * All values for one request and one parameter.
     *
     * @param request those of the request
     * @param param the parameter; null where there is none
     * @param budget what variables spend when they are read
     */
    public Map<String, Object> bind(Map<String, Object> request, @Nullable JsonNode param, CelBudget budget) {
        Map<String, Object> values = new HashMap<>(request);
        values.put("params", CelValues.of(param));
        if (!variables.isEmpty()) {
            values.put("variables", new Lazy(values, budget));
        }
        return values;
    }

    /** An expression of a policy, compiled if it can be. */
    public static Expression expression(CelCompiler compiler, String expression, List<CelType> results) {
        Attempt attempt = new Attempt(compiler, expression, results);
        return attempt::evaluate;
    }

    /** The types of conditions. */
    public static List<CelType> truth() {
        return List.of(SimpleType.BOOL);
    }

    /** The types of messages. */
    public static List<CelType> text() {
        return List.of(SimpleType.STRING);
    }

    /** The types of audit annotations. */
    public static List<CelType> textOrNothing() {
        return List.of(SimpleType.STRING, SimpleType.NULL_TYPE);
    }

    /** An expression ready to be evaluated. */
    @FunctionalInterface
    public interface Expression {

        /**
         * The value.
         *
         * @throws CelException if it fails, or never compiled
         */
        Object evaluate(Map<String, ?> variables, CelBudget budget);
    }

    private final class Lazy extends AbstractMap<String, Object> {

        private final Map<String, Object> values;
        private final CelBudget budget;
        private final Map<String, Object> known = new HashMap<>();

        Lazy(Map<String, Object> values, CelBudget budget) {
            this.values = values;
            this.budget = budget;
        }

        @Override
        public boolean containsKey(@Nullable Object key) {
            return key instanceof String name && variables.containsKey(name);
        }

        @Override
        public @Nullable Object get(@Nullable Object key) {
            if (!(key instanceof String name)) {
                return null;
            }
            Attempt attempt = variables.get(name);
            if (attempt == null) {
                return null;
            }
            Object value = known.get(name);
            if (value == null) {
                value = evaluate(attempt);
                known.put(name, value);
            }
            if (value instanceof CelException e) {
                throw CelFunctions.failure(
                        "composited variable \"%s\" fails to evaluate: %s".formatted(name, e.text()));
            }
            return value;
        }

        private Object evaluate(Attempt attempt) {
            try {
                return attempt.evaluate(values, budget);
            } catch (CelException e) {
                return e;
            }
        }

        @Override
        public Set<Entry<String, Object>> entrySet() {
            return new AbstractSet<>() {
                @Override
                public Iterator<Entry<String, Object>> iterator() {
                    return variables.keySet().stream()
                            .map(name -> {
                                Object value = get(name);
                                return Map.entry(name, value == null ? CelValues.nothing() : value);
                            })
                            .iterator();
                }

                @Override
                public int size() {
                    return variables.size();
                }
            };
        }
    }
}
