package io.kybern.apiserver.registry;

import java.time.Instant;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** How {@code kubectl get} shows a type: the columns, and the cells of one object. See "Receiving resources as Tables". */
public interface TableShape {

    /** The {@code columnDefinitions} of a {@code Table}; a fresh copy. */
    ArrayNode columnDefinitions();

    /**
     * The cells of one row, as many as there are columns.
     *
     * @param now what ages count up to
     */
    List<JsonNode> cells(JsonNode object, Instant now);
}
