package io.kybern.node.env;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Replaces {@code $(NAME)} by a variable's value. {@code $$(NAME)} is the way to write a literal {@code $(NAME)}; a name
 * without a value stays as it is written. See <a
 * href="https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/">dependent
 * environment variables</a>.
 */
public final class Expansion {

    private Expansion() {}

    /** Expands all references in the text; {@code values} answers null for a name that it does not know. */
    public static String expand(String text, Function<String, @Nullable String> values) {
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != '$' || at + 1 == text.length()) {
                out.append(c);
                at++;
                continue;
            }
            char next = text.charAt(at + 1);
            if (next == '$') {
                out.append('$');
                at += 2;
            } else if (next == '(') {
                int end = text.indexOf(')', at);
                if (end < 0) {
                    out.append("$(");
                    at += 2;
                } else {
                    String name = text.substring(at + 2, end);
                    String value = values.apply(name);
                    out.append(value == null ? "$(" + name + ")" : value);
                    at = end + 1;
                }
            } else {
                out.append('$').append(next);
                at += 2;
            }
        }
        return out.toString();
    }
}
