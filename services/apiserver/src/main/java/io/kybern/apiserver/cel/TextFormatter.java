package io.kybern.apiserver.cel;

import dev.cel.common.types.TypeType;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The function {@code format} of strings: {@code %s}, {@code %d}, {@code %f}, {@code %e}, {@code %b}, {@code %o}, {@code %x} and {@code %X}. */
final class TextFormatter {

    private static final int DEFAULT_PRECISION = 6;

    /** More digits say nothing, and cost. */
    private static final int MAX_PRECISION = 1000;

    private final String pattern;
    private final List<?> arguments;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private int used;

    private TextFormatter(String pattern, List<?> arguments) {
        this.pattern = pattern;
        this.arguments = arguments;
    }

    static String format(String pattern, List<?> arguments) {
        return new TextFormatter(pattern, arguments).run();
    }

    private String run() {
        while (at < pattern.length()) {
            char next = pattern.charAt(at++);
            if (next != '%') {
                out.append(next);
            } else if (at == pattern.length()) {
                throw CelFunctions.failure("unexpected end of format string");
            } else if (pattern.charAt(at) == '%') {
                out.append('%');
                at++;
            } else {
                clause();
            }
        }
        return out.toString();
    }

    private void clause() {
        int precision = precision();
        if (at == pattern.length()) {
            throw CelFunctions.failure("unexpected end of format string");
        }
        char verb = pattern.charAt(at++);
        if (used == arguments.size()) {
            throw CelFunctions.failure("index %d out of range".formatted(used));
        }
        Object argument = arguments.get(used++);
        out.append(
                switch (verb) {
                    case 's' -> text(argument);
                    case 'd' -> number(argument, 10);
                    case 'b' -> argument instanceof Boolean truth ? (truth ? "1" : "0") : number(argument, 2);
                    case 'o' -> number(argument, 8);
                    case 'x' -> hex(argument);
                    case 'X' -> hex(argument).toUpperCase(Locale.ROOT);
                    case 'f' ->
                        decimal(argument)
                                .setScale(precision, RoundingMode.HALF_EVEN)
                                .toPlainString();
                    case 'e' -> ("%." + precision + "e").formatted(decimal(argument));
                    default ->
                        throw CelFunctions.failure(
                                "could not parse formatting clause: unrecognized formatting clause \"" + verb + "\"");
                });
    }

    private int precision() {
        if (pattern.charAt(at) != '.') {
            return DEFAULT_PRECISION;
        }
        int start = ++at;
        while (at < pattern.length() && Character.isDigit(pattern.charAt(at)) && at - start < 4) {
            at++;
        }
        if (at == start) {
            return 0;
        }
        int digits = Integer.parseInt(pattern.substring(start, at));
        if (digits > MAX_PRECISION) {
            throw CelFunctions.failure("precision " + digits + " is too large");
        }
        return digits;
    }

    private static String number(Object argument, int radix) {
        return switch (argument) {
            case Long number -> Long.toString(number, radix);
            case com.google.common.primitives.UnsignedLong number -> number.toString(radix);
            default -> throw CelFunctions.failure("only integers, unsigned integers and bools can be formatted so");
        };
    }

    private static String hex(Object argument) {
        return switch (argument) {
            case String text -> HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
            case CelByteString bytes -> HexFormat.of().formatHex(bytes.toByteArray());
            default -> number(argument, 16);
        };
    }

    private static BigDecimal decimal(Object argument) {
        if (argument instanceof Number number && Double.isFinite(number.doubleValue())) {
            return argument instanceof Long whole
                    ? BigDecimal.valueOf(whole)
                    : BigDecimal.valueOf(number.doubleValue());
        }
        throw CelFunctions.failure("only numbers can be formatted so");
    }

    private static String text(Object value) {
        return switch (value) {
            case NullValue none -> "null";
            case Double number ->
                number % 1 == 0 && Math.abs(number) < 1e15 ? Long.toString(number.longValue()) : number.toString();
            case Duration duration -> TextFunctions.seconds(duration);
            case CelByteString bytes -> new String(bytes.toByteArray(), StandardCharsets.UTF_8);
            case TypeType type -> type.containingTypeName();
            case List<?> list -> list.stream().map(TextFormatter::text).collect(Collectors.joining(", ", "[", "]"));
            case Map<?, ?> map -> {
                TreeMap<String, String> entries = new TreeMap<>();
                map.forEach((key, each) -> entries.put(text(key), text(each)));
                yield entries.entrySet().stream()
                        .map(each -> each.getKey() + ": " + each.getValue())
                        .collect(Collectors.joining(", ", "{", "}"));
            }
            default -> value.toString();
        };
    }
}
