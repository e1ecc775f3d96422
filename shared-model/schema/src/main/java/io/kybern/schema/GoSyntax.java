package io.kybern.schema;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.StreamReadConstraints;

/**
 * Says what is wrong with a text that is not JSON, in the words that Kubernetes clients know. Only used once a parser has
 * refused the text.
 */
final class GoSyntax {

    private static final String END = "unexpected end of JSON input";
    private static final String NO_VALUE = "looking for beginning of value";

    /** As deep as our parser reads; Go reads deeper, to 10,000. */
    private static final int MAX_DEPTH = StreamReadConstraints.DEFAULT_MAX_DEPTH;

    private static final Set<Integer> ESCAPES =
            Set.of((int) '"', (int) '\\', (int) '/', (int) 'b', (int) 'f', (int) 'n', (int) 'r', (int) 't');

    private static final class Fault extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Fault(String message) {
            super(message, null, false, false);
        }
    }

    private final byte[] text;
    private int at;

    private GoSyntax(byte[] text) {
        this.text = text;
    }

    /** The first error; empty if the text is well formed. */
    static Optional<String> error(byte[] text) {
        GoSyntax syntax = new GoSyntax(text);
        try {
            syntax.value(0);
            syntax.space();
            if (syntax.at < text.length) {
                throw syntax.invalid("after top-level value");
            }
            return Optional.empty();
        } catch (Fault fault) {
            return Optional.of(String.valueOf(fault.getMessage()));
        }
    }

    private void value(int depth) {
        space();
        int c = peek();
        if (depth >= MAX_DEPTH && (c == '{' || c == '[')) {
            throw new Fault("exceeded max depth");
        }
        switch (c) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> {
                if (c != '-' && !digit(c)) {
                    throw invalid(NO_VALUE);
                }
                number();
            }
        }
    }

    private void object(int depth) {
        at++;
        space();
        if (peek() == '}') {
            at++;
            return;
        }
        while (true) {
            space();
            if (peek() != '"') {
                throw invalid("looking for beginning of object key string");
            }
            string();
            space();
            expect(':', "after object key");
            value(depth + 1);
            space();
            if (peek() == '}') {
                at++;
                return;
            }
            expect(',', "after object key:value pair");
        }
    }

    private void array(int depth) {
        at++;
        space();
        if (peek() == ']') {
            at++;
            return;
        }
        while (true) {
            value(depth + 1);
            space();
            if (peek() == ']') {
                at++;
                return;
            }
            expect(',', "after array element");
        }
    }

    private void string() {
        at++;
        while (true) {
            int c = peek();
            if (c == '"') {
                at++;
                return;
            }
            if (c < 0x20) {
                throw invalid("in string literal");
            }
            at++;
            if (c == '\\') {
                escape();
            }
        }
    }

    private void escape() {
        int c = peek();
        if (c == 'u') {
            at++;
            for (int i = 0; i < 4; i++) {
                if (Character.digit(peek(), 16) < 0) {
                    throw invalid("in \\u hexadecimal character escape");
                }
                at++;
            }
        } else if (ESCAPES.contains(c)) {
            at++;
        } else {
            throw invalid("in string escape code");
        }
    }

    private void number() {
        if (peek() == '-') {
            at++;
            if (!digit(peek())) {
                throw invalid("in numeric literal");
            }
        }
        if (peek() == '0') {
            at++;
        } else {
            digits();
        }
        if (at < text.length && text[at] == '.') {
            at++;
            if (!digit(peek())) {
                throw invalid("after decimal point in numeric literal");
            }
            digits();
        }
        if (at < text.length && (text[at] == 'e' || text[at] == 'E')) {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            if (!digit(peek())) {
                throw invalid("in exponent of numeric literal");
            }
            digits();
        }
    }

    private void digits() {
        while (at < text.length && digit(text[at])) {
            at++;
        }
    }

    private void word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (peek() != word.charAt(i)) {
                throw invalid("in literal " + word + " (expecting '" + word.charAt(i) + "')");
            }
            at++;
        }
    }

    private void expect(char wanted, String context) {
        if (peek() != wanted) {
            throw invalid(context);
        }
        at++;
    }

    private void space() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')) {
            at++;
        }
    }

    private int peek() {
        if (at >= text.length) {
            throw new Fault(END);
        }
        return text[at] & 0xff;
    }

    private static boolean digit(int c) {
        return c >= '0' && c <= '9';
    }

    /** The offending byte is shown as a Latin-1 character, as the original does. */
    private Fault invalid(String context) {
        String c = new String(text, at, 1, StandardCharsets.ISO_8859_1);
        String shown =
                switch (c) {
                    case "'" -> "\\'";
                    case "\"" -> "\"";
                    default -> GoText.escaped(c);
                };
        return new Fault("invalid character '" + shown + "' " + context);
    }
}
