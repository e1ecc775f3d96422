package io.kybern.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.types.CelType;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelUnknownSet;
import java.util.Map;
import java.util.regex.Pattern;

/** A compiled expression. Immutable; evaluated by many threads at once. */
public final class CelProgram {

    private static final Pattern PLACE = Pattern.compile("^evaluation error( at [^ ]+)?: ");
    private static final Pattern MISSING_KEY = Pattern.compile("key '(.*)' is not present in map\\.");

    private final String expression;
    private final CelAbstractSyntaxTree tree;
    private final CelRuntime.Program program;

    CelProgram(String expression, CelAbstractSyntaxTree tree, CelRuntime.Program program) {
        this.expression = expression;
        this.tree = tree;
        this.program = program;
    }

    /** The text that was compiled. */
    public String expression() {
        return expression;
    }

    /** The type of what it evaluates to; {@code dyn} if only the values tell. */
    public CelType resultType() {
        return tree.getResultType();
    }

    /** The most that one evaluation may cost, if the variables are of that type. */
    long worstCase(SchemaType variables) {
        return CostEstimator.worstCase(tree, variables);
    }

    /** Whether it looks at the variable. */
    boolean reads(String variable) {
        return tree.getReferenceMap().values().stream()
                .anyMatch(each -> each.name().equals(variable));
    }

    /**
     * Evaluates.
     *
     * @param variables a value for every variable of the environment, made by {@link CelValues}
     * @param budget what is spent
     * @throws CelException and nothing else, whatever the expression and the values
     */
    public Object evaluate(Map<String, ?> variables, CelBudget budget) {
        CostMeter meter = new CostMeter(budget.nextCall(), tree);
        try {
            Object result = program.trace(variables, meter);
            meter.requireWithinLimit();
            if (result == null || result instanceof CelUnknownSet || result instanceof Exception) {
                throw CelException.evaluation("no such attribute(s)");
            }
            return result;
        } catch (CelEvaluationException e) {
            meter.requireWithinLimit();
            throw CelException.evaluation(words(e));
        } catch (CelException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            meter.requireWithinLimit();
            throw CelException.evaluation("internal error: " + e.getClass().getSimpleName());
        } finally {
            budget.spend(meter.spent());
        }
    }

    private static String words(CelEvaluationException e) {
        String text = PLACE.matcher(String.valueOf(e.getMessage())).replaceFirst("");
        var key = MISSING_KEY.matcher(text);
        if (key.find()) {
            return "no such key: " + key.group(1);
        }
        if (text.startsWith("No matching overload") || text.startsWith("Error resolving field")) {
            return "no such overload";
        }
        Throwable cause = e.getCause();
        if (cause instanceof ArithmeticException || text.startsWith("/ by zero") || text.endsWith("overflow")) {
            return arithmetic(cause == null ? text : String.valueOf(cause.getMessage()));
        }
        if (text.startsWith("Index out of bounds")) {
            return "index out of bounds" + text.substring("Index out of bounds".length());
        }
        return text;
    }

    private static String arithmetic(String text) {
        if (text.contains("by zero")) {
            return "division by zero";
        }
        return text.contains("nsigned") ? "unsigned integer overflow" : "integer overflow";
    }
}
