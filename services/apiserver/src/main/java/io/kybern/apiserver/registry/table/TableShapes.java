package io.kybern.apiserver.registry.table;

import io.kybern.api.Json;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.TableShape;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** The tables of the built-in types: columns from {@code columns.json}, and a cell for each. */
public final class TableShapes {

    private static final Map<String, Cell> COMMON = Map.of(
            "Name", Cell.at("metadata.name"),
            "Age", Cell.age(),
            "Created At", Cell.at("metadata.creationTimestamp"));

    private final Map<String, JsonNode> columns = new HashMap<>();
    private final Map<String, Map<String, Cell>> cells = new HashMap<>();

    /** Reads the columns. */
    public TableShapes() {
        try (InputStream in = Objects.requireNonNull(
                TableShapes.class.getResourceAsStream("columns.json"), "columns.json is missing")) {
            Json.mapper().readTree(in).properties().forEach(entry -> columns.put(entry.getKey(), entry.getValue()));
        } catch (IOException e) {
            throw new UncheckedIOException("columns.json cannot be read", e);
        }
        cells.putAll(PodCells.all());
        cells.putAll(WorkloadCells.all());
        cells.putAll(AutoscalerCells.all());
        cells.putAll(PolicyCells.all());
        cells.putAll(NetworkCells.all());
        cells.putAll(CoreCells.all());
        cells.putAll(ClusterCells.all());
    }

    /** How a type is shown; a type without columns of its own shows its name and its age. */
    public TableShape of(ResourceType type) {
        String path = type.gvr().prefix() + "/" + type.gvr().resource();
        JsonNode declared = columns.get(path);
        ArrayNode definitions = declared == null ? fallback() : (ArrayNode) declared;
        Map<String, Cell> own = cells.getOrDefault(path, Map.of());
        List<Cell> row = new ArrayList<>();
        for (JsonNode column : definitions) {
            String name = column.path("name").asString();
            Cell cell = own.getOrDefault(name, COMMON.get(name));
            if (cell == null) {
                throw new IllegalStateException("no cell for column " + name + " of " + path);
            }
            row.add(cell);
        }
        return new Columns(definitions, List.copyOf(row));
    }

    private static ArrayNode fallback() {
        ArrayNode columns = Json.array();
        column(columns, "Name", "string", "name");
        column(columns, "Age", "string", "");
        return columns;
    }

    private static void column(ArrayNode columns, String name, String type, String format) {
        columns.addObject()
                .put("name", name)
                .put("type", type)
                .put("format", format)
                .put("priority", 0);
    }

    /** How the scale of an object is shown, whatever is scaled. */
    public static TableShape ofScale() {
        ArrayNode columns = Json.array();
        column(columns, "Name", "string", "name");
        column(columns, "Desired", "integer", "");
        column(columns, "Available", "integer", "");
        column(columns, "Age", "string", "");
        return new Columns(
                columns,
                List.of(
                        Cell.at("metadata.name"),
                        Cell.numberAt("spec.replicas"),
                        Cell.numberAt("status.replicas"),
                        Cell.age()));
    }

    private record Columns(ArrayNode definitions, List<Cell> row) implements TableShape {

        @Override
        public ArrayNode columnDefinitions() {
            ArrayNode copy = definitions.deepCopy();
            copy.forEach(column -> ((tools.jackson.databind.node.ObjectNode) column)
                    .put("description", column.path("name").asString()));
            return copy;
        }

        @Override
        public List<JsonNode> cells(JsonNode object, Instant now) {
            return row.stream().map(cell -> cell.of(object, now)).toList();
        }
    }
}
