package io.kybern.apiserver.cel;

import tools.jackson.databind.JsonNode;

/**
 * How large values may be, by what a schema says and by what fits into one request. The estimates are part of the API: they decide which
 * validation rules are accepted.
 */
final class SchemaSizes {

    /** The largest request, in bytes, that estimates reckon with. */
    static final long MAX_REQUEST = 3L * 1024 * 1024;

    /** The shortest values in JSON: {@code ""}, {@code 0}, {@code true}, {@code []}, and times. */
    private static final long SHORTEST_TEXT = 2;

    private static final long SHORTEST_NUMBER = 1;
    private static final long SHORTEST_BOOLEAN = 4;
    private static final long SHORTEST_CONTAINER = 2;
    private static final long SHORTEST_DURATION = 3;
    private static final long SHORTEST_TIME = 21;
    private static final long LONGEST_TIME = 32;
    private static final long DATE = 12;

    /** A character may take four bytes. */
    private static final long BYTES_OF_CHARACTER = 4;

    private SchemaSizes() {}

    /** The most characters, bytes or, for other values, nothing. */
    static long longest(JsonNode schema) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
            return schema.path("maxLength").isNumber() ? bytes(schema) : MAX_REQUEST - 2;
        }
        if (!schema.path("type").asString("").equals("string")) {
            return 0;
        }
        return switch (schema.path("format").asString("")) {
            case "duration", "date-time" -> LONGEST_TIME;
            case "date" -> DATE;
            case "byte" -> schema.path("maxLength").isNumber() ? limit(schema, "maxLength") : MAX_REQUEST - 2;
            default -> text(schema);
        };
    }

    private static long text(JsonNode schema) {
        if (schema.path("maxLength").isNumber()) {
            return bytes(schema);
        }
        if (schema.path("enum").isEmpty()) {
            return MAX_REQUEST - 2;
        }
        long longest = 0;
        for (JsonNode each : schema.path("enum")) {
            longest = Math.max(longest, each.asString("").length());
        }
        return longest;
    }

    private static long bytes(JsonNode schema) {
        return CostRange.product(limit(schema, "maxLength"), BYTES_OF_CHARACTER);
    }

    /** The most elements of a list. */
    static long items(JsonNode schema, long shortestItem) {
        return schema.path("maxItems").isNumber() ? limit(schema, "maxItems") : (MAX_REQUEST - 2) / (shortestItem + 1);
    }

    /** The most entries of a map. */
    static long entries(JsonNode schema, long shortestValue) {
        return schema.path("maxProperties").isNumber()
                ? limit(schema, "maxProperties")
                : (MAX_REQUEST - 2) / (shortestValue + 6);
    }

    private static long limit(JsonNode schema, String name) {
        return Math.max(0, schema.path(name).asLong(0));
    }

    /** How many bytes a value takes at least; what an object requires is added by its fields. */
    static long shortest(JsonNode schema) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
            return SHORTEST_NUMBER;
        }
        return switch (schema.path("type").asString("")) {
            case "boolean" -> SHORTEST_BOOLEAN;
            case "integer", "number" -> SHORTEST_NUMBER;
            case "string" ->
                switch (schema.path("format").asString("")) {
                    case "duration" -> SHORTEST_DURATION;
                    case "date" -> DATE;
                    case "date-time" -> SHORTEST_TIME;
                    default -> SHORTEST_TEXT;
                };
            default -> SHORTEST_CONTAINER;
        };
    }

    /** What a required field adds to the shortest object. */
    static long required(String name, long shortestValue) {
        return name.length() + shortestValue + 4;
    }
}
