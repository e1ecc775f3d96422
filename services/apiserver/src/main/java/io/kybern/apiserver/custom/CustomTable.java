package io.kybern.apiserver.custom;

import io.kybern.api.Json;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.table.HumanDuration;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The columns of a custom resource: its name, and what its definition adds; see "Additional printer columns". */
final class CustomTable implements TableShape {

    private static final String NAME =
            "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to "
                    + "request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence "
                    + "and configuration definition. Cannot be updated. More info: "
                    + "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
    private static final String CREATED =
            "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set "
                    + "in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 "
                    + "form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: "
                    + "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final ArrayNode definitions = Json.array();
    private final List<Column> columns = new ArrayList<>();

    /** A column: the type of its cells and where they come from. */
    private record Column(String type, Optional<JsonPath> path) {}

    /** @param declared the {@code additionalPrinterColumns} of a version; the age is shown if there are none */
    CustomTable(JsonNode declared) {
        definition("Name", "string", "name", NAME, 0);
        if (declared.isEmpty()) {
            definition("Age", "date", "", CREATED, 0);
            columns.add(new Column("date", JsonPath.parse(".metadata.creationTimestamp")));
        }
        for (JsonNode column : declared) {
            String source = column.path("jsonPath").asString("");
            String own = column.path("description").asString("");
            String type = column.path("type").asString("");
            definition(
                    column.path("name").asString(""),
                    type,
                    column.path("format").asString(""),
                    own.isEmpty() ? "Custom resource definition column (in JSONPath format): " + source : own,
                    column.path("priority").asInt(0));
            columns.add(new Column(type, JsonPath.parse(source)));
        }
    }

    private void definition(String name, String type, String format, String description, int priority) {
        definitions
                .addObject()
                .put("name", name)
                .put("type", type)
                .put("format", format)
                .put("description", description)
                .put("priority", priority);
    }

    @Override
    public ArrayNode columnDefinitions() {
        return definitions.deepCopy();
    }

    @Override
    public List<JsonNode> cells(JsonNode object, Instant now) {
        List<JsonNode> cells = new ArrayList<>();
        cells.add(NODES.stringNode(object.path("metadata").path("name").asString("")));
        for (Column column : columns) {
            List<JsonNode> found = column.path().map(path -> path.find(object)).orElse(List.of());
            cells.add(found.isEmpty() ? NODES.nullNode() : cell(column.type(), found, now));
        }
        return cells;
    }

    private static JsonNode cell(String type, List<JsonNode> found, Instant now) {
        JsonNode value = found.getFirst();
        return switch (type) {
            case "string" ->
                NODES.stringNode(found.stream()
                        .map(each -> each.isString() ? each.asString() : Json.string(each))
                        .collect(Collectors.joining(" ")));
            case "integer" ->
                value.isNumber() ? NODES.numberNode(value.decimalValue().longValue()) : NODES.nullNode();
            case "number" -> value.isNumber() ? value : NODES.nullNode();
            case "boolean" -> value.isBoolean() ? value : NODES.nullNode();
            case "date" -> value.isString() ? NODES.stringNode(age(value.asString(), now)) : NODES.nullNode();
            default -> NODES.nullNode();
        };
    }

    private static String age(String time, Instant now) {
        try {
            return HumanDuration.of(Duration.between(OffsetDateTime.parse(time).toInstant(), now));
        } catch (DateTimeException e) {
            return "<invalid>";
        }
    }
}
