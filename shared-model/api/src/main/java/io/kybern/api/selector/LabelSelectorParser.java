package io.kybern.api.selector;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads the grammar of the {@code labelSelector} query parameter:
 *
 * <pre>
 * selector    = requirement *( "," requirement )
 * requirement = [ "!" ] key / key ( "=" / "==" / "!=" ) value / key ( "in" / "notin" ) "(" values ")" / key ( "&gt;" / "&lt;" ) number
 * </pre>
 */
final class LabelSelectorParser {

    private static final String PREFIX = "unable to parse requirement: ";
    private static final String OPERATORS = "in, notin, =, ==, !=, gt, lt";

    private enum Kind {
        IDENTIFIER,
        SYMBOL,
        END
    }

    private record Token(Kind kind, String text) {
        boolean is(String symbol) {
            return kind == Kind.SYMBOL && text.equals(symbol);
        }
    }

    private final String input;
    private final List<Token> tokens = new ArrayList<>();
    private int position;

    LabelSelectorParser(String input) {
        this.input = input;
        tokenize();
    }

    List<Requirement> parse() {
        List<Requirement> requirements = new ArrayList<>();
        while (true) {
            Token token = peek();
            if (token.kind() == Kind.END) {
                return requirements;
            }
            if (token.kind() != Kind.IDENTIFIER && !token.is("!")) {
                throw SelectorSyntaxException.unexpected(token.text(), "!, identifier, or 'end of string'");
            }
            requirements.add(requirement());
            Token next = next();
            if (next.kind() == Kind.END) {
                return requirements;
            }
            if (!next.is(",")) {
                throw SelectorSyntaxException.unexpected(next.text(), "',' or 'end of string'");
            }
            Token after = peek();
            if (after.kind() != Kind.IDENTIFIER && !after.is("!")) {
                throw SelectorSyntaxException.unexpected(after.text(), "identifier after ','");
            }
        }
    }

    private Requirement requirement() {
        boolean negated = peek().is("!");
        if (negated) {
            next();
        }
        Token key = next();
        if (key.kind() != Kind.IDENTIFIER) {
            throw failed("found '" + key.text() + "', expected: identifier");
        }
        List<String> faults = Names.qualifiedName(key.text());
        if (!faults.isEmpty()) {
            throw failed(FieldError.invalid(FieldPath.of("key"), key.text(), String.join("; ", faults))
                    .message());
        }
        Token token = peek();
        if (negated || token.kind() == Kind.END || token.is(",")) {
            return new Requirement(
                    key.text(), negated ? Requirement.Operator.DOES_NOT_EXIST : Requirement.Operator.EXISTS, Set.of());
        }
        return comparison(key.text());
    }

    private Requirement comparison(String key) {
        Token token = next();
        return switch (token.text()) {
            case "=", "==" -> checked(key, Requirement.Operator.IN, Set.of(value()));
            case "!=" -> checked(key, Requirement.Operator.NOT_IN, Set.of(value()));
            case ">" -> number(key, Requirement.Operator.GREATER_THAN);
            case "<" -> number(key, Requirement.Operator.LESS_THAN);
            case "in" -> checked(key, Requirement.Operator.IN, values());
            case "notin" -> checked(key, Requirement.Operator.NOT_IN, values());
            default -> throw failed("found '" + token.text() + "', expected: " + OPERATORS);
        };
    }

    private Requirement number(String key, Requirement.Operator operator) {
        String value = value();
        try {
            Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw failed(FieldError.invalid(
                            FieldPath.of("values").index(0),
                            value,
                            "for 'Gt', 'Lt' operators, the value must be an integer")
                    .message());
        }
        return checked(key, operator, Set.of(value));
    }

    private Requirement checked(String key, Requirement.Operator operator, Set<String> values) {
        int index = 0;
        for (String value : values) {
            List<String> faults = Names.labelValue(value);
            if (!faults.isEmpty()) {
                throw failed(FieldError.invalid(
                                FieldPath.of("values").index(index).key(key), value, String.join("; ", faults))
                        .message());
            }
            index++;
        }
        return new Requirement(key, operator, values);
    }

    /** The value behind an operator; none at all is the empty value. */
    private String value() {
        Token token = peek();
        if (token.kind() == Kind.END || token.is(",")) {
            return "";
        }
        next();
        if (token.kind() != Kind.IDENTIFIER) {
            throw failed("found '" + token.text() + "', expected: identifier");
        }
        return token.text();
    }

    private Set<String> values() {
        Token open = next();
        if (!open.is("(")) {
            throw failed("found '" + open.text() + "', expected: '('");
        }
        Set<String> values = new TreeSet<>();
        boolean wantsValue = true;
        while (true) {
            Token token = next();
            if (token.kind() == Kind.IDENTIFIER && wantsValue) {
                values.add(token.text());
                wantsValue = false;
            } else if (token.is(",")) {
                if (wantsValue) {
                    values.add("");
                }
                wantsValue = true;
            } else if (token.is(")")) {
                if (wantsValue) {
                    values.add("");
                }
                return values;
            } else {
                throw failed("found '" + token.text() + "', expected: ',', or ')'");
            }
        }
    }

    private static SelectorSyntaxException failed(String message) {
        return SelectorSyntaxException.of(PREFIX + message);
    }

    private Token peek() {
        return tokens.get(position);
    }

    private Token next() {
        Token token = tokens.get(position);
        if (token.kind() != Kind.END) {
            position++;
        }
        return token;
    }

    private void tokenize() {
        int i = 0;
        while (i < input.length()) {
            char c = input.charAt(i);
            if (Character.isWhitespace(c)) {
                i++;
            } else if (isSymbol(c)) {
                String two = input.substring(i, Math.min(i + 2, input.length()));
                String symbol = two.equals("==") || two.equals("!=") ? two : String.valueOf(c);
                tokens.add(new Token(Kind.SYMBOL, symbol));
                i += symbol.length();
            } else {
                int start = i;
                while (i < input.length() && !isSymbol(input.charAt(i)) && !Character.isWhitespace(input.charAt(i))) {
                    i++;
                }
                tokens.add(new Token(Kind.IDENTIFIER, input.substring(start, i)));
            }
        }
        tokens.add(new Token(Kind.END, ""));
    }

    private static boolean isSymbol(char c) {
        return "=!(),<>".indexOf(c) >= 0;
    }
}
