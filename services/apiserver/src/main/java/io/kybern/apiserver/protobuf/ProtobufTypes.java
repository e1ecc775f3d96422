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
import java.util.Set;
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
     * @param number its number
     * @param name the JSON property
     * @param shape how often it comes
     * @param content how it is read
     * @param message the message's name, empty for others
     */
    record Field(int number, String name, Shape shape, Content content, String message) {}

    /**
     * Where a JSON property of a message goes.
     *
     * @param field the field that has its name
     * @param around the inlined fields that it is inside of, from outside; empty for a field of the message itself
     */
    record Route(Field field, int[] around) {}

    /** The fields of one message. */
    record Message(Map<Integer, Field> byNumber, Map<String, Route> byName) {}

    private static final String GROUP_SUFFIX = ".k8s.io";
    private static final String LIST = "List";
    private static final Message UNKNOWN = new Message(Map.of(), Map.of());

    /** The groups that do not end as all others do, by the name that the table has for them. */
    private static final Map<String, Set<String>> SHORT_GROUPS = Map.of(
            "core", Set.of(""),
            "apps", Set.of("apps"),
            "autoscaling", Set.of("autoscaling"),
            "batch", Set.of("batch"),
            "policy", Set.of("policy"),
            "rbac", Set.of("rbac.authorization.k8s.io"),
            "flowcontrol", Set.of("flowcontrol.apiserver.k8s.io"));

    private static final ProtobufTypes BUILT_IN = load();

    private final Map<String, String> lines = new HashMap<>();
    private final Map<String, Message> parsed = new ConcurrentHashMap<>();
    private final Map<GroupVersionKind, Optional<String>> kinds = new ConcurrentHashMap<>();

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

    /** The names of all messages. */
    Set<String> names() {
        return Set.copyOf(lines.keySet());
    }

    /** The message of a kind, if there is one. */
    Optional<String> message(GroupVersionKind kind) {
        Optional<String> known = kinds.get(kind);
        if (known == null) {
            known = find(kind);
            if (known.isPresent()) {
                // only those: what clients name is unbounded
                kinds.put(kind, known);
            }
        }
        return known;
    }

    private Optional<String> find(GroupVersionKind kind) {
        String meta = "meta." + kind.kind();
        if (kind.kind().equals("DeleteOptions")) {
            return Optional.of(meta);
        }
        boolean ofMeta = kind.group().equals("meta.k8s.io")
                || (kind.group().isEmpty() && kind.version().equals("v1"));
        String prefix = kind.group().isEmpty() ? "core" : kind.group().split("\\.", 2)[0];
        String name = prefix + "." + kind.version() + "." + kind.kind();
        if (SHORT_GROUPS.getOrDefault(prefix, Set.of(prefix + GROUP_SUFFIX)).contains(kind.group()) && exists(name)) {
            return Optional.of(name);
        }
        return ofMeta && exists(meta) ? Optional.of(meta) : Optional.empty();
    }

    private boolean exists(String name) {
        return lines.containsKey(name) || isList(name);
    }

    /** All lists are written alike, so that the table needs no lines for them. */
    private boolean isList(String name) {
        return name.endsWith(LIST)
                && lines.getOrDefault(name.substring(0, name.length() - LIST.length()), "")
                        .startsWith("1 metadata meta.ObjectMeta");
    }

    /** A message's field by its number; null if the table has none, and it is to be skipped. */
    @Nullable
    Field field(String message, int number) {
        return fields(message).byNumber().get(number);
    }

    /** A message by its name; without fields if the table does not have it. */
    Message fields(String name) {
        Message known = parsed.get(name);
        if (known == null) {
            known = parse(name);
            parsed.put(name, known);
        }
        return known;
    }

    private Message parse(String name) {
        String line = lines.get(name);
        if (line == null && isList(name)) {
            line = "1 metadata meta.ListMeta,2 items *" + name.substring(0, name.length() - LIST.length());
        }
        if (line == null || line.isEmpty()) {
            return UNKNOWN;
        }
        Map<Integer, Field> byNumber = new HashMap<>();
        Map<String, Route> byName = new HashMap<>();
        for (String each : line.split(",", -1)) {
            Field field = field(each.split(" ", -1));
            byNumber.put(field.number(), field);
            if (field.shape() == Shape.INLINE) {
                fields(field.message()).byName().forEach((property, route) -> {
                    int[] around = new int[route.around().length + 1];
                    around[0] = field.number();
                    System.arraycopy(route.around(), 0, around, 1, route.around().length);
                    byName.putIfAbsent(property, new Route(route.field(), around));
                });
            } else {
                byName.put(field.name(), new Route(field, new int[0]));
            }
        }
        return new Message(Map.copyOf(byNumber), Map.copyOf(byName));
    }

    private static Field field(String[] parts) {
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
        return new Field(Integer.parseInt(parts[0]), parts[1], shape, content, content == Content.MESSAGE ? bare : "");
    }
}
