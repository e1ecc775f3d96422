package io.kybern.api.validation;

import io.kybern.api.Json;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One fault of one field, in the words of Kubernetes: each becomes a cause of a {@code Status} with reason {@code Invalid}.
 *
 * @param type what kind of fault it is
 * @param field the path, see {@link FieldPath}
 * @param badValue the value at fault: a string, number, boolean or JSON node; null if the message names none
 * @param detail what would be right; may be empty
 */
public record FieldError(Type type, String field, @Nullable Object badValue, String detail) {

    /** Stands for a value that is too much to be told. */
    public static final Object OMITTED = new Object();

    /** The kinds of fault: how a message begins, and the reason of its cause. */
    public enum Type {
        NOT_FOUND("Not found", "FieldValueNotFound"),
        REQUIRED("Required value", "FieldValueRequired"),
        DUPLICATE("Duplicate value", "FieldValueDuplicate"),
        INVALID("Invalid value", "FieldValueInvalid"),
        NOT_SUPPORTED("Unsupported value", "FieldValueNotSupported"),
        FORBIDDEN("Forbidden", "FieldValueForbidden"),
        TOO_LONG("Too long", "FieldValueTooLong"),
        TOO_MANY("Too many", "FieldValueTooMany"),
        INTERNAL("Internal error", "InternalError"),
        TYPE_INVALID("Invalid value", "FieldValueTypeInvalid");

        private final String title;
        private final String reason;

        Type(String title, String reason) {
            this.title = title;
            this.reason = reason;
        }

        /** The reason of the cause in a {@code Status}, for example {@code FieldValueInvalid}. */
        public String reason() {
            return reason;
        }
    }

    /** The field is missing. */
    public static FieldError required(FieldPath field, String detail) {
        return new FieldError(Type.REQUIRED, field.toString(), null, detail);
    }

    /** The value is not one that the field may have. */
    public static FieldError invalid(FieldPath field, @Nullable Object value, String detail) {
        return new FieldError(Type.INVALID, field.toString(), value, detail);
    }

    /** The value is not one that the field may have; the message does not tell it. */
    public static FieldError invalid(FieldPath field, String detail) {
        return new FieldError(Type.INVALID, field.toString(), OMITTED, detail);
    }

    /** The value is none of a closed set, which the message lists in the given order. */
    public static FieldError notSupported(FieldPath field, @Nullable Object value, Collection<String> supported) {
        String detail = supported.isEmpty()
                ? ""
                : supported.stream()
                        .map(FieldError::quoted)
                        .collect(Collectors.joining(", ", "supported values: ", ""));
        return new FieldError(Type.NOT_SUPPORTED, field.toString(), value, detail);
    }

    /** The value stands twice where it must be unique. */
    public static FieldError duplicate(FieldPath field, @Nullable Object value) {
        return new FieldError(Type.DUPLICATE, field.toString(), value, "");
    }

    /** The field may not be set, or not be changed, here. */
    public static FieldError forbidden(FieldPath field, String detail) {
        return new FieldError(Type.FORBIDDEN, field.toString(), null, detail);
    }

    /** What the value refers to does not exist. */
    public static FieldError notFound(FieldPath field, @Nullable Object value) {
        return new FieldError(Type.NOT_FOUND, field.toString(), value, "");
    }

    /** The value is longer than that many bytes. */
    public static FieldError tooLong(FieldPath field, int maxBytes) {
        return new FieldError(
                Type.TOO_LONG,
                field.toString(),
                null,
                "may not be more than %d byte%s".formatted(maxBytes, maxBytes == 1 ? "" : "s"));
    }

    /** The list has more than that many items. */
    public static FieldError tooMany(FieldPath field, int actual, int max) {
        return new FieldError(
                Type.TOO_MANY,
                field.toString(),
                actual,
                "must have at most %d item%s".formatted(max, max == 1 ? "" : "s"));
    }

    /** The server could not check the value. */
    public static FieldError internal(FieldPath field, String detail) {
        return new FieldError(Type.INTERNAL, field.toString(), null, detail);
    }

    /** The value is not of the field's type. */
    public static FieldError typeInvalid(FieldPath field, @Nullable Object value, String detail) {
        return new FieldError(Type.TYPE_INVALID, field.toString(), value, detail);
    }

    /** The message without the field: {@code Invalid value: "a": must be b}. */
    public String body() {
        String start =
                switch (type) {
                    case REQUIRED, FORBIDDEN, TOO_LONG, INTERNAL -> type.title;
                    case NOT_FOUND, DUPLICATE, INVALID, NOT_SUPPORTED, TOO_MANY, TYPE_INVALID ->
                        badValue == OMITTED ? type.title : type.title + ": " + rendered(badValue);
                };
        return detail.isEmpty() ? start : start + ": " + detail;
    }

    /** The whole message: {@code spec.x: Invalid value: "a": must be b}. */
    public String message() {
        return field + ": " + body();
    }

    private static String rendered(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof JsonNode node) {
            return node.isString() ? quoted(node.asString()) : Json.escaped(node);
        }
        return value instanceof Number || value instanceof Boolean ? value.toString() : quoted(value.toString());
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        text.codePoints().forEach(c -> appendQuoted(out, c));
        return out.append('"').toString();
    }

    private static void appendQuoted(StringBuilder out, int c) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (c < 0x20 || c == 0x7f) {
                    out.append("\\x%02x".formatted(c));
                } else {
                    out.appendCodePoint(c);
                }
            }
        }
    }
}
