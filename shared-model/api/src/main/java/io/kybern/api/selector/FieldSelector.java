package io.kybern.api.selector;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Selects objects by a few of their fields: {@code status.phase=Running,spec.nodeName!=a}. Which fields a type offers is the
 * type's own matter. Immutable.
 */
public final class FieldSelector {

    private static final FieldSelector EVERYTHING = new FieldSelector(List.of());

    /**
     * One condition.
     *
     * @param field the field's path
     * @param equal whether the field must have the value, or must not
     * @param value the value; empty also stands for an absent field
     */
    public record Term(String field, boolean equal, String value) {

        boolean matches(@Nullable String actual) {
            return (actual == null ? "" : actual).equals(value) == equal;
        }

        @Override
        public String toString() {
            return field + (equal ? "=" : "!=") + value;
        }
    }

    private final List<Term> terms;

    private FieldSelector(List<Term> terms) {
        this.terms = List.copyOf(terms);
    }

    /** Selects every object. */
    public static FieldSelector everything() {
        return EVERYTHING;
    }

    /** Selects the objects that meet all of those conditions. */
    public static FieldSelector of(List<Term> terms) {
        return new FieldSelector(terms);
    }

    /**
     * Reads the {@code fieldSelector} query parameter. Empty selects everything; a backslash escapes a comma, an equals sign
     * and itself within a value.
     *
     * @throws SelectorSyntaxException if the text is no selector, in the words of Kubernetes
     */
    public static FieldSelector parse(String query) {
        if (query.isEmpty()) {
            return EVERYTHING;
        }
        List<Term> terms = new ArrayList<>();
        for (String part : split(query)) {
            if (!part.isEmpty()) {
                terms.add(term(query, part));
            }
        }
        return new FieldSelector(terms);
    }

    private static Term term(String query, String part) {
        for (int i = 0; i < part.length(); i++) {
            if (part.startsWith("!=", i)) {
                return new Term(part.substring(0, i), false, unescape(part.substring(i + 2)));
            }
            if (part.startsWith("==", i)) {
                return new Term(part.substring(0, i), true, unescape(part.substring(i + 2)));
            }
            if (part.charAt(i) == '=') {
                return new Term(part.substring(0, i), true, unescape(part.substring(i + 1)));
            }
        }
        throw SelectorSyntaxException.of("invalid selector: '" + query + "'; can't understand '" + part + "'");
    }

    private static List<String> split(String query) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        boolean escaped = false;
        for (int i = 0; i < query.length(); i++) {
            char c = query.charAt(i);
            if (escaped) {
                escaped = false;
            } else if (c == '\\') {
                escaped = true;
            } else if (c == ',') {
                parts.add(query.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(query.substring(start));
        return parts;
    }

    private static String unescape(String value) {
        StringBuilder out = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\\') {
                if (++i == value.length() || "\\,=".indexOf(value.charAt(i)) < 0) {
                    throw SelectorSyntaxException.of(
                            "invalid field selector: invalid escape sequence in value: " + value);
                }
                out.append(value.charAt(i));
            } else if (c == '=') {
                throw SelectorSyntaxException.of("invalid field selector: unescaped '=' in value: " + value);
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    /** Whether an object is selected whose fields the function answers, null for an absent one. */
    public boolean matches(Function<String, @Nullable String> field) {
        for (Term term : terms) {
            if (!term.matches(field.apply(term.field()))) {
                return false;
            }
        }
        return true;
    }

    /** Whether every object is selected. */
    public boolean isEverything() {
        return terms.isEmpty();
    }

    /** The conditions, in the order in which they were written. */
    public List<Term> terms() {
        return terms;
    }

    /** The value that a field must have, if the selector asks for one. */
    public Optional<String> exact(String field) {
        return terms.stream()
                .filter(term -> term.equal() && term.field().equals(field))
                .map(Term::value)
                .findFirst();
    }

    /** The selector as a query string. */
    @Override
    public String toString() {
        return terms.stream().map(Term::toString).collect(Collectors.joining(","));
    }
}
