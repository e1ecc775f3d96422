package io.kybern.apiserver.request;

import io.kybern.api.Json;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/**
 * The form in which the client wants its answer.
 *
 * @param format JSON or YAML
 * @param shape the objects themselves, or a view of them
 * @param viewVersion the version of the view, {@code v1} or {@code v1beta1}; empty for the objects themselves
 * @param pretty whether people will read it
 */
public record Representation(Format format, Shape shape, String viewVersion, boolean pretty) {

    /** The objects as compact JSON: what is kept can be written as it is. */
    public static final Representation PLAIN = new Representation(Format.JSON, Shape.OBJECT, "", false);

    /** How text is written. */
    public enum Format {
        JSON("application/json"),
        YAML("application/yaml");

        private final String mediaType;

        Format(String mediaType) {
            this.mediaType = mediaType;
        }

        /** The media type. */
        public String mediaType() {
            return mediaType;
        }
    }

    /** What is written. */
    public enum Shape {
        OBJECT,
        TABLE,
        PARTIAL,
        PARTIAL_LIST
    }

    /** Whether kept bytes can be written as they are. */
    public boolean plain() {
        return format == Format.JSON && shape == Shape.OBJECT && !pretty;
    }

    /** Writes a tree. */
    public byte[] encode(JsonNode tree) {
        return switch (format) {
            case YAML -> YamlText.write(tree);
            case JSON -> pretty ? (PrettyJson.write(tree) + "\n").getBytes(StandardCharsets.UTF_8) : Json.bytes(tree);
        };
    }

    /** Writes kept bytes: as they are if that is what the client wants. */
    public byte[] encode(byte[] json) {
        return format == Format.JSON && !pretty ? json : encode(Json.read(json));
    }

    /** A whole answer with this tree. */
    public ApiResponse.Complete answer(int code, JsonNode tree) {
        return ApiResponse.of(code, format.mediaType(), encode(tree));
    }
}
