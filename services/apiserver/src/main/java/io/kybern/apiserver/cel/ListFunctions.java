package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.TypeParamType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What Kubernetes adds to lists: order, sums and places. */
final class ListFunctions {

    private static final CelType ELEMENT = TypeParamType.create("T");
    private static final CelType LIST = ListType.create(ELEMENT);

    private ListFunctions() {}

    static CelFunctions functions() {
        return new CelFunctions(Map.of())
                .member("isSorted", "list_is_sorted", SimpleType.BOOL, List.of(LIST), args -> sorted(list(args)))
                .member("sum", "list_sum", ELEMENT, List.of(LIST), args -> sum(list(args)))
                .member("min", "list_min", ELEMENT, List.of(LIST), args -> extreme(list(args), "min", -1))
                .member("max", "list_max", ELEMENT, List.of(LIST), args -> extreme(list(args), "max", 1))
                .member("indexOf", "list_index_of", SimpleType.INT, List.of(LIST, ELEMENT), args -> {
                    List<?> list = list(args);
                    for (int i = 0; i < list.size(); i++) {
                        if (same(list.get(i), args[1])) {
                            return (long) i;
                        }
                    }
                    return -1L;
                })
                .member("lastIndexOf", "list_last_index_of", SimpleType.INT, List.of(LIST, ELEMENT), args -> {
                    List<?> list = list(args);
                    for (int i = list.size() - 1; i >= 0; i--) {
                        if (same(list.get(i), args[1])) {
                            return (long) i;
                        }
                    }
                    return -1L;
                });
    }

    private static List<?> list(Object[] arguments) {
        return (List<?>) arguments[0];
    }

    private static boolean same(Object one, Object other) {
        return one instanceof Number && other instanceof Number ? compare(one, other) == 0 : Objects.equals(one, other);
    }

    private static boolean sorted(List<?> list) {
        for (int i = 1; i < list.size(); i++) {
            if (compare(list.get(i - 1), list.get(i)) > 0) {
                return false;
            }
        }
        return true;
    }

    private static Object extreme(List<?> list, String name, int sign) {
        if (list.isEmpty()) {
            throw CelFunctions.failure(name + " called on empty list");
        }
        Object best = list.getFirst();
        for (Object each : list) {
            if (compare(each, best) * sign > 0) {
                best = each;
            }
        }
        return best;
    }

    private static Object sum(List<?> list) {
        Object total = 0L;
        for (Object each : list) {
            total = total.equals(0L) ? each : plus(total, each);
        }
        return total;
    }

    private static Object plus(Object one, Object other) {
        return switch (one) {
            case Long number when other instanceof Long more -> Math.addExact(number, more);
            case Duration duration when other instanceof Duration more -> duration.plus(more);
            case Number number when other instanceof Number more -> number.doubleValue() + more.doubleValue();
            default -> throw CelFunctions.failure("no such overload");
        };
    }

    @SuppressWarnings("unchecked")
    private static int compare(Object one, Object other) {
        if (one instanceof Long number && other instanceof Long more) {
            return Long.compare(number, more);
        }
        if (one instanceof Number number && other instanceof Number more) {
            return Double.compare(number.doubleValue(), more.doubleValue());
        }
        if (one instanceof Comparable<?> && one.getClass() == other.getClass()) {
            return ((Comparable<Object>) one).compareTo(other);
        }
        throw CelFunctions.failure("no such overload");
    }
}
