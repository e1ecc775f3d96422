package io.kybern.schema;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * The schemas of the built-in types, by their OpenAPI names and by kind. The file behind it has one line per definition, so
 * that loading only finds the lines; a definition is parsed when it is first asked for. Safe to share.
 */
public final class SchemaCatalog implements OpenApiDefinitions {

    static final String RESOURCE = "definitions.txt";

    private record Line(int start, int end) {}

    private final byte[] file;
    private final Map<String, Line> lines = new LinkedHashMap<>();
    private final Map<GroupVersionKind, String> kinds = new HashMap<>();
    private final Map<String, Schema> parsed = new ConcurrentHashMap<>();

    private SchemaCatalog(byte[] file) {
        this.file = file;
        int start = 0;
        while (start < file.length) {
            int end = indexOf('\n', start);
            addLine(start, end);
            start = end + 1;
        }
    }

    /** Loads the catalog of the built-in types. */
    public static SchemaCatalog builtIn() {
        try (InputStream in =
                Objects.requireNonNull(SchemaCatalog.class.getResourceAsStream(RESOURCE), RESOURCE + " is missing")) {
            return new SchemaCatalog(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(RESOURCE + " cannot be read", e);
        }
    }

    /** The schema of a kind's objects; empty if the kind is not built in. */
    public Optional<Schema> schema(GroupVersionKind kind) {
        String name = kinds.get(kind);
        return name == null ? Optional.empty() : Optional.of(definition(name));
    }

    /** The OpenAPI name of a kind's definition; empty if the kind is not built in. */
    @Override
    public Optional<String> definitionName(GroupVersionKind kind) {
        return Optional.ofNullable(kinds.get(kind));
    }

    /**
     * A definition by its OpenAPI name, for example {@code io.k8s.api.core.v1.PodSpec}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Schema definition(String openApiName) {
        Schema known = parsed.get(openApiName);
        if (known != null) {
            return known;
        }
        Schema schema = Schema.definition(openApiName, document(openApiName), this::definition);
        Schema earlier = parsed.putIfAbsent(openApiName, schema);
        return earlier == null ? schema : earlier;
    }

    /** The OpenAPI names of all definitions, in the order of the file. */
    public Set<String> definitionNames() {
        return Collections.unmodifiableSet(lines.keySet());
    }

    /** A fresh copy of a definition as it stands in the file: references are bare names. */
    @Override
    public ObjectNode document(String openApiName) {
        Line line = lines.get(openApiName);
        if (line == null) {
            throw new IllegalArgumentException("no definition " + openApiName);
        }
        return (ObjectNode) Json.mapper().readTree(file, line.start(), line.end() - line.start());
    }

    /** A line is: name, space, kinds separated by commas or a dash, space, JSON. */
    private void addLine(int start, int end) {
        int nameEnd = indexOf(' ', start);
        int kindsEnd = indexOf(' ', nameEnd + 1);
        String name = new String(file, start, nameEnd - start, StandardCharsets.UTF_8);
        lines.put(name, new Line(kindsEnd + 1, end));
        String declared = new String(file, nameEnd + 1, kindsEnd - nameEnd - 1, StandardCharsets.UTF_8);
        if (!declared.equals("-")) {
            for (String each : declared.split(",")) {
                int slash = each.lastIndexOf('/');
                kinds.put(GroupVersionKind.parse(each.substring(0, slash), each.substring(slash + 1)), name);
            }
        }
    }

    private int indexOf(char wanted, int from) {
        int at = from;
        while (at < file.length && file[at] != wanted) {
            at++;
        }
        return at;
    }
}
