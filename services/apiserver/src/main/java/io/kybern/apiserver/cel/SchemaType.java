package io.kybern.apiserver.cel;

import com.google.common.collect.ImmutableMap;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.CelByteString;
import io.kybern.api.Json;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.threeten.extra.AmountFormats;
import tools.jackson.databind.JsonNode;

/**
 * What a structural schema makes of its values: the type that rules are checked against, and the shape that values are read by. What the
 * schema does not describe, rules do not see. See "Validation rules" in "Extend the Kubernetes API with CustomResourceDefinitions".
 */
final class SchemaType implements ValueShape {

    private static final JsonNode TEXT = Json.object().put("type", "string");

    private final CelType type;
    private final Map<String, SchemaType> fields = new LinkedHashMap<>();
    private @Nullable SchemaType element;
    private String format = "";
    private long maxElements;
    private long shortest;

    private SchemaType(CelType type) {
        this.type = type;
    }

    private static SchemaType sized(CelType type, JsonNode schema) {
        SchemaType sized = new SchemaType(type);
        sized.maxElements = SchemaSizes.longest(schema);
        sized.shortest = SchemaSizes.shortest(schema);
        return sized;
    }

    /**
     * The type of what a schema describes; empty if it does not say what it is.
     *
     * @param name how the type is called in messages
     * @param resource whether it is a whole object, whose kind, version and name are always there
     * @param types where the types of objects are added
     */
    static Optional<SchemaType> of(JsonNode schema, String name, boolean resource, List<CelType> types) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
            return Optional.of(sized(SimpleType.DYN, schema));
        }
        boolean whole =
                resource || schema.path("x-kubernetes-embedded-resource").asBoolean(false);
        return switch (schema.path("type").asString(whole ? "object" : "")) {
            case "array" -> list(schema, name, types);
            case "object" -> {
                JsonNode values = schema.path("additionalProperties");
                yield values.isObject() ? map(schema, name, types) : object(schema, name, whole, types);
            }
            case "string" -> Optional.of(string(schema));
            case "boolean" -> Optional.of(sized(SimpleType.BOOL, schema));
            case "integer" -> Optional.of(sized(SimpleType.INT, schema));
            case "number" -> Optional.of(sized(SimpleType.DOUBLE, schema));
            default -> Optional.empty();
        };
    }

    private static Optional<SchemaType> list(JsonNode schema, String name, List<CelType> types) {
        return of(schema.path("items"), name + ".@items", false, types).map(element -> {
            SchemaType list = sized(ListType.create(element.type), schema);
            list.element = element;
            list.maxElements = SchemaSizes.items(schema, element.shortest);
            return list;
        });
    }

    private static Optional<SchemaType> map(JsonNode schema, String name, List<CelType> types) {
        return of(schema.path("additionalProperties"), name + ".@values", false, types)
                .map(element -> {
                    SchemaType map = sized(MapType.create(SimpleType.STRING, element.type), schema);
                    map.element = element;
                    map.maxElements = SchemaSizes.entries(schema, element.shortest);
                    return map;
                });
    }

    private static Optional<SchemaType> object(JsonNode schema, String name, boolean whole, List<CelType> types) {
        Map<String, SchemaType> fields = new LinkedHashMap<>();
        schema.path("properties").properties().forEach(each -> {
            if (!(whole && each.getKey().equals("metadata"))) {
                of(each.getValue(), name + "." + each.getKey(), false, types)
                        .ifPresent(field -> fields.put(each.getKey(), field));
            }
        });
        if (whole) {
            fields.put("apiVersion", string(TEXT));
            fields.put("kind", string(TEXT));
            fields.put(
                    "metadata",
                    struct(name + ".metadata", Map.of("name", string(TEXT), "generateName", string(TEXT)), types));
        }
        SchemaType object = struct(name, fields, types);
        for (JsonNode required : schema.path("required")) {
            String field = required.asString("");
            SchemaType declared = fields.get(field);
            if (declared != null && !schema.path("properties").path(field).hasNonNull("default")) {
                object.shortest += SchemaSizes.required(field, declared.shortest);
            }
        }
        return Optional.of(object);
    }

    private static SchemaType struct(String name, Map<String, SchemaType> fields, List<CelType> types) {
        ImmutableMap.Builder<String, CelType> visible = ImmutableMap.builder();
        fields.forEach((property, field) ->
                ValueNames.escape(property).ifPresent(escaped -> visible.put(escaped, field.type)));
        SchemaType struct = sized(AdmissionEnvironment.struct(name, visible.buildOrThrow()), Json.object());
        struct.fields.putAll(fields);
        types.add(struct.type);
        return struct;
    }

    private static SchemaType string(JsonNode schema) {
        String format = schema.path("format").asString("");
        SchemaType text = sized(
                switch (format) {
                    case "byte" -> SimpleType.BYTES;
                    case "duration" -> SimpleType.DURATION;
                    case "date", "date-time" -> SimpleType.TIMESTAMP;
                    default -> SimpleType.STRING;
                },
                schema);
        text.format = format;
        return text;
    }

    /** All types of objects that a schema names, with the type of the whole. */
    record Declared(SchemaType root, List<CelType> types) {

        Declared {
            types = List.copyOf(types);
        }
    }

    static Optional<Declared> declare(JsonNode schema, boolean resource) {
        List<CelType> types = new ArrayList<>();
        return of(schema, "selfType", resource, types).map(root -> new Declared(root, types));
    }

    CelType type() {
        return type;
    }

    /** The most characters, bytes, elements or entries; zero for what has no size. */
    long maxElements() {
        return maxElements;
    }

    /** How many bytes of JSON a value takes at least. */
    long shortest() {
        return shortest;
    }

    /** The type of the keys of a map. */
    Optional<SchemaType> key() {
        return type instanceof MapType ? Optional.of(new SchemaType(SimpleType.STRING)) : Optional.empty();
    }

    /** The type of a property; none if rules do not see it. */
    Optional<SchemaType> declared(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    /** The type of elements of a list, or of values of a map. */
    Optional<SchemaType> element() {
        return Optional.ofNullable(element);
    }

    @Override
    public ValueShape item() {
        return element == null ? ANY : element;
    }

    @Override
    public ValueShape field(String property) {
        if (element != null) {
            return element;
        }
        SchemaType field = fields.get(property);
        return field == null ? ANY : field;
    }

    @Override
    public String property(String name) {
        return fields.isEmpty() ? name : ValueNames.unescape(name);
    }

    @Override
    public boolean isNumber() {
        return type.equals(SimpleType.DOUBLE);
    }

    @Override
    public Object text(String text) {
        try {
            return switch (format) {
                case "byte" -> CelByteString.of(Base64.getDecoder().decode(text));
                case "duration" -> AmountFormats.parseUnitBasedDuration(text);
                case "date" -> LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC);
                case "date-time" -> OffsetDateTime.parse(text).toInstant();
                default -> text;
            };
        } catch (DateTimeException | IllegalArgumentException e) {
            throw CelFunctions.failure("Invalid " + format + ", caused by: " + e.getMessage());
        }
    }
}
