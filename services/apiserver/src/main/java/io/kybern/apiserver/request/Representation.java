package io.kybern.apiserver.request;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.apiserver.protobuf.ProtobufWriter;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/**
 * The form in which the client wants its answer.
 *
 * @param format JSON, YAML or protobuf
 * @param shape the objects themselves, or a view of them
 * @param viewVersion the version of the view, {@code v1} or {@code v1beta1}; empty for the objects themselves
 * @param pretty whether people will read it
 */
public record Representation(Format format, Shape shape, String viewVersion, boolean pretty) {

    /** The objects as compact JSON: what is kept can be written as it is. */
    public static final Representation PLAIN = new Representation(Format.JSON, Shape.OBJECT, "", false);

    private static final ProtobufWriter PROTOBUF = new ProtobufWriter();

    /** How it is written. */
    public enum Format {
        JSON("application/json"),
        YAML("application/yaml"),
        PROTOBUF("application/vnd.kubernetes.protobuf");

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

    /** Whether the objects themselves are wanted in protobuf. */
    public boolean protobufObjects() {
        return format == Format.PROTOBUF && shape == Shape.OBJECT;
    }

    /** Writes a tree; one that is to be protobuf says what it is. */
    public byte[] encode(JsonNode tree) {
        return switch (format) {
            case YAML -> YamlText.write(tree);
            case PROTOBUF -> PROTOBUF.document(kind(tree), Json.bytes(tree)).bytes();
            case JSON -> pretty ? (PrettyJson.write(tree) + "\n").getBytes(StandardCharsets.UTF_8) : Json.bytes(tree);
        };
    }

    /** Writes kept bytes: as they are if that is what the client wants. */
    public byte[] encode(byte[] json) {
        return format == Format.JSON && !pretty ? json : encode(Json.read(json));
    }

    /** A whole answer with this tree; JSON if there is no protobuf for what it is. */
    public ApiResponse.Complete answer(int code, JsonNode tree) {
        if (format == Format.PROTOBUF && !PROTOBUF.knows(kind(tree))) {
            return ApiResponse.json(code, Json.bytes(tree));
        }
        return ApiResponse.of(code, format.mediaType(), encode(tree));
    }

    /** What a tree says that it is; the lists of core versions and groups say no version. */
    private static GroupVersionKind kind(JsonNode tree) {
        return GroupVersionKind.parse(
                tree.path("apiVersion").asString("v1"), tree.path("kind").asString(""));
    }
}
