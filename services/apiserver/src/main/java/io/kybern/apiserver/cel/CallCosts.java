package io.kybern.apiserver.cel;

import java.util.List;

/** What calls cost, by the sizes of their arguments. The factors are part of the API: rules are written with them in mind. */
final class CallCosts {

    /** One unit is about ten characters that are looked at. */
    private static final double TRAVERSAL = 0.1;

    /** A part of a regular expression is taken to be four characters long. */
    private static final double REGEX_LENGTH = 0.25;

    /** Two checks fit into one expression. */
    private static final long AUTHORIZATION = 350_000;

    private CallCosts() {}

    static long of(String function, String overload, List<Object> arguments, Object result) {
        long first = size(arguments, 0);
        long second = size(arguments, 1);
        return switch (function) {
            case "_&&_", "_||_", "!_", "_?_:_", "@not_strictly_false" -> 0;
            case "check" -> AUTHORIZATION;
            case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf" -> elements(arguments);
            case "url",
                    "lowerAscii",
                    "upperAscii",
                    "substring",
                    "trim",
                    "cidr",
                    "isIP",
                    "isCIDR",
                    "quantity",
                    "isQuantity",
                    "semver",
                    "isSemver",
                    "endsWith" -> traversal(first);
            case "ip" -> overload.equals("cidr_ip") ? 1 : traversal(first);
            case "replace", "split", "ip.isCanonical", "format", "strings.quote" -> traversal(first * 2);
            case "join" -> traversal(CostMeter.size(result) * 2);
            case "startsWith" -> traversal(second);
            case "find", "findAll", "matches" -> traversal(first + 1) * factor(second, REGEX_LENGTH);
            case "contains" -> traversal(first) * Math.max(1, traversal(second));
            case "containsIP", "containsCIDR" -> 1 + traversal(2 * first) + traversal(second);
            case "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_" -> Math.max(1, traversal(Math.min(first, second)));
            case "_+_" -> overload.startsWith("add_list") || overload.startsWith("add_int") ? 1 : sum(arguments);
            case "@in" -> arguments.size() > 1 && arguments.get(1) instanceof List<?> ? Math.max(1, second) : 1;
            case "sets.contains", "sets.intersects", "sets.equivalent" -> Math.max(1, first * second);
            default -> 1;
        };
    }

    private static long sum(List<Object> arguments) {
        boolean text = arguments.getFirst() instanceof String;
        return text ? Math.max(1, traversal(size(arguments, 0) + size(arguments, 1))) : 1;
    }

    private static long elements(List<Object> arguments) {
        Object first = arguments.getFirst();
        if (first instanceof String text) {
            return traversal(text.length());
        }
        if (first instanceof List<?> list) {
            long cost = 0;
            for (Object each : list) {
                cost += each instanceof String text ? 1 + traversal(text.length()) : 1;
            }
            return cost;
        }
        return 1;
    }

    private static long size(List<Object> arguments, int index) {
        return index < arguments.size() ? CostMeter.size(arguments.get(index)) : 0;
    }

    static long traversal(long size) {
        return factor(size, TRAVERSAL);
    }

    private static long factor(long size, double factor) {
        return (long) Math.ceil(size * factor);
    }
}
