package io.kybern.schema;

import io.kybern.api.Quantity;
import io.kybern.api.QuantityFormatException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads one JSON value against a schema in a single pass. The first value of a wrong type is remembered and reading goes on;
 * a value that its own type refuses (a time, a quantity) ends it at once: that is the order in which clients know errors.
 */
final class TypedReader {

    private static final int MAX_STRICT_ERRORS = 100;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** What the value is not; the message is for the client. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message, null, false, false);
        }
    }

    private final JsonParser parser;
    private final Map<String, Schema> rootFields;
    private final List<String> strictErrors = new ArrayList<>();
    private final StringBuilder strictPath = new StringBuilder();
    private final StringBuilder fieldPath = new StringBuilder();
    private @Nullable Schema struct;
    private @Nullable String firstError;

    /**
     * @param parser stands before the value
     * @param rootFields what the outermost object has besides what its schema declares
     */
    TypedReader(JsonParser parser, Map<String, Schema> rootFields) {
        this.parser = parser;
        this.rootFields = rootFields;
    }

    /**
     * Reads the outermost object into one that may already have some fields.
     *
     * @throws Refused if a value has the wrong type
     */
    void readInto(ObjectNode object, Schema schema) {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw new Refused("unexpected end of JSON input");
        }
        if (first == JsonToken.START_OBJECT) {
            fields(object, schema, rootFields);
        } else if (first != JsonToken.VALUE_NULL) {
            wrongType(schema, first);
        }
        if (parser.nextToken() != null) {
            throw new Refused("invalid character after top-level value");
        }
        if (firstError != null) {
            throw new Refused(firstError);
        }
    }

    /** Reads a value of any kind. */
    JsonNode readAny() {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw new Refused("unexpected end of JSON input");
        }
        JsonNode value = any(first);
        if (parser.nextToken() != null) {
            throw new Refused("invalid character after top-level value");
        }
        return value;
    }

    List<String> strictErrors() {
        return strictErrors;
    }

    private void fields(ObjectNode object, Schema schema, Map<String, Schema> further) {
        Map<String, Schema> properties = schema.properties();
        Schema outerStruct = struct;
        int strictLength = strictPath.length();
        int fieldLength = fieldPath.length();
        BitSet seen = new BitSet(properties.size());
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            Schema field = properties.get(name);
            boolean declared = field != null;
            if (field == null) {
                field = further.get(name);
            }
            JsonToken token = parser.nextToken();
            if (field == null) {
                if (schema.preservesUnknown()) {
                    enter(name);
                    object.set(name, any(token));
                } else {
                    strict("unknown field", name);
                    parser.skipChildren();
                }
            } else {
                if (declared) {
                    if (seen.get(field.position())) {
                        strict("duplicate field", name);
                    }
                    seen.set(field.position());
                }
                enter(name);
                if (fieldLength > 0) {
                    fieldPath.append('.');
                }
                fieldPath.append(name);
                struct = schema;
                JsonNode value = value(field, token, object.get(name));
                if (value != null) {
                    put(object, name, value, field);
                }
            }
            strictPath.setLength(strictLength);
            fieldPath.setLength(fieldLength);
            struct = outerStruct;
        }
        for (Schema.ShownField each : schema.shownFields()) {
            each.setIfAbsent(object);
        }
    }

    private static void put(ObjectNode object, String name, JsonNode value, Schema field) {
        if (field.omits(value)) {
            // it may have come before with another value
            object.remove(name);
        } else {
            object.set(name, value);
        }
    }

    /** The value of a field; null if it counts as absent. */
    private @Nullable JsonNode value(Schema schema, JsonToken token, @Nullable JsonNode earlier) {
        if (token == JsonToken.VALUE_NULL) {
            return schema.nullable() ? NODES.nullNode() : null;
        }
        return switch (schema.type()) {
            case OBJECT -> object(schema, token, earlier);
            case MAP -> map(schema, token, earlier);
            case ARRAY -> array(schema, token);
            case STRING -> string(schema, token);
            case INTEGER -> integer(schema, token);
            case NUMBER -> token.isNumeric() ? number(token) : wrongType(schema, token);
            case BOOLEAN ->
                token.isBoolean() ? NODES.booleanNode(token == JsonToken.VALUE_TRUE) : wrongType(schema, token);
            case INT_OR_STRING -> intOrString(schema, token);
            case ANY -> any(token);
        };
    }

    /** A field that comes twice is read over its earlier value. */
    private @Nullable JsonNode object(Schema schema, JsonToken token, @Nullable JsonNode earlier) {
        if (token != JsonToken.START_OBJECT) {
            return wrongType(schema, token);
        }
        ObjectNode object = earlier instanceof ObjectNode before ? before : NODES.objectNode();
        fields(object, schema, Map.of());
        return object;
    }

    private @Nullable JsonNode map(Schema schema, JsonToken token, @Nullable JsonNode earlier) {
        if (token != JsonToken.START_OBJECT) {
            return wrongType(schema, token);
        }
        ObjectNode map = earlier instanceof ObjectNode before ? before : NODES.objectNode();
        Schema values = schema.items();
        int strictLength = strictPath.length();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            if (map.has(key)) {
                strict("duplicate field", key);
            }
            enter(key);
            map.set(key, element(values, parser.nextToken()));
            strictPath.setLength(strictLength);
        }
        return map;
    }

    private @Nullable JsonNode array(Schema schema, JsonToken token) {
        if (token != JsonToken.START_ARRAY) {
            return wrongType(schema, token);
        }
        ArrayNode array = NODES.arrayNode();
        Schema elements = schema.items();
        int strictLength = strictPath.length();
        for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
            strictPath.append('[').append(array.size()).append(']');
            array.add(element(elements, next));
            strictPath.setLength(strictLength);
        }
        return array;
    }

    /** An element of a list or map; null makes the type's zero value. */
    private JsonNode element(Schema schema, JsonToken token) {
        JsonNode value = value(schema, token, null);
        if (value != null) {
            return value;
        }
        return switch (schema.type()) {
            case OBJECT, MAP -> NODES.objectNode();
            case ARRAY -> NODES.arrayNode();
            case STRING -> NODES.stringNode(isQuantity(schema) ? "0" : "");
            case INTEGER, NUMBER, INT_OR_STRING -> NODES.numberNode(0);
            case BOOLEAN -> NODES.booleanNode(false);
            case ANY -> NODES.nullNode();
        };
    }

    private @Nullable JsonNode string(Schema schema, JsonToken token) {
        if (isQuantity(schema)) {
            return quantity(token);
        }
        if (schema.format().equals("date-time")) {
            return time(schema, token);
        }
        if (token != JsonToken.VALUE_STRING) {
            return wrongType(schema, token);
        }
        String text = parser.getString();
        return schema.format().equals("byte") ? bytes(text) : NODES.stringNode(text);
    }

    private static boolean isQuantity(Schema schema) {
        return schema.definitionName().equals("io.k8s.apimachinery.pkg.api.resource.Quantity");
    }

    private JsonNode quantity(JsonToken token) {
        String text = token.isScalarValue() ? parser.getString() : "{";
        parser.skipChildren();
        try {
            return NODES.stringNode(Quantity.parse(text.trim()).canonical());
        } catch (QuantityFormatException e) {
            throw new Refused(String.valueOf(e.getMessage()));
        }
    }

    private @Nullable JsonNode time(Schema schema, JsonToken token) {
        if (token != JsonToken.VALUE_STRING) {
            throw new Refused(typeError(kind(token), "string"));
        }
        try {
            String canonical =
                    GoTime.canonical(parser.getString(), schema.definitionName().endsWith(".MicroTime"));
            return canonical.isEmpty() ? null : NODES.stringNode(canonical);
        } catch (IllegalArgumentException e) {
            throw new Refused(String.valueOf(e.getMessage()));
        }
    }

    /** Base64 with padding; line breaks are skipped, and what is kept is in canonical form. */
    private @Nullable JsonNode bytes(String text) {
        String bare = text.indexOf('\n') < 0 && text.indexOf('\r') < 0 ? text : text.replaceAll("[\r\n]", "");
        int fault = base64Fault(bare);
        if (fault < 0) {
            try {
                return NODES.stringNode(
                        Base64.getEncoder().encodeToString(Base64.getDecoder().decode(bare)));
            } catch (IllegalArgumentException e) {
                fault = Math.max(0, bare.length() - 1);
            }
        }
        remember("illegal base64 data at input byte " + fault);
        return null;
    }

    private static int base64Fault(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            boolean padding = c == '=' && i >= text.length() - 2 && i % 4 >= 2;
            if (!letter && c != '+' && c != '/' && !padding) {
                return i;
            }
        }
        return text.length() % 4 == 0 ? -1 : text.length() / 4 * 4;
    }

    private @Nullable JsonNode integer(Schema schema, JsonToken token) {
        if (!token.isNumeric()) {
            return wrongType(schema, token);
        }
        boolean wide = !schema.format().equals("int32");
        JsonNode number = whole(wide);
        if (number == null) {
            remember(typeError("number " + parser.getString(), schema.goType()));
        }
        return number;
    }

    private @Nullable JsonNode whole(boolean wide) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            return null;
        }
        return switch (parser.getNumberType()) {
            case INT -> NODES.numberNode(parser.getIntValue());
            case LONG -> wide ? NODES.numberNode(parser.getLongValue()) : null;
            default -> null;
        };
    }

    private JsonNode intOrString(Schema schema, JsonToken token) {
        if (token == JsonToken.VALUE_STRING) {
            return NODES.stringNode(parser.getString());
        }
        JsonNode number = token.isNumeric() ? whole(false) : null;
        if (number == null) {
            throw new Refused(typeError(token.isNumeric() ? "number " + parser.getString() : kind(token), "int32"));
        }
        return number;
    }

    private JsonNode number(JsonToken token) {
        if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            return NODES.numberNode(parser.getDecimalValue());
        }
        return switch (parser.getNumberType()) {
            case INT -> NODES.numberNode(parser.getIntValue());
            case LONG -> NODES.numberNode(parser.getLongValue());
            default -> NODES.numberNode(parser.getBigIntegerValue());
        };
    }

    private JsonNode any(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> {
                ObjectNode object = NODES.objectNode();
                int strictLength = strictPath.length();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.currentName();
                    if (object.has(name)) {
                        strict("duplicate field", name);
                    }
                    enter(name);
                    object.set(name, any(parser.nextToken()));
                    strictPath.setLength(strictLength);
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                int strictLength = strictPath.length();
                for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    strictPath.append('[').append(array.size()).append(']');
                    array.add(any(next));
                    strictPath.setLength(strictLength);
                }
                yield array;
            }
            case VALUE_STRING -> NODES.stringNode(parser.getString());
            case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(token == JsonToken.VALUE_TRUE);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(token);
            default -> NODES.nullNode();
        };
    }

    private @Nullable JsonNode wrongType(Schema schema, JsonToken token) {
        remember(typeError(kind(token), schema.goType()));
        parser.skipChildren();
        return null;
    }

    private static String kind(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "object";
            case START_ARRAY -> "array";
            case VALUE_STRING -> "string";
            case VALUE_TRUE, VALUE_FALSE -> "bool";
            default -> "number";
        };
    }

    private String typeError(String value, String type) {
        String where = struct == null ? "value" : "struct field " + struct.structName() + "." + fieldPath;
        return "json: cannot unmarshal " + value + " into Go " + where + " of type " + type;
    }

    private void remember(String error) {
        if (firstError == null) {
            firstError = error;
        }
    }

    private void enter(String name) {
        if (!strictPath.isEmpty()) {
            strictPath.append('.');
        }
        strictPath.append(name);
    }

    private void strict(String what, String name) {
        String path = strictPath.isEmpty() ? name : strictPath + "." + name;
        String error = what + " " + GoText.quoted(path);
        if (strictErrors.size() < MAX_STRICT_ERRORS && !strictErrors.contains(error)) {
            strictErrors.add(error);
        }
    }
}
