package io.kybern.apiserver.discovery;

import io.kybern.api.Json;
import io.kybern.apiserver.protobuf.WireWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Writes OpenAPI documents in the protobuf form that kubectl and client-go ask for, the messages of gnostic's {@code openapi.v2} and
 * {@code openapi.v3}. Driven by a table of the messages' fields for each; see "OpenAPI v2" and "OpenAPI v3" in the Kubernetes API
 * overview.
 */
final class GnosticEncoder {

    private static final String EXTENSIONS = "x-";
    private static final String OTHERS = "+";
    private static final String OR_REFERENCE = "OrReference";
    private static final String REFERENCE = "$ref";
    private static final GnosticEncoder V2 = load("openapi-v2-fields.txt");
    private static final GnosticEncoder V3 = load("openapi-v3-fields.txt");

    /** A property of a message. The type's notation is explained in the table. */
    private record Field(int number, String type) {}

    /** Which message a value is, and the numbers of the messages of one field each that it is wrapped into, from outside. */
    private record Case(String message, List<Integer> wrappers) {}

    private final Map<String, Map<String, Field>> messages = new HashMap<>();

    private GnosticEncoder(String table) {
        table.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int equals = line.indexOf('=');
            Map<String, Field> fields = new HashMap<>();
            for (String each : line.substring(equals + 1).split(",", -1)) {
                String[] parts = each.split(" ", -1);
                fields.put(parts[0], new Field(Integer.parseInt(parts[1]), parts[2]));
            }
            messages.put(line.substring(0, equals), Map.copyOf(fields));
        });
    }

    private static GnosticEncoder load(String table) {
        try (InputStream in =
                Objects.requireNonNull(GnosticEncoder.class.getResourceAsStream(table), table + " is missing")) {
            return new GnosticEncoder(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(table + " cannot be read", e);
        }
    }

    /** An OpenAPI 2 document in protobuf; properties that the messages do not have are left out. */
    static byte[] encodeV2(JsonNode document) {
        return V2.encode(document);
    }

    /** The same for an OpenAPI 3 document. */
    static byte[] encodeV3(JsonNode document) {
        return V3.encode(document);
    }

    private byte[] encode(JsonNode document) {
        WireWriter out = new WireWriter(1 << 20);
        fields("Document", document, out);
        return out.toByteArray();
    }

    private void fields(String message, JsonNode value, WireWriter out) {
        Map<String, Field> fields = Objects.requireNonNull(messages.get(message), message);
        for (Map.Entry<String, JsonNode> property : value.properties()) {
            String name = property.getKey();
            Field known = fields.get(name);
            if (known != null) {
                value(known.number(), known.type(), property.getValue(), out);
            } else {
                Field extension = name.startsWith(EXTENSIONS) ? fields.get(EXTENSIONS) : null;
                named(extension == null ? fields.get(OTHERS) : extension, name, property.getValue(), out);
            }
        }
    }

    private void named(@Nullable Field field, String name, JsonNode value, WireWriter out) {
        if (field != null) {
            int start = out.begin(field.number());
            out.string(1, name);
            value(2, field.type(), value, out);
            out.end(start);
        }
    }

    private void value(int number, String type, JsonNode value, WireWriter out) {
        switch (type.charAt(0)) {
            case '*' -> value.forEach(item -> value(number, type.substring(1), item, out));
            case '^' -> {
                int start = out.begin(number);
                each(value).forEach(item -> value(1, type.substring(1), item, out));
                out.end(start);
            }
            case '/' -> oneOf(number, type.substring(1), value, out);
            default -> single(number, type, value, out);
        }
    }

    private static Iterable<JsonNode> each(JsonNode value) {
        return value.isArray() ? value : List.of(value);
    }

    private void single(int number, String type, JsonNode value, WireWriter out) {
        switch (type) {
            case "s" -> out.string(number, value.asString());
            case "i" -> out.integer(number, value.asLong());
            case "d" -> out.decimal(number, value.asDouble());
            case "o" -> out.integer(number, value.asBoolean() ? 1 : 0);
            case "a" -> {
                int start = out.begin(number);
                // JSON is YAML
                out.string(2, Json.string(value) + "\n");
                out.end(start);
            }
            case "v" -> simple(number, value, out);
            default -> {
                int start = out.begin(number);
                fields(type, value, out);
                out.end(start);
            }
        }
    }

    /** A value that is a number, a truth or a text; anything else has no form, only its presence is told. */
    private static void simple(int number, JsonNode value, WireWriter out) {
        int start = out.begin(number);
        if (value.isNumber()) {
            out.decimal(1, value.doubleValue());
        } else if (value.isBoolean()) {
            out.integer(2, value.asBoolean() ? 1 : 0);
        } else if (value.isString()) {
            out.string(3, value.asString());
        }
        out.end(start);
    }

    private void oneOf(int number, String choice, JsonNode value, WireWriter out) {
        if (value.isBoolean()) {
            int start = out.begin(number);
            out.integer(2, value.asBoolean() ? 1 : 0);
            out.end(start);
            return;
        }
        Case actual = choose(choice, value);
        int[] starts = new int[actual.wrappers().size() + 1];
        starts[0] = out.begin(number);
        for (int i = 1; i < starts.length; i++) {
            starts[i] = out.begin(actual.wrappers().get(i - 1));
        }
        fields(actual.message(), value, out);
        for (int i = starts.length - 1; i >= 0; i--) {
            out.end(starts[i]);
        }
    }

    private Case choose(String choice, JsonNode value) {
        if (messages.containsKey("Reference") && choice.endsWith(OR_REFERENCE)) {
            return orReference(choice, value);
        }
        boolean reference = value.has(REFERENCE);
        return switch (choice) {
            case "AdditionalPropertiesItem" -> inside(1, orReference("SchemaOrReference", value));
            case "ParameterOrReference" ->
                reference ? new Case("JsonReference", List.of(2)) : inside(1, parameter(value));
            case "Parameter" -> parameter(value);
            case "ResponseOrReference" ->
                reference ? new Case("JsonReference", List.of(2)) : new Case("Response", List.of(1));
            case "SchemaItem", "SchemaOrTruth" -> new Case("Schema", List.of(1));
            case "SecurityScheme" ->
                value.path("type").asString().equals("apiKey")
                        ? new Case("ApiKeySecurity", List.of(2))
                        : new Case("BasicSecurity", List.of(1));
            default -> throw new IllegalStateException("unknown choice " + choice);
        };
    }

    /** OpenAPI 3 writes all such choices alike. */
    private static Case orReference(String choice, JsonNode value) {
        return value.has(REFERENCE)
                ? new Case("Reference", List.of(2))
                : new Case(choice.substring(0, choice.length() - OR_REFERENCE.length()), List.of(1));
    }

    private static Case parameter(JsonNode value) {
        return switch (value.path("in").asString()) {
            case "body" -> new Case("BodyParameter", List.of(1));
            case "header" -> new Case("HeaderParameter", List.of(2, 1));
            case "formData" -> new Case("FormParameter", List.of(2, 2));
            case "path" -> new Case("PathParameter", List.of(2, 4));
            default -> new Case("QueryParameter", List.of(2, 3));
        };
    }

    private static Case inside(int wrapper, Case inner) {
        List<Integer> wrappers = new java.util.ArrayList<>();
        wrappers.add(wrapper);
        wrappers.addAll(inner.wrappers());
        return new Case(inner.message(), wrappers);
    }
}
