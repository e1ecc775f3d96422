package io.kybern.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.ast.CelReference;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says how much an expression may cost at most, from the sizes that the schema allows, before it ever runs. The numbers are those of
 * Kubernetes, since they decide which definitions are accepted; see "Resource use by validation functions".
 *
 * <p>Every part of an expression that can be reached from a variable by fields and elements has a path, which leads to its place in the
 * schema and so to its size. The size of what functions make follows from the sizes of their arguments. Loops cost their body times the
 * size of what they go through.
 */
final class CostEstimator {

    private static final int NEW_LIST = 10;
    private static final int NEW_MAP = 30;
    private static final int NEW_STRUCT = 40;

    private final CelAbstractSyntaxTree tree;
    private final SchemaType root;
    private final CallEstimates calls = new CallEstimates(this);
    private final Map<Long, List<String>> paths = new HashMap<>();
    private final Map<Long, CostRange> sizes = new HashMap<>();
    private final Map<Long, Entries> entries = new HashMap<>();
    private final Map<String, List<Local>> locals = new HashMap<>();

    /**
     * What a list or map that the expression makes has in it.
     *
     * @param list whether it is a list
     * @param key the size of a key
     * @param value the size of an element
     */
    record Entries(boolean list, CostRange key, CostRange value) {

        static @Nullable Entries either(@Nullable Entries one, @Nullable Entries other) {
            return one == null || other == null
                    ? null
                    : new Entries(one.list, one.key.or(other.key), one.value.or(other.value));
        }
    }

    /** A variable of a loop. */
    private record Local(
            List<String> path,
            @Nullable CostRange size,
            @Nullable Entries entries) {}

    private CostEstimator(CelAbstractSyntaxTree tree, SchemaType root) {
        this.tree = tree;
        this.root = root;
    }

    /**
     * The most that one evaluation may cost.
     *
     * @param root the type that the variables have
     */
    static long worstCase(CelAbstractSyntaxTree tree, SchemaType root) {
        return new CostEstimator(tree, root).cost(tree.getExpr()).max();
    }

    CostRange cost(CelExpr expression) {
        return switch (expression.exprKind().getKind()) {
            case CONSTANT, NOT_SET -> CostRange.NOTHING;
            case IDENT -> {
                Local local = local(expression.ident().name());
                paths.put(
                        expression.id(),
                        local == null ? List.of(expression.ident().name()) : local.path());
                yield CostRange.ONE;
            }
            case SELECT -> select(expression);
            case CALL -> call(expression);
            case LIST -> list(expression);
            case MAP -> map(expression);
            case STRUCT -> {
                CostRange sum = CostRange.fixed(NEW_STRUCT);
                for (CelExpr.CelStruct.Entry each : expression.struct().entries()) {
                    sum = sum.plus(cost(each.value()));
                }
                yield sum;
            }
            case COMPREHENSION -> loop(expression);
        };
    }

    private CostRange select(CelExpr expression) {
        CelExpr operand = expression.select().operand();
        CostRange cost = cost(operand);
        if (expression.select().testOnly()) {
            return cost;
        }
        CelKind kind = type(operand).kind();
        if (kind == CelKind.MAP || kind == CelKind.STRUCT || kind == CelKind.TYPE_PARAM) {
            cost = cost.plus(CostRange.ONE);
        }
        paths.put(expression.id(), longer(path(operand), expression.select().field()));
        return cost;
    }

    private CostRange list(CelExpr expression) {
        CostRange sum = CostRange.fixed(NEW_LIST);
        CostRange element = expression.list().elements().isEmpty() ? CostRange.NOTHING : CostRange.NONE_YET;
        for (CelExpr each : expression.list().elements()) {
            sum = sum.plus(cost(each));
            element = element.or(sizeOrUnknown(each));
        }
        entries.put(expression.id(), new Entries(true, CostRange.ONE, element));
        return sum;
    }

    private CostRange map(CelExpr expression) {
        CostRange sum = CostRange.fixed(NEW_MAP);
        boolean empty = expression.map().entries().isEmpty();
        CostRange key = empty ? CostRange.NOTHING : CostRange.NONE_YET;
        CostRange value = key;
        for (CelExpr.CelMap.Entry each : expression.map().entries()) {
            sum = sum.plus(cost(each.key())).plus(cost(each.value()));
            key = key.or(sizeOrUnknown(each.key()));
            value = value.or(sizeOrUnknown(each.value()));
        }
        entries.put(expression.id(), new Entries(false, key, value));
        return sum;
    }

    private CostRange loop(CelExpr expression) {
        CelExpr.CelComprehension loop = expression.comprehension();
        CelExpr range = loop.iterRange();
        CostRange sum = cost(range).plus(cost(loop.accuInit()));
        push(loop.accuVar(), new Local(path(loop.accuInit()), size(loop.accuInit()), entries(loop.accuInit())));
        Entries made = entries(range);
        boolean list = made == null ? type(range).kind() == CelKind.LIST : made.list();
        CostRange keys = made == null ? null : made.key();
        CostRange values = made == null ? null : made.value();
        boolean both = !loop.iterVar2().isEmpty();
        if (both) {
            push(loop.iterVar(), new Local(longer(path(range), list ? "@indices" : "@keys"), keys, null));
            push(loop.iterVar2(), new Local(longer(path(range), list ? "@items" : "@values"), values, null));
        } else {
            push(loop.iterVar(), new Local(longer(path(range), list ? "@items" : "@keys"), list ? values : keys, null));
        }
        CostRange body = cost(loop.loopCondition()).plus(cost(loop.loopStep()));
        pop(loop.iterVar());
        if (both) {
            pop(loop.iterVar2());
        }
        sum = sum.plus(cost(loop.result()));
        pop(loop.accuVar());
        CostRange times = sizeOrUnknown(range);
        resultOfLoop(expression, loop, times);
        return sum.plus(times.times(body));
    }

    private void resultOfLoop(CelExpr expression, CelExpr.CelComprehension loop, CostRange times) {
        Kind start = loop.accuInit().exprKind().getKind();
        if (start == Kind.CONSTANT) {
            setSize(expression, size(loop.accuInit()));
        } else if (start == Kind.LIST || start == Kind.MAP) {
            setSize(expression, times);
            setEntries(expression, entries(loop.loopStep()));
        }
    }

    private CostRange call(CelExpr expression) {
        CelExpr.CelCall call = expression.call();
        if (call.function().equals("dyn") && call.args().size() == 1) {
            CelExpr argument = call.args().getFirst();
            CostRange cost = cost(argument).plus(CostRange.ONE);
            setSize(expression, size(argument));
            setEntries(expression, entries(argument));
            return cost;
        }
        List<CostRange> costs = new ArrayList<>();
        call.args().forEach(each -> costs.add(cost(each)));
        List<String> overloads = tree.getReference(expression.id())
                .<List<String>>map(CelReference::overloadIds)
                .orElse(List.of());
        if (overloads.isEmpty()) {
            return CostRange.NOTHING;
        }
        CostRange sum = call.target().map(this::cost).orElse(CostRange.NOTHING);
        CostRange own = CostRange.NONE_YET;
        CostRange result = null;
        for (String overload : overloads) {
            CallEstimates.Estimate estimate = calls.estimate(expression, overload, costs);
            own = own.or(estimate.cost());
            CostRange made = estimate.size();
            if (made != null) {
                result = result == null ? made : result.or(made);
            }
            if (overload.equals("index_list") || overload.equals("index_map")) {
                CelExpr container = call.args().getFirst();
                Entries known = entries(container);
                result = known == null ? null : known.value();
                paths.put(
                        expression.id(), longer(path(container), overload.equals("index_list") ? "@items" : "@values"));
            }
            if (result == null) {
                result = size(expression);
            }
        }
        setSize(expression, result);
        return sum.plus(own);
    }

    // what is known of parts

    CelType type(CelExpr expression) {
        return tree.getType(expression.id()).orElse(SimpleType.DYN);
    }

    /** How a part is reached from a variable; empty if it is made by the expression. */
    List<String> path(CelExpr expression) {
        if (expression.exprKind().getKind() == Kind.IDENT) {
            Local local = local(expression.ident().name());
            if (local != null) {
                return local.path();
            }
        }
        return paths.getOrDefault(expression.id(), List.of());
    }

    static List<String> longer(List<String> path, String step) {
        List<String> longer = new ArrayList<>(path);
        longer.add(step);
        return longer;
    }

    /** The size that the schema gives what is at a path. */
    Optional<CostRange> sizeAt(List<String> path) {
        if (path.isEmpty()) {
            return Optional.empty();
        }
        SchemaType at = root;
        for (String step : path.subList(1, path.size())) {
            SchemaType next =
                    switch (step) {
                        case "@items", "@values" -> at.element().orElse(null);
                        case "@keys" -> at.key().orElse(null);
                        default -> at.declared(ValueNames.unescape(step)).orElse(null);
                    };
            if (next == null) {
                return Optional.empty();
            }
            at = next;
        }
        return Optional.of(new CostRange(0, at.maxElements()));
    }

    CostRange sizeOrUnknown(CelExpr expression) {
        CostRange known = size(expression);
        return known == null ? CostRange.UNKNOWN : known;
    }

    @Nullable
    CostRange size(CelExpr expression) {
        CostRange known = sizes.get(expression.id());
        if (known == null) {
            known = writtenSize(expression);
        }
        if (known == null) {
            known = sizeAt(path(expression)).orElse(null);
        }
        if (known == null && isScalar(type(expression))) {
            known = CostRange.ONE;
        }
        if (known == null && expression.exprKind().getKind() == Kind.IDENT) {
            Local local = local(expression.ident().name());
            known = local == null ? null : local.size();
        }
        return known;
    }

    private static @Nullable CostRange writtenSize(CelExpr expression) {
        return switch (expression.exprKind().getKind()) {
            case CONSTANT ->
                switch (expression.constant().getKind()) {
                    case STRING_VALUE -> {
                        String text = expression.constant().stringValue();
                        yield CostRange.fixed(text.codePointCount(0, text.length()));
                    }
                    case BYTES_VALUE ->
                        CostRange.fixed(expression.constant().bytesValue().size());
                    default -> CostRange.ONE;
                };
            case LIST -> CostRange.fixed(expression.list().elements().size());
            case MAP -> CostRange.fixed(expression.map().entries().size());
            default -> null;
        };
    }

    private static boolean isScalar(CelType type) {
        return switch (type.kind()) {
            case BOOL, DOUBLE, DURATION, INT, TIMESTAMP, UINT -> true;
            case OPAQUE ->
                type.name().equals("optional_type")
                        && isScalar(type.parameters().getFirst());
            default -> false;
        };
    }

    @Nullable
    Entries entries(CelExpr expression) {
        Entries known = entries.get(expression.id());
        if (known == null && expression.exprKind().getKind() == Kind.IDENT) {
            Local local = local(expression.ident().name());
            known = local == null ? null : local.entries();
        }
        return known;
    }

    void setEntries(CelExpr expression, @Nullable Entries known) {
        if (known != null) {
            entries.put(expression.id(), known);
        }
    }

    private void setSize(CelExpr expression, @Nullable CostRange size) {
        if (size != null) {
            sizes.put(expression.id(), size);
        }
    }

    private @Nullable Local local(String name) {
        List<Local> stack = locals.get(name);
        return stack == null || stack.isEmpty() ? null : stack.getLast();
    }

    private void push(String name, Local local) {
        locals.computeIfAbsent(name, any -> new ArrayList<>()).add(local);
    }

    private void pop(String name) {
        List<Local> stack = locals.get(name);
        if (stack != null) {
            stack.removeLast();
        }
    }
}
