package io.kybern.apiserver.registry.flowcontrol;

import io.kybern.api.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The flow schemas and priority levels that every server makes, and those of them that are the same in every cluster. */
public final class Mandatory {

    /** The level, and the schema, whose requests never wait. */
    public static final String EXEMPT = "exempt";

    private static final Set<String> NAMES = Set.of(EXEMPT, "catch-all");
    private static final String FILE = "/io/kybern/apiserver/flowcontrol.json";
    private static final JsonNode ALL = read();

    private Mandatory() {}

    /** All that a server makes, under {@code flowSchemas} and {@code priorityLevels}; to be read only. */
    public static JsonNode all() {
        return ALL;
    }

    /** Whether objects of that name are the same everywhere, whatever somebody wrote over them. */
    public static boolean is(String name) {
        return NAMES.contains(name);
    }

    /**
     * The spec that such an object has; empty if it is not one of them.
     *
     * @param list {@code flowSchemas} or {@code priorityLevels}
     */
    static Optional<JsonNode> spec(String list, String name) {
        if (!is(name)) {
            return Optional.empty();
        }
        return ALL.path(list)
                .valueStream()
                .filter(each -> each.path("name").asString("").equals(name))
                .findFirst()
                .map(each -> each.path("spec"));
    }

    private static JsonNode read() {
        try (InputStream in = Objects.requireNonNull(Mandatory.class.getResourceAsStream(FILE), FILE)) {
            return Json.mapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(FILE + " cannot be read", e);
        }
    }
}
