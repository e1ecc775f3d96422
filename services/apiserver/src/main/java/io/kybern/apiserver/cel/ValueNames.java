package io.kybern.apiserver.cel;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How properties are called in expressions, where not every name of JSON is one; see "Validation rules" of custom resources:
 * {@code my-prop} is {@code my__dash__prop}, and {@code namespace} is {@code __namespace__}.
 */
public final class ValueNames {

    private static final Set<String> RESERVED = Set.of(
            "true",
            "false",
            "null",
            "in",
            "as",
            "break",
            "const",
            "continue",
            "else",
            "for",
            "function",
            "if",
            "import",
            "let",
            "loop",
            "package",
            "namespace",
            "return",
            "var",
            "void",
            "while");
    private static final Map<String, String> ESCAPES =
            Map.of("__underscores__", "__", "__dot__", ".", "__dash__", "-", "__slash__", "/");
    private static final Pattern ESCAPE = Pattern.compile("__(?:underscores|dot|dash|slash)__");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_./-]*");

    private ValueNames() {}

    /** Whether the word belongs to the language, so that nothing can be called so. */
    public static boolean isReserved(String name) {
        return RESERVED.contains(name);
    }

    /** The name in expressions; empty if there is none, and expressions cannot see the property. */
    static Optional<String> escape(String property) {
        if (RESERVED.contains(property)) {
            return Optional.of("__" + property + "__");
        }
        if (!NAME.matcher(property).matches()) {
            return Optional.empty();
        }
        return Optional.of(property.replace("__", "__underscores__")
                .replace(".", "__dot__")
                .replace("-", "__dash__")
                .replace("/", "__slash__"));
    }

    /** The name in JSON. */
    static String unescape(String name) {
        if (!name.contains("__")) {
            return name;
        }
        if (name.length() > 4 && name.startsWith("__") && name.endsWith("__")) {
            String inner = name.substring(2, name.length() - 2);
            if (RESERVED.contains(inner)) {
                return inner;
            }
        }
        return ESCAPE.matcher(name)
                .replaceAll(found -> Matcher.quoteReplacement(ESCAPES.getOrDefault(found.group(), found.group())));
    }
}
