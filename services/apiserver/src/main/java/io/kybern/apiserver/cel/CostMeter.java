package io.kybern.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelReference;
import dev.cel.common.values.CelByteString;
import dev.cel.runtime.CelEvaluationListener;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts what one evaluation costs, in the units of Kubernetes, and stops it at the limit: one unit for each variable and field that is
 * read, more for what is made, and for functions what they cost with arguments of that size. See "Resource use by CEL functions".
 */
final class CostMeter implements CelEvaluationListener {

    private static final int NEW_LIST = 10;
    private static final int NEW_MAP = 30;
    private static final int NEW_STRUCT = 40;

    private final long limit;
    private final CelAbstractSyntaxTree tree;
    private final Map<Long, Object> values = new HashMap<>();
    private long spent;
    private boolean exceeded;

    CostMeter(long limit, CelAbstractSyntaxTree tree) {
        this.limit = limit;
        this.tree = tree;
    }

    @Override
    public void callback(CelExpr expression, Object result) {
        spent += switch (expression.exprKind().getKind()) {
            case CONSTANT, COMPREHENSION, NOT_SET -> 0;
            case IDENT -> 1;
            case SELECT -> expression.select().testOnly() ? 0 : 1;
            case LIST -> NEW_LIST;
            case MAP -> NEW_MAP;
            case STRUCT -> NEW_STRUCT;
            case CALL -> call(expression, result);
        };
        values.put(expression.id(), result);
        if (spent > limit) {
            exceeded = true;
            throw CelException.cost();
        }
    }

    private long call(CelExpr expression, Object result) {
        CelExpr.CelCall call = expression.call();
        List<Object> arguments = new ArrayList<>();
        call.target().ifPresent(target -> arguments.add(value(target)));
        call.args().forEach(argument -> arguments.add(value(argument)));
        String overload = tree.getReference(expression.id())
                .map(CelReference::overloadIds)
                .filter(ids -> !ids.isEmpty())
                .map(List::getFirst)
                .orElse("");
        return CallCosts.of(call.function(), overload, arguments, result);
    }

    private Object value(CelExpr expression) {
        Object known = values.get(expression.id());
        return known == null ? "" : known;
    }

    /** The size that costs are counted by: characters, bytes or elements. */
    static long size(@Nullable Object value) {
        return switch (value) {
            case String text -> text.length();
            case CelByteString bytes -> bytes.size();
            case Collection<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case null, default -> 1;
        };
    }

    long spent() {
        return spent;
    }

    /** An operator may have swallowed the exception: what took too much has failed nevertheless. */
    void requireWithinLimit() {
        if (exceeded) {
            throw CelException.cost();
        }
    }
}
