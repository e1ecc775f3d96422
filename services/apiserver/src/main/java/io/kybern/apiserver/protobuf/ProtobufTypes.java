package io.kybern.apiserver.protobuf;

import io.kybern.api.GroupVersionKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The messages of Kubernetes' protobuf encoding by name: which field number is which JSON property; see "Kubernetes Protobuf
 * encoding" in the API concepts. The table has one line per message; a line is parsed when its message is first met.
 */
final class ProtobufTypes {

    /** How a field's content is read. */
    enum Content {
        STRING,
        BYTES,
        INTEGER,
        BOOLEAN,
        DOUBLE,
        MESSAGE
    }

    /** How often a field comes, and what its absence means. */
    enum Shape {
        /** Absent when zero. */
        PLAIN,
        /** Zero is a value of its own. */
        OPTIONAL,
        LIST,
        MAP,
        /** Its fields belong to the object around it. */
        INLINE
    }

    /**
     * One field.
     *
     * @param name the JSON property
     * @param shape how often it comes
     * @param content how it is read
     * @param message the message's name, empty for others
     */
    record Field(String name, Shape shape, Content content, String message) {}

    private static final ProtobufTypes BUILT_IN = load();

    private final Map<String, String> lines = new HashMap<>();
    private final Map<String, Map<Integer, Field>> parsed = new ConcurrentHashMap<>();

    private ProtobufTypes(String table) {
        table.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int equals = line.indexOf('=');
            lines.put(line.substring(0, equals), line.substring(equals + 1));
        });
    }

    private static ProtobufTypes load() {
        try (InputStream in = Objects.requireNonNull(
                ProtobufTypes.class.getResourceAsStream("protobuf-fields.txt"), "protobuf-fields.txt is missing")) {
            return new ProtobufTypes(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("protobuf-fields.txt cannot be read", e);
        }
    }

    static ProtobufTypes builtIn() {
        return BUILT_IN;
    }

    /** The message of a kind, if there is one. */
    Optional<String> message(GroupVersionKind kind) {
        String group = kind.group().isEmpty() ? "core" : kind.group().split("\\.", 2)[0];
        String name = kind.kind().equals("DeleteOptions")
                ? "meta.DeleteOptions"
                : group + "." + kind.version() + "." + kind.kind();
        return lines.containsKey(name) ? Optional.of(name) : Optional.empty();
    }

    /** A message's field by its number; null if the table has none, and it is to be skipped. */
    @Nullable
    Field field(String message, int number) {
        return parsed.computeIfAbsent(message, name -> parse(lines.getOrDefault(name, "")))
                .get(number);
    }

    private static Map<Integer, Field> parse(String line) {
        Map<Integer, Field> fields = new HashMap<>();
        for (String each : line.isEmpty() ? new String[0] : line.split(",")) {
            String[] parts = each.split(" ");
            String type = parts[2];
            Shape shape =
                    switch (type.charAt(0)) {
                        case '*' -> Shape.LIST;
                        case '%' -> Shape.MAP;
                        case '?' -> Shape.OPTIONAL;
                        case '&' -> Shape.INLINE;
                        default -> Shape.PLAIN;
                    };
            String bare = shape == Shape.PLAIN ? type : type.substring(1);
            Content content =
                    switch (bare) {
                        case "s" -> Content.STRING;
                        case "b" -> Content.BYTES;
                        case "i" -> Content.INTEGER;
                        case "o" -> Content.BOOLEAN;
                        case "d" -> Content.DOUBLE;
                        default -> Content.MESSAGE;
                    };
            fields.put(
                    Integer.valueOf(parts[0]),
                    new Field(parts[1], shape, content, content == Content.MESSAGE ? bare : ""));
        }
        return Map.copyOf(fields);
    }
}
