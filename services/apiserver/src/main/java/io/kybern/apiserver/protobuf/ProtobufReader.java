package io.kybern.apiserver.protobuf;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.protobuf.ProtobufTypes.Content;
import io.kybern.apiserver.protobuf.ProtobufTypes.Field;
import io.kybern.apiserver.protobuf.ProtobufTypes.Shape;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a body in Kubernetes' protobuf encoding as the JSON tree that it stands for: four magic bytes and an envelope with the
 * kind and the encoded object; see "Kubernetes Protobuf encoding" in the API concepts.
 */
public final class ProtobufReader {

    private static final byte[] MAGIC = {'k', '8', 's', 0};
    private static final int MAX_DEPTH = 100;

    /** What has four digits for its year. */
    private static final long FIRST_SECOND =
            Instant.parse("0000-01-01T00:00:00Z").getEpochSecond();

    private static final long LAST_SECOND =
            Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
    private static final long NANOS = 1_000_000_000;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final ProtobufTypes types = ProtobufTypes.builtIn();

    /** The types that are not written as their fields. */
    @FunctionalInterface
    private interface Special {
        @Nullable
        JsonNode read(byte[] message);
    }

    private static final Map<String, Special> SPECIAL = Map.of(
            "meta.Time", ProtobufReader::time,
            "meta.MicroTime", ProtobufReader::microTime,
            "machinery.api.resource.Quantity", ProtobufReader::quantity,
            "machinery.util.intstr.IntOrString", ProtobufReader::intOrString,
            "machinery.runtime.RawExtension", ProtobufReader::json,
            "meta.FieldsV1", ProtobufReader::json,
            "apiextensions.v1.JSON", ProtobufReader::json);

    /**
     * Reads a body.
     *
     * @param expected the kind that it should have; an envelope without a kind is read as that
     * @throws ApiException 400 if it is not in this encoding, 415 if the kind has no such encoding here
     */
    public ObjectNode read(byte[] body, GroupVersionKind expected) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (i >= body.length || body[i] != MAGIC[i]) {
                throw ApiException.badRequest(
                        "the object provided is unrecognized (must be of type %s): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
                                .formatted(expected.kind()));
            }
        }
        try {
            return envelope(java.util.Arrays.copyOfRange(body, MAGIC.length, body.length), expected);
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("the object provided is unrecognized (must be of type %s): %s"
                    .formatted(expected.kind(), e.getMessage()));
        }
    }

    private ObjectNode envelope(byte[] bytes, GroupVersionKind expected) {
        String apiVersion = "";
        String kind = "";
        byte[] raw = new byte[0];
        WireReader in = new WireReader(bytes);
        while (in.next()) {
            if (in.number() == 1 && in.wireType() == WireReader.BYTES) {
                WireReader meta = new WireReader(in.bytes());
                while (meta.next()) {
                    switch (meta.number()) {
                        case 1 -> apiVersion = meta.string();
                        case 2 -> kind = meta.string();
                        default -> meta.skip();
                    }
                }
            } else if (in.number() == 2 && in.wireType() == WireReader.BYTES) {
                raw = in.bytes();
            } else {
                in.skip();
            }
        }
        GroupVersionKind actual = kind.isEmpty() ? expected : GroupVersionKind.parse(apiVersion, kind);
        Optional<String> message = types.message(actual);
        if (message.isEmpty()) {
            throw ApiException.unsupportedMediaType(java.util.List.of("application/json", "application/yaml"));
        }
        ObjectNode object = Json.object().put("kind", actual.kind()).put("apiVersion", actual.apiVersion());
        fields(raw, message.get(), object, 0);
        return object;
    }

    private void fields(byte[] bytes, String message, ObjectNode into, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("proto: nested too deeply");
        }
        WireReader in = new WireReader(bytes);
        while (in.next()) {
            Field field = types.field(message, in.number());
            if (field == null) {
                in.skip();
            } else {
                field(in, field, into, depth);
            }
        }
    }

    private void field(WireReader in, Field field, ObjectNode into, int depth) {
        switch (field.shape()) {
            case INLINE -> fields(in.bytes(), field.message(), into, depth + 1);
            case MAP -> entry(in.bytes(), field, into, depth);
            case LIST -> list(in, field, into, depth);
            case OPTIONAL, PLAIN -> {
                JsonNode value = value(in, field, depth);
                boolean zero = field.shape() == Shape.PLAIN && !keepsZero(field) && isZero(value);
                if (value != null && !zero) {
                    into.set(field.name(), value);
                }
            }
        }
    }

    /** A message that says zero was said: only plain values cannot be told from absent ones. */
    private static boolean keepsZero(Field field) {
        return field.content() == Content.MESSAGE;
    }

    private static boolean isZero(@Nullable JsonNode value) {
        return value == null
                || (value.isString() && value.asString().isEmpty())
                || (value.isNumber() && value.asDouble() == 0)
                || (value.isBoolean() && !value.asBoolean());
    }

    private void list(WireReader in, Field field, ObjectNode into, int depth) {
        ArrayNode list = into.get(field.name()) instanceof ArrayNode present ? present : into.putArray(field.name());
        boolean packed = in.wireType() == WireReader.BYTES
                && (field.content() == Content.INTEGER || field.content() == Content.BOOLEAN);
        if (packed) {
            throw new IllegalArgumentException("proto: packed field " + field.name());
        }
        JsonNode value = value(in, field, depth);
        list.add(value == null ? NODES.nullNode() : value);
    }

    private void entry(byte[] bytes, Field field, ObjectNode into, int depth) {
        ObjectNode map = into.get(field.name()) instanceof ObjectNode present ? present : into.putObject(field.name());
        String key = "";
        JsonNode value = null;
        WireReader in = new WireReader(bytes);
        while (in.next()) {
            switch (in.number()) {
                case 1 -> key = in.string();
                case 2 -> value = value(in, field, depth);
                default -> in.skip();
            }
        }
        map.set(key, value == null ? empty(field) : value);
    }

    private static JsonNode empty(Field field) {
        return field.content() == Content.MESSAGE ? Json.object() : NODES.stringNode("");
    }

    private @Nullable JsonNode value(WireReader in, Field field, int depth) {
        boolean delimited = field.content() == Content.STRING
                || field.content() == Content.BYTES
                || field.content() == Content.MESSAGE;
        int wanted = delimited
                ? WireReader.BYTES
                : field.content() == Content.DOUBLE ? WireReader.FIXED64 : WireReader.VARINT;
        if (in.wireType() != wanted) {
            throw new IllegalArgumentException(
                    "proto: wrong wireType = %d for field %s".formatted(in.wireType(), field.name()));
        }
        return switch (field.content()) {
            case STRING -> NODES.stringNode(in.string());
            case BYTES -> NODES.stringNode(Base64.getEncoder().encodeToString(in.bytes()));
            case INTEGER -> number(in.varint());
            case BOOLEAN -> NODES.booleanNode(in.varint() != 0);
            case DOUBLE -> number(in.fixed64());
            case MESSAGE -> message(in.bytes(), field.message(), depth);
        };
    }

    /** Whole numbers are written without a point, as Go does. */
    private static JsonNode number(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("json: unsupported value");
        }
        long whole = (long) value;
        return whole == value ? number(whole) : NODES.numberNode(value);
    }

    private @Nullable JsonNode message(byte[] bytes, String message, int depth) {
        Special special = SPECIAL.get(message);
        if (special != null) {
            return special.read(bytes);
        }
        ObjectNode object = Json.object();
        fields(bytes, message, object, depth + 1);
        return switch (message) {
            case "apiextensions.v1.JSONSchemaPropsOrArray" -> oneOf(object, "jSONSchemas");
            case "apiextensions.v1.JSONSchemaPropsOrStringArray" -> oneOf(object, "property");
            case "apiextensions.v1.JSONSchemaPropsOrBool" ->
                object.get("schema") instanceof ObjectNode schema ? schema : NODES.booleanNode(object.has("allows"));
            // a list of strings that is a type of its own
            default ->
                message.endsWith(".ExtraValue") || message.endsWith(".Verbs") ? object.withArray("items") : object;
        };
    }

    private static JsonNode oneOf(ObjectNode either, String list) {
        JsonNode many = either.get(list);
        return many != null ? many : either.path("schema").isObject() ? either.get("schema") : Json.object();
    }

    private static @Nullable JsonNode time(byte[] message) {
        long[] parts = secondsAndNanos(message);
        return parts[0] == 0 && parts[1] == 0
                ? null
                : NODES.stringNode(Instant.ofEpochSecond(parts[0]).toString());
    }

    private static @Nullable JsonNode microTime(byte[] message) {
        long[] parts = secondsAndNanos(message);
        return parts[0] == 0 && parts[1] == 0
                ? null
                : NODES.stringNode(MICROS.format(Instant.ofEpochSecond(parts[0], parts[1])));
    }

    private static long[] secondsAndNanos(byte[] message) {
        long[] parts = new long[2];
        WireReader in = new WireReader(message);
        while (in.next()) {
            if (in.wireType() == WireReader.VARINT && (in.number() == 1 || in.number() == 2)) {
                parts[in.number() - 1] = in.varint();
            } else {
                in.skip();
            }
        }
        boolean sayable = parts[0] >= FIRST_SECOND && parts[0] <= LAST_SECOND && parts[1] >= 0 && parts[1] < NANOS;
        if (!sayable) {
            throw new IllegalArgumentException("Time.UnmarshalProtobuf: year outside of range [0,9999]");
        }
        return parts;
    }

    private static JsonNode quantity(byte[] message) {
        WireReader in = new WireReader(message);
        String text = "0";
        while (in.next()) {
            if (in.number() == 1 && in.wireType() == WireReader.BYTES) {
                text = in.string();
            } else {
                in.skip();
            }
        }
        return NODES.stringNode(text);
    }

    /** The node that the same number in JSON is read as: nodes of different classes are never equal. */
    private static JsonNode number(long value) {
        return (int) value == value ? NODES.numberNode((int) value) : NODES.numberNode(value);
    }

    private static JsonNode intOrString(byte[] message) {
        WireReader in = new WireReader(message);
        long kind = 0;
        long number = 0;
        String text = "";
        while (in.next()) {
            switch (in.number()) {
                case 1 -> kind = in.varint();
                case 2 -> number = (int) in.varint();
                case 3 -> text = in.string();
                default -> in.skip();
            }
        }
        return kind == 0 ? number(number) : NODES.stringNode(text);
    }

    private static @Nullable JsonNode json(byte[] message) {
        WireReader in = new WireReader(message);
        while (in.next()) {
            if (in.number() == 1 && in.wireType() == WireReader.BYTES) {
                try {
                    return Json.read(in.bytes());
                } catch (JacksonException e) {
                    throw new IllegalArgumentException("invalid JSON in a raw field", e);
                }
            }
            in.skip();
        }
        return null;
    }
}
