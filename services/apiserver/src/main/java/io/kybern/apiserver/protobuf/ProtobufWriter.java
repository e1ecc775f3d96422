package io.kybern.apiserver.protobuf;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.apiserver.protobuf.ProtobufTypes.Field;
import io.kybern.apiserver.protobuf.ProtobufTypes.Message;
import io.kybern.apiserver.protobuf.ProtobufTypes.Route;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Writes JSON objects in Kubernetes' protobuf encoding; see "Kubernetes Protobuf encoding" in the API concepts. The JSON is read token
 * by token and no tree is made of it. What the table of messages does not have is left out. Safe to share.
 */
public final class ProtobufWriter {

    private static final byte[] MAGIC = {'k', '8', 's', 0};
    private static final int SECONDS_A_DAY = 24 * 60 * 60;
    /** How many bytes of a watch event tell its length. */
    public static final int FRAME = Integer.BYTES;

    /** Where a frame's length comes, the highest byte first. */
    private static final byte[] NO_FRAME = new byte[FRAME];
    /** Room for what stands around a message, so that writing one seldom needs a second array. */
    private static final int ENVELOPE_SIZE = 96;

    private static final int ITEM_HEAD = 6;

    private final ProtobufTypes types = ProtobufTypes.builtIn();

    /** Whether objects of that kind have such an encoding. */
    public boolean knows(GroupVersionKind kind) {
        return types.message(kind).isPresent();
    }

    /**
     * An object as a body.
     *
     * @throws IllegalArgumentException if its kind has no message
     */
    public ProtobufDocument document(GroupVersionKind kind, byte[] json) {
        String message = types.message(kind)
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no protobuf message for %s; ask knows() first".formatted(kind)));
        WireWriter out = new WireWriter(json.length + ENVELOPE_SIZE);
        int start = begin(kind, out);
        object(message, json, out);
        return end(start, out);
    }

    /**
     * A list as a body.
     *
     * @param kind the list's
     * @param metadata its metadata, JSON
     * @param items its objects
     */
    public ProtobufDocument list(GroupVersionKind kind, byte[] metadata, List<ProtobufDocument> items) {
        int size = metadata.length + ENVELOPE_SIZE;
        for (ProtobufDocument item : items) {
            size += item.length() + ITEM_HEAD;
        }
        WireWriter out = new WireWriter(size);
        int start = begin(kind, out);
        int meta = out.begin(1);
        object("meta.ListMeta", metadata, out);
        out.end(meta);
        items.forEach(item -> out.bytes(2, item.bytes(), item.from(), item.length()));
        return end(start, out);
    }

    /** An event of a watch, with the frame around it. */
    public static byte[] watchEvent(String type, byte[] body) {
        WireWriter out = new WireWriter(body.length + 48);
        out.literal(NO_FRAME, 0, NO_FRAME.length);
        out.string(1, type);
        int object = out.begin(2);
        out.bytes(1, body);
        out.end(object);
        byte[] frame = out.toByteArray();
        ByteBuffer.wrap(frame).putInt(frame.length - NO_FRAME.length);
        return frame;
    }

    private static int begin(GroupVersionKind kind, WireWriter out) {
        out.literal(MAGIC, 0, MAGIC.length);
        int type = out.begin(1);
        out.string(1, kind.apiVersion());
        out.string(2, kind.kind());
        out.end(type);
        return out.begin(2);
    }

    private static ProtobufDocument end(int start, WireWriter out) {
        int from = out.end(start);
        int length = out.size() - from;
        // an encoding and a type of the content, which nobody uses and Kubernetes writes
        out.string(3, "");
        out.string(4, "");
        return new ProtobufDocument(out.toByteArray(), from, length);
    }

    private void object(String message, byte[] json, WireWriter out) {
        try (JsonParser in = Json.mapper().createParser(json)) {
            if (in.nextToken() == JsonToken.START_OBJECT) {
                new Writing(types, json, in, out).object(types.fields(message));
            }
        }
    }

    /** One object being written. */
    private record Writing(ProtobufTypes types, byte[] json, JsonParser in, WireWriter out) {

        /** Writes the properties of the object that has just begun. */
        void object(Message message) {
            while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                Route route = message.byName().get(in.currentName());
                JsonToken token = in.nextToken();
                if (route == null) {
                    in.skipChildren();
                } else if (token != JsonToken.VALUE_NULL) {
                    routed(route, 0);
                }
            }
        }

        /** An inlined message may come in pieces: whoever reads it puts them together. */
        private void routed(Route route, int depth) {
            if (depth == route.around().length) {
                field(route.field());
                return;
            }
            int start = out.begin(route.around()[depth]);
            routed(route, depth + 1);
            out.end(start);
        }

        private void field(Field field) {
            switch (field.shape()) {
                case LIST -> {
                    if (enters(JsonToken.START_ARRAY)) {
                        while (in.nextToken() != JsonToken.END_ARRAY) {
                            value(field.number(), field);
                        }
                    }
                }
                case MAP -> {
                    if (enters(JsonToken.START_OBJECT)) {
                        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                            int entry = out.begin(field.number());
                            out.string(1, in.currentName());
                            if (in.nextToken() != JsonToken.VALUE_NULL) {
                                value(2, field);
                            }
                            out.end(entry);
                        }
                    }
                }
                case PLAIN, OPTIONAL, INLINE -> value(field.number(), field);
            }
        }

        private boolean enters(JsonToken token) {
            if (in.currentToken() == token) {
                return true;
            }
            in.skipChildren();
            return false;
        }

        private void value(int number, Field field) {
            if (field.content() == ProtobufTypes.Content.MESSAGE) {
                message(number, field.message());
            } else if (in.currentToken().isStructStart()) {
                in.skipChildren();
            } else {
                switch (field.content()) {
                    case STRING -> out.string(number, in.getString());
                    case BYTES -> out.bytes(number, in.getBinaryValue());
                    case INTEGER -> out.integer(number, in.getValueAsLong());
                    case BOOLEAN -> out.integer(number, in.getValueAsBoolean() ? 1 : 0);
                    case DOUBLE -> out.decimal(number, in.getValueAsDouble());
                    case MESSAGE -> throw new IllegalStateException("handled above");
                }
            }
        }

        private void message(int number, String message) {
            int start = out.begin(number);
            switch (message) {
                case "meta.Time", "meta.MicroTime" -> time(in.getString());
                case "machinery.api.resource.Quantity" -> out.string(1, in.getString());
                case "machinery.util.intstr.IntOrString" -> intOrString();
                case "machinery.runtime.RawExtension", "meta.FieldsV1", "apiextensions.v1.JSON" -> raw();
                case "apiextensions.v1.JSONSchemaPropsOrArray" -> schemaOr(2, false);
                case "apiextensions.v1.JSONSchemaPropsOrStringArray" -> schemaOr(2, true);
                case "apiextensions.v1.JSONSchemaPropsOrBool" -> schemaOrTruth();
                default -> {
                    Message fields = types.fields(message);
                    if (in.currentToken() == JsonToken.START_OBJECT) {
                        object(fields);
                    } else if (in.currentToken() == JsonToken.START_ARRAY) {
                        // a list of strings that is a type of its own, as the values of a user's extra
                        Route items = fields.byName().get("items");
                        if (items == null) {
                            in.skipChildren();
                        } else {
                            field(items.field());
                        }
                    }
                }
            }
            out.end(start);
        }

        private void intOrString() {
            boolean text = in.currentToken() == JsonToken.VALUE_STRING;
            out.integer(1, text ? 1 : 0);
            if (text) {
                out.string(3, in.getString());
            } else {
                out.integer(2, in.getValueAsLong());
            }
        }

        /** JSON within protobuf, as it stands. */
        private void raw() {
            if (in.currentToken().isStructStart()) {
                int start = (int) in.currentTokenLocation().getByteOffset();
                in.skipChildren();
                int end = (int) in.currentLocation().getByteOffset();
                out.bytes(1, json, start, end - start);
            } else {
                out.bytes(1, Json.mapper().writeValueAsBytes(in.readValueAsTree()));
            }
        }

        private void schemaOr(int listNumber, boolean texts) {
            Message schema = types.fields("apiextensions.v1.JSONSchemaProps");
            if (in.currentToken() != JsonToken.START_ARRAY) {
                schema(1, schema);
                return;
            }
            while (in.nextToken() != JsonToken.END_ARRAY) {
                if (texts) {
                    out.string(listNumber, in.getString());
                } else {
                    schema(listNumber, schema);
                }
            }
        }

        private void schemaOrTruth() {
            if (in.currentToken() == JsonToken.START_OBJECT) {
                out.integer(1, 1);
                schema(2, types.fields("apiextensions.v1.JSONSchemaProps"));
            } else {
                out.integer(1, in.getValueAsBoolean() ? 1 : 0);
            }
        }

        private void schema(int number, Message schema) {
            if (enters(JsonToken.START_OBJECT)) {
                int start = out.begin(number);
                object(schema);
                out.end(start);
            }
        }

        private void time(String text) {
            long seconds;
            int nanos = 0;
            if (isWholeSecond(text)) {
                seconds = LocalDate.of(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))
                                        .toEpochDay()
                                * SECONDS_A_DAY
                        + digits(text, 11, 13) * 3600L
                        + digits(text, 14, 16) * 60L
                        + digits(text, 17, 19);
            } else {
                try {
                    Instant instant = OffsetDateTime.parse(text).toInstant();
                    seconds = instant.getEpochSecond();
                    nanos = instant.getNano();
                } catch (DateTimeException e) {
                    return;
                }
            }
            out.integer(1, seconds);
            out.integer(2, nanos);
        }

        /** Nearly all times look like {@code 2026-01-02T03:04:05Z}, which needs no general parser. */
        private static boolean isWholeSecond(String text) {
            if (text.length() != 20 || text.charAt(19) != 'Z') {
                return false;
            }
            for (int i = 0; i < 19; i++) {
                char c = text.charAt(i);
                boolean fits =
                        switch (i) {
                            case 4, 7 -> c == '-';
                            case 10 -> c == 'T';
                            case 13, 16 -> c == ':';
                            default -> c >= '0' && c <= '9';
                        };
                if (!fits) {
                    return false;
                }
            }
            int month = digits(text, 5, 7);
            int day = digits(text, 8, 10);
            return month >= 1 && month <= 12 && day >= 1 && day <= 28;
        }

        private static int digits(String text, int from, int to) {
            int value = 0;
            for (int i = from; i < to; i++) {
                value = value * 10 + text.charAt(i) - '0';
            }
            return value;
        }
    }
}
