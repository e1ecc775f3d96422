package io.kybern.apiserver.cel;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What Kubernetes adds to strings: searching with regular expressions, formatting and quoting. */
final class TextFunctions {

    private static final CelType TEXT = SimpleType.STRING;
    private static final CelType TEXTS = ListType.create(TEXT);

    private TextFunctions() {}

    static CelFunctions functions() {
        return new CelFunctions(Map.of())
                .member("find", "string_find_string", TEXT, List.of(TEXT, TEXT), args -> {
                    Matcher matcher = pattern(args).matcher((String) args[0]);
                    return matcher.find() ? matcher.group() : "";
                })
                .member("findAll", "string_find_all_string", TEXTS, List.of(TEXT, TEXT), args -> all(args, -1))
                .member(
                        "findAll",
                        "string_find_all_string_int",
                        TEXTS,
                        List.of(TEXT, TEXT, SimpleType.INT),
                        args -> all(args, (Long) args[2]))
                .member(
                        "format",
                        "string_format",
                        TEXT,
                        List.of(TEXT, ListType.create(SimpleType.DYN)),
                        args -> TextFormatter.format((String) args[0], (List<?>) args[1]))
                .global("jsonpatch.escapeKey", "string_jsonpatch_escape_key", TEXT, List.of(TEXT), args -> ((String)
                                args[0])
                        .replace("~", "~0")
                        .replace("/", "~1"))
                .global("strings.quote", "strings_quote", TEXT, List.of(TEXT), args -> quote((String) args[0]));
    }

    private static Pattern pattern(Object[] arguments) {
        try {
            return Pattern.compile((String) arguments[1]);
        } catch (PatternSyntaxException e) {
            throw CelFunctions.failure("Illegal regex: " + e.getMessage());
        }
    }

    private static List<String> all(Object[] arguments, long limit) {
        Matcher matcher = pattern(arguments).matcher((String) arguments[0]);
        List<String> found = new ArrayList<>();
        while ((limit < 0 || found.size() < limit) && matcher.find()) {
            found.add(matcher.group());
        }
        return found;
    }

    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(each -> {
            switch (each) {
                case 7 -> quoted.append("\\a");
                case '\b' -> quoted.append("\\b");
                case '\f' -> quoted.append("\\f");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case 11 -> quoted.append("\\v");
                case '\\' -> quoted.append("\\\\");
                case '"' -> quoted.append("\\\"");
                default -> quoted.appendCodePoint(each);
            }
        });
        return quoted.append('"').toString();
    }

    /** A duration as expressions write it, for example {@code 90s}. */
    static String seconds(Duration duration) {
        BigDecimal exact = BigDecimal.valueOf(duration.getSeconds()).add(BigDecimal.valueOf(duration.getNano(), 9));
        return exact.signum() == 0 ? "0s" : exact.stripTrailingZeros().toPlainString() + "s";
    }
}
