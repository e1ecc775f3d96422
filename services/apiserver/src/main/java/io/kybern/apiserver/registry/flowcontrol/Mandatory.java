package io.kybern.apiserver.registry.flowcontrol;

import io.kybern.api.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The flow schemas and priority levels that are the same in every cluster. */
final class Mandatory {

    static final String EXEMPT = "exempt";

    private static final String CATCH_ALL = "catch-all";
    private static final String FILE = "/io/kybern/apiserver/flowcontrol.json";

    private Mandatory() {}

    /**
     * The spec that such an object has; empty if it is not one of them.
     *
     * @param list {@code flowSchemas} or {@code priorityLevels}
     */
    static Optional<JsonNode> spec(String list, String name) {
        if (!name.equals(EXEMPT) && !name.equals(CATCH_ALL)) {
            return Optional.empty();
        }
        try (InputStream in = Objects.requireNonNull(Mandatory.class.getResourceAsStream(FILE), FILE)) {
            for (JsonNode each : Json.mapper().readTree(in).path(list)) {
                if (each.path("name").asString("").equals(name)) {
                    return Optional.of(each.path("spec"));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(FILE + " cannot be read", e);
        }
    }
}
