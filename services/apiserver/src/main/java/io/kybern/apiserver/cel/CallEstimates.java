package io.kybern.apiserver.cel;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What calls may cost, by the sizes that their arguments may have, and how large their results may be. The factors are part of the API:
 * they decide which definitions are accepted. {@link CallCosts} counts what calls really cost.
 */
final class CallEstimates {

    /** One unit is about ten characters that are looked at. */
    private static final double TRAVERSAL = 0.1;

    /** A part of a regular expression is taken to be four characters long. */
    private static final double REGEX_LENGTH = 0.25;

    /** The longest regular expression behind a named format. */
    private static final int FORMAT_REGEX = 128;

    private static final int MAX_FORMAT = 64;
    private static final CostRange AUTHORIZATION = CostRange.fixed(350_000);

    /** A selector's requirement is two characters at least, and a list and a structure when it is read. */
    private static final double REQUIREMENTS = 0.5;

    private static final double REQUIREMENT = 50;
    private static final CostRange SELECTOR = CostRange.fixed(10);

    /** Addresses are compared byte by byte, and have four or sixteen of them. */
    private static final CostRange ADDRESS = new CostRange(4, 16);

    private static final Set<String> COMPARED_AT_ONCE = Set.of(
            "net.IP",
            "net.CIDR",
            "kubernetes.Quantity",
            "kubernetes.Semver",
            "kubernetes.authorization.Authorizer",
            "kubernetes.authorization.PathCheck",
            "kubernetes.authorization.GroupCheck",
            "kubernetes.authorization.ResourceCheck",
            "kubernetes.authorization.Decision");

    private final CostEstimator parts;

    CallEstimates(CostEstimator parts) {
        this.parts = parts;
    }

    /**
     * What one overload of a call may cost.
     *
     * @param cost with that of the arguments, without that of the target
     * @param size of the result; null if the call says nothing of it
     */
    record Estimate(CostRange cost, @Nullable CostRange size) {

        static Estimate of(CostRange cost) {
            return new Estimate(cost, null);
        }

        Estimate plus(List<CostRange> arguments) {
            CostRange sum = cost;
            for (CostRange each : arguments) {
                sum = sum.plus(each);
            }
            return new Estimate(sum, size);
        }
    }

    /** Estimates a call whose arguments have been visited. */
    Estimate estimate(CelExpr expression, String overload, List<CostRange> costs) {
        CelExpr.CelCall call = expression.call();
        Estimate known = library(call, overload);
        if (known != null) {
            return known.plus(costs);
        }
        return switch (overload) {
            // what is not needed is not evaluated
            case "logical_or", "logical_and" ->
                Estimate.of(new CostRange(
                        costs.get(0).min(), costs.get(0).plus(costs.get(1)).max()));
            case "conditional" -> {
                parts.setEntries(expression, CostEstimator.Entries.either(entries(call, 1), entries(call, 2)));
                yield new Estimate(
                        costs.get(0).plus(costs.get(1).or(costs.get(2))),
                        size(call, 1).or(size(call, 2)));
            }
            default -> standard(expression, overload).plus(costs);
        };
    }

    /** The functions that Kubernetes adds; null for others. */
    private @Nullable Estimate library(CelExpr.CelCall call, String overload) {
        CelExpr target = call.target().orElse(null);
        boolean one = !call.args().isEmpty();
        return switch (call.function()) {
            case "check" -> Estimate.of(AUTHORIZATION);
            case "fieldSelector", "labelSelector" -> one ? selector(size(call, 0)) : null;
            case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf" -> target == null ? null : through(target);
            case "url", "jsonpatch.escapeKey" -> one ? copied(size(call, 0)) : null;
            case "lowerAscii", "upperAscii", "substring", "trim" ->
                target == null ? null : copied(parts.sizeOrUnknown(target));
            case "replace" -> target == null || call.args().size() < 2 ? null : replaced(call, target);
            case "split" -> target == null ? null : split(call, target);
            case "join" -> target == null ? null : joined(call, target);
            case "find", "findAll" -> target == null || !one ? null : found(call, target);
            case "cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver" ->
                one ? Estimate.of(size(call, 0).times(TRAVERSAL)) : null;
            case "ip" ->
                overload.equals("cidr_ip") || !one
                        ? null
                        : Estimate.of(size(call, 0).times(TRAVERSAL));
            case "ip.isCanonical" -> one ? Estimate.of(size(call, 0).times(2 * TRAVERSAL)) : null;
            case "containsIP" -> one ? Estimate.of(contained(call, 0, CostRange.NOTHING)) : null;
            case "containsCIDR" ->
                one ? Estimate.of(contained(call, 0, ADDRESS.times(TRAVERSAL).plus(CostRange.ONE))) : null;
            case "validate" ->
                one ? Estimate.of(size(call, 0).times(TRAVERSAL).times(FORMAT_REGEX * REGEX_LENGTH)) : null;
            case "_==_" -> compared(call);
            default -> null;
        };
    }

    private static Estimate selector(CostRange length) {
        return Estimate.of(SELECTOR.plus(length.times(TRAVERSAL))
                .plus(length.times(REQUIREMENTS).times(REQUIREMENT)));
    }

    private static Estimate copied(CostRange size) {
        return new Estimate(size.times(TRAVERSAL), size);
    }

    /** One comparison for each element, and more for texts. */
    private Estimate through(CelExpr target) {
        CostRange size = parts.sizeOrUnknown(target);
        CelType type = parts.type(target);
        if (type.parameters().isEmpty()) {
            return Estimate.of(size.times(TRAVERSAL));
        }
        CelKind kind = type.parameters().getFirst().kind();
        CostRange each = CostRange.ONE;
        if (kind == CelKind.STRING || kind == CelKind.BYTES) {
            each = each.plus(elementSize(target).times(TRAVERSAL));
        }
        return Estimate.of(size.times(each));
    }

    private CostRange elementSize(CelExpr list) {
        List<String> path = parts.path(list);
        return path.isEmpty()
                ? CostRange.UNKNOWN
                : parts.sizeAt(CostEstimator.longer(path, "@items")).orElse(CostRange.UNKNOWN);
    }

    /** The shortest and the longest text that may come out when parts of any size are replaced. */
    private Estimate replaced(CelExpr.CelCall call, CelExpr target) {
        CostRange size = parts.sizeOrUnknown(target);
        CostRange old = size(call, 0);
        CostRange with = size(call, 1);
        boolean mayGrow = old.min() == 0 || with.max() > old.min();
        boolean mayShrink = old.max() == 0 || old.max() > with.min();
        long most = old.min() == 0
                ? CostRange.sum(size.max(), 1)
                : mayGrow ? (long) Math.ceil((double) size.max() / old.min()) : 0;
        long least = old.max() == 0
                ? CostRange.sum(size.min(), 1)
                : mayShrink ? (long) Math.ceil((double) size.min() / old.max()) : 0;
        CostRange kept = new CostRange(
                old.max() == 0 || !mayShrink ? size.min() : 0, old.min() == 0 || !mayGrow ? size.max() : 0);
        CostRange result = new CostRange(least, most).times(with).plus(kept);
        return new Estimate(size.times(2 * TRAVERSAL), result);
    }

    private Estimate split(CelExpr.CelCall call, CelExpr target) {
        CostRange size = parts.sizeOrUnknown(target);
        long most = size.max();
        if (call.args().size() > 1
                && call.args().get(1).exprKind().getKind() == Kind.CONSTANT
                && call.args().get(1).constant().getKind() == CelConstant.Kind.INT64_VALUE) {
            long limit = call.args().get(1).constant().int64Value();
            most = limit < 0 ? CostRange.ENDLESS : limit;
        }
        return new Estimate(size.times(2 * TRAVERSAL), new CostRange(0, most));
    }

    private Estimate joined(CelExpr.CelCall call, CelExpr target) {
        CostRange list = parts.sizeOrUnknown(target);
        CostRange size =
                parts.type(target).parameters().isEmpty() ? CostRange.NOTHING : list.times(elementSize(target));
        if (!call.args().isEmpty()) {
            size = size.plus(
                    size(call, 0).times(new CostRange(Math.max(0, list.min() - 1), Math.max(0, list.max() - 1))));
        }
        return new Estimate(size.times(TRAVERSAL), size);
    }

    private Estimate found(CelExpr.CelCall call, CelExpr target) {
        CostRange size = parts.sizeOrUnknown(target);
        return new Estimate(matched(size, size(call, 0)), new CostRange(0, size.max()));
    }

    private static CostRange matched(CostRange text, CostRange regex) {
        return text.plus(CostRange.ONE).times(TRAVERSAL).times(regex.times(REGEX_LENGTH));
    }

    private CostRange contained(CelExpr.CelCall call, int argument, CostRange more) {
        CostRange cost = ADDRESS.plus(ADDRESS).times(TRAVERSAL).plus(more);
        boolean text = parts.type(call.args().get(argument)).kind() == CelKind.STRING;
        return text ? cost.plus(size(call, argument).times(TRAVERSAL)) : cost;
    }

    private @Nullable Estimate compared(CelExpr.CelCall call) {
        if (call.args().size() != 2) {
            return null;
        }
        CelType left = parts.type(call.args().get(0));
        if (!left.equals(parts.type(call.args().get(1)))) {
            return null;
        }
        if (COMPARED_AT_ONCE.contains(left.name())) {
            return Estimate.of(CostRange.ONE);
        }
        return switch (left.name()) {
            case "kubernetes.NamedFormat" -> Estimate.of(new CostRange(1, MAX_FORMAT).times(TRAVERSAL));
            case "kubernetes.URL" -> {
                CostRange size = parts.size(call.args().get(1));
                yield Estimate.of(new CostRange(1, size == null ? 1 : size.max()).times(TRAVERSAL));
            }
            default -> null;
        };
    }

    /** The functions of the language. */
    private Estimate standard(CelExpr expression, String overload) {
        CelExpr.CelCall call = expression.call();
        List<CelExpr> operands = new ArrayList<>();
        call.target().ifPresent(operands::add);
        operands.addAll(call.args());
        return switch (overload) {
            case "string_format" -> Estimate.of(sizeOf(operands, 0).times(TRAVERSAL));
            case "string_to_bytes" -> {
                CostRange size = sizeOf(operands, 0);
                yield new Estimate(size.times(TRAVERSAL), new CostRange(size.min(), CostRange.product(size.max(), 4)));
            }
            case "bytes_to_string" -> {
                CostRange size = sizeOf(operands, 0);
                yield new Estimate(size.times(TRAVERSAL), new CostRange(size.min() / 4, size.max()));
            }
            case "strings_quote" -> {
                CostRange size = sizeOf(operands, 0);
                CostRange most = new CostRange(size.min(), CostRange.product(size.max(), 2));
                yield new Estimate(size.times(TRAVERSAL), most.plus(CostRange.fixed(2)));
            }
            case "starts_with_string", "ends_with_string" ->
                Estimate.of(sizeOf(operands, 1).times(TRAVERSAL));
            case "in_list" -> Estimate.of(sizeOf(operands, 1));
            case "matches_string", "matches" -> Estimate.of(matched(sizeOf(operands, 0), sizeOf(operands, 1)));
            case "contains_string" ->
                Estimate.of(sizeOf(operands, 0)
                        .times(TRAVERSAL)
                        .times(sizeOf(operands, 1).times(TRAVERSAL)));
            case "add_string", "add_bytes" -> {
                CostRange size = added(expression, operands);
                yield new Estimate(size.times(TRAVERSAL), size);
            }
            case "add_list" -> new Estimate(CostRange.ONE, added(expression, operands));
            case "less_string",
                    "greater_string",
                    "less_equals_string",
                    "greater_equals_string",
                    "less_bytes",
                    "greater_bytes",
                    "less_equals_bytes",
                    "greater_equals_bytes",
                    "equals",
                    "not_equals" -> {
                long most =
                        Math.min(sizeOf(operands, 0).max(), sizeOf(operands, 1).max());
                yield Estimate.of(new CostRange(most > 0 ? 1 : 0, most).times(TRAVERSAL));
            }
            default -> Estimate.of(CostRange.ONE);
        };
    }

    private CostRange added(CelExpr expression, List<CelExpr> operands) {
        parts.setEntries(
                expression,
                CostEstimator.Entries.either(parts.entries(operands.get(0)), parts.entries(operands.get(1))));
        return sizeOf(operands, 0).plus(sizeOf(operands, 1));
    }

    private CostRange sizeOf(List<CelExpr> operands, int index) {
        return index < operands.size() ? parts.sizeOrUnknown(operands.get(index)) : CostRange.UNKNOWN;
    }

    private CostRange size(CelExpr.CelCall call, int argument) {
        return parts.sizeOrUnknown(call.args().get(argument));
    }

    private CostEstimator.@Nullable Entries entries(CelExpr.CelCall call, int argument) {
        return parts.entries(call.args().get(argument));
    }
}
