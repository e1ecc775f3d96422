package io.kybern.apiserver.metrics;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.Quantity;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code kubectl get} shows of usages: the name, one column for each resource, and the window. */
final class UsageTable {

    private UsageTable() {}

    private record Column(String name, String format, String description) {}

    private static final List<Column> COLUMNS = List.of(
            new Column("Name", "name", "Name of the resource"),
            new Column("cpu", "quantity", ""),
            new Column("memory", "quantity", ""),
            new Column("Window", "duration", ""));

    /**
     * A table of objects.
     *
     * @param version of the table
     * @param include {@code None}, {@code Object}, or anything else for the metadata
     */
    static ObjectNode of(List<ObjectNode> objects, String version, String include) {
        ObjectNode table = Json.object().put("kind", "Table").put("apiVersion", "meta.k8s.io/" + version);
        table.putObject("metadata");
        ArrayNode columns = table.putArray("columnDefinitions");
        for (Column each : COLUMNS) {
            columns.addObject()
                    .put("name", each.name())
                    .put("type", "string")
                    .put("format", each.format())
                    .put("description", each.description())
                    .put("priority", 0);
        }
        ArrayNode rows = table.putArray("rows");
        for (ObjectNode object : objects) {
            ObjectNode row = rows.addObject();
            row.putArray("cells")
                    .add(KubeObject.name(object))
                    .add(total(object, "cpu"))
                    .add(total(object, "memory"))
                    .add(object.path("window").asString(""));
            switch (include) {
                case "None" -> row.putNull("object");
                case "Object" -> row.set("object", object);
                default -> row.set("object", partial(object, version));
            }
        }
        return table;
    }

    /** The objects without all but their metadata. */
    static ObjectNode partial(ObjectNode object, String version) {
        ObjectNode partial =
                Json.object().put("kind", "PartialObjectMetadata").put("apiVersion", "meta.k8s.io/" + version);
        partial.set("metadata", KubeObject.metadata(object));
        return partial;
    }

    private static String total(JsonNode object, String resource) {
        if (object.has("usage")) {
            return object.path("usage").path(resource).asString("0");
        }
        Quantity sum = Quantity.ZERO;
        for (JsonNode container : object.path("containers")) {
            Quantity part =
                    Quantity.parse(container.path("usage").path(resource).asString("0"));
            sum = sum.isZero() ? part : sum.add(part);
        }
        return sum.canonical();
    }
}
