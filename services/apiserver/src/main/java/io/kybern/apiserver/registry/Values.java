package io.kybern.apiserver.registry;

import io.kybern.api.Quantity;
import io.kybern.api.QuantityFormatException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** Checks that many types have in common. An absent field is never a fault unless the method says so. */
public final class Values {

    /** What is said of a number that may not be below zero. */
    public static final String NOT_NEGATIVE = "must be greater than or equal to 0";

    private static final int ALL_PERCENT = 100;
    private static final Pattern NUMERIC_ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final Pattern PERCENT = Pattern.compile("[0-9]+%");

    private Values() {}

    /** A JSON object of strings as a map. */
    public static Map<String, String> strings(JsonNode object) {
        Map<String, String> strings = new LinkedHashMap<>();
        object.properties()
                .forEach(entry -> strings.put(entry.getKey(), entry.getValue().asString("")));
        return strings;
    }

    /** The field must have one of the values; whether it must be there is up to the caller. */
    public static void oneOf(
            JsonNode object,
            String field,
            FieldPath path,
            List<String> values,
            boolean required,
            List<FieldError> errors) {
        String value = object.path(field).asString("");
        if (value.isEmpty()) {
            if (required) {
                errors.add(FieldError.required(path.child(field), ""));
            }
        } else if (!values.contains(value)) {
            errors.add(FieldError.notSupported(path.child(field), value, values));
        }
    }

    /** The number must not be below zero. */
    public static void notNegative(JsonNode object, String field, FieldPath path, List<FieldError> errors) {
        JsonNode value = object.path(field);
        if (value.isNumber() && value.asLong() < 0) {
            errors.add(FieldError.invalid(path.child(field), value, NOT_NEGATIVE));
        }
    }

    /** The text must be a DNS name. */
    public static void subdomain(JsonNode object, String field, FieldPath path, List<FieldError> errors) {
        String value = object.path(field).asString("");
        if (!value.isEmpty()) {
            Names.dns1123Subdomain(value)
                    .forEach(fault -> errors.add(FieldError.invalid(path.child(field), value, fault)));
        }
    }

    /** The text must be a DNS label. */
    public static void label(JsonNode object, String field, FieldPath path, List<FieldError> errors) {
        String value = object.path(field).asString("");
        if (!value.isEmpty()) {
            Names.dns1123Label(value).forEach(fault -> errors.add(FieldError.invalid(path.child(field), value, fault)));
        }
    }

    /** Keys and values must be those of labels. */
    public static void labels(JsonNode labels, FieldPath path, List<FieldError> errors) {
        MetadataValidator.labels(labels, path, errors);
    }

    /** The text must be an IP address. */
    public static void ip(String value, FieldPath path, List<FieldError> errors) {
        if (address(value).isEmpty()) {
            errors.add(
                    FieldError.invalid(path, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
        }
    }

    /** The address that a text is, without asking any name server. */
    public static Optional<InetAddress> address(String value) {
        boolean four = value.indexOf(':') < 0;
        if (!NUMERIC_ADDRESS.matcher(value).matches() || four && value.split("\\.", -1).length != 4) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(value));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** The amount in a field; empty if it is absent or none. */
    public static Optional<Quantity> quantity(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Quantity.parse(value.asString("")));
        } catch (QuantityFormatException e) {
            return Optional.empty();
        }
    }

    /** A selector object must be readable: operators known, values where they belong, keys and values those of labels. */
    public static void selector(JsonNode selector, FieldPath path, List<FieldError> errors) {
        MetadataValidator.labels(selector.path("matchLabels"), path.child("matchLabels"), errors);
        int index = 0;
        for (JsonNode expression : selector.path("matchExpressions")) {
            FieldPath each = path.child("matchExpressions").index(index++);
            String operator = expression.path("operator").asString("");
            switch (operator) {
                case "In", "NotIn" -> {
                    if (expression.path("values").isEmpty()) {
                        errors.add(FieldError.required(
                                each.child("values"), "must be specified when `operator` is 'In' or 'NotIn'"));
                    }
                }
                case "Exists", "DoesNotExist" -> {
                    if (!expression.path("values").isEmpty()) {
                        errors.add(FieldError.forbidden(
                                each.child("values"),
                                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
                    }
                }
                default ->
                    errors.add(FieldError.invalid(each.child("operator"), operator, "not a valid selector operator"));
            }
            String key = expression.path("key").asString("");
            Names.qualifiedName(key).forEach(fault -> errors.add(FieldError.invalid(each.child("key"), key, fault)));
            int position = 0;
            for (JsonNode value : expression.path("values")) {
                FieldPath where = each.child("values").index(position++);
                Names.labelValue(value.asString(""))
                        .forEach(fault -> errors.add(FieldError.invalid(where, value.asString(""), fault)));
            }
        }
    }

    /** A number that is not negative, or a percentage. */
    public static void numberOrPercent(JsonNode value, FieldPath path, List<FieldError> errors) {
        if (value.isString()) {
            if (!PERCENT.matcher(value.asString()).matches()) {
                errors.add(FieldError.invalid(
                        path,
                        value,
                        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex"
                                + " used for validation is '[0-9]+%')"));
            }
        } else if (value.isNumber() && value.asLong() < 0) {
            errors.add(FieldError.invalid(path, value, NOT_NEGATIVE));
        }
    }

    /** Whether two trees say the same. Numbers go by their value: a tree that was computed has other classes of numbers than one read. */
    public static boolean same(JsonNode one, JsonNode other) {
        return one.equals(Values::compareValues, other);
    }

    private static int compareValues(JsonNode one, JsonNode other) {
        if (one.isNumber() && other.isNumber()) {
            return one.decimalValue().compareTo(other.decimalValue());
        }
        return one.equals(other) ? 0 : 1;
    }

    /** The first element of a list that has the name; missing if there is none. */
    public static JsonNode named(JsonNode list, String name) {
        for (JsonNode each : list) {
            if (each.path("name").asString("").equals(name)) {
                return each;
            }
        }
        return MissingNode.getInstance();
    }

    /** The field must be what it was. */
    public static void immutable(JsonNode now, JsonNode before, FieldPath path, List<FieldError> errors) {
        if (!same(now, before)) {
            errors.add(FieldError.invalid(path, now.isMissingNode() ? null : now, "field is immutable"));
        }
    }

    /** A percentage may not be more than all. */
    public static void notAboveAll(JsonNode value, FieldPath path, List<FieldError> errors) {
        if (value.isString() && percent(value) > ALL_PERCENT) {
            errors.add(FieldError.invalid(path, value, "must not be greater than 100%"));
        }
    }

    /** Whether a number or a percentage is none. */
    public static boolean isZero(JsonNode value) {
        return value.isString() ? percent(value) == 0 : value.asLong(0) == 0;
    }

    /** The number before the percent sign; -1 if there is none. */
    private static long percent(JsonNode value) {
        String text = value.asString();
        try {
            return text.endsWith("%") ? Long.parseLong(text.substring(0, text.length() - 1)) : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Whether two objects are equal in all fields but those named. */
    public static boolean equalExcept(JsonNode one, JsonNode other, List<String> fields) {
        return same(without(one, fields), without(other, fields));
    }

    private static JsonNode without(JsonNode object, List<String> fields) {
        return object instanceof ObjectNode present ? present.deepCopy().without(fields) : object;
    }
}
