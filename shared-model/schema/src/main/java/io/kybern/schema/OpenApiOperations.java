package io.kybern.schema;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes operations in one dialect and notes which definitions they use. */
final class OpenApiOperations {

    private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private static final List<String> PATCHES = List.of(
            "application/apply-patch+yaml",
            "application/json-patch+json",
            "application/merge-patch+json",
            "application/strategic-merge-patch+json");
    private static final List<String> ENCODINGS =
            List.of("application/json", "application/vnd.kubernetes.protobuf", "application/yaml");
    private static final List<String> LIST_ENCODINGS = List.of(
            "application/json",
            "application/json;stream=watch",
            "application/vnd.kubernetes.protobuf",
            "application/vnd.kubernetes.protobuf;stream=watch",
            "application/yaml");

    private final OpenApiDefinitions catalog;
    private final OpenApiDialect dialect;
    private final Set<String> used;

    OpenApiOperations(OpenApiDefinitions catalog, OpenApiDialect dialect, Set<String> used) {
        this.catalog = catalog;
        this.dialect = dialect;
        this.used = used;
    }

    ObjectNode parameter(String name) {
        return OpenApiParameters.parameter(name, dialect);
    }

    ObjectNode create(OpenApiOperation operation, GroupVersionKind kind) {
        String name = definition(kind);
        ObjectNode node = start(operation.of(kind), "create " + article(kind), OpenApiParameters.WRITE);
        body(node, name, List.of("*/*"), true);
        return end(node, operation.of(kind), name, List.of(200, 201, 202), ENCODINGS);
    }

    ObjectNode read(OpenApiOperation operation, GroupVersionKind kind) {
        ObjectNode node = start(operation.of(kind), "read the specified " + kind.kind(), List.of());
        return end(node, operation.of(kind), definition(kind), List.of(200), ENCODINGS);
    }

    ObjectNode replace(OpenApiOperation operation, GroupVersionKind kind) {
        String name = definition(kind);
        ObjectNode node = start(operation.of(kind), "replace the specified " + kind.kind(), OpenApiParameters.WRITE);
        body(node, name, List.of("*/*"), true);
        return end(node, operation.of(kind), name, List.of(200, 201), ENCODINGS);
    }

    ObjectNode patch(OpenApiOperation operation, GroupVersionKind kind) {
        ObjectNode node =
                start(operation.of(kind), "partially update the specified " + kind.kind(), OpenApiParameters.PATCH);
        body(
                node,
                META + "Patch",
                catalog.mergesStrategically(operation.type().gvk()) ? PATCHES : PATCHES.subList(0, 3),
                true);
        return end(node, operation.of(kind), definition(kind), List.of(200, 201), ENCODINGS);
    }

    ObjectNode delete(OpenApiOperation operation) {
        ObjectNode node = start(operation, "delete " + article(operation.kind()), OpenApiParameters.DELETE);
        body(node, META + "DeleteOptions", List.of("*/*"), false);
        return end(node, operation, META + "Status", List.of(200, 202), ENCODINGS);
    }

    ObjectNode deleteCollection(OpenApiOperation operation) {
        ObjectNode node = start(
                operation, "delete collection of " + operation.kind().kind(), OpenApiParameters.DELETE_COLLECTION);
        body(node, META + "DeleteOptions", List.of("*/*"), false);
        return end(node, operation, META + "Status", List.of(200), ENCODINGS);
    }

    ObjectNode list(OpenApiOperation operation) {
        GroupVersionKind kind = operation.kind();
        ObjectNode node = start(operation, "list or watch objects of kind " + kind.kind(), OpenApiParameters.LIST);
        String list = definition(new GroupVersionKind(
                kind.group(), kind.version(), operation.type().listKind()));
        return end(node, operation, list, List.of(200), LIST_ENCODINGS);
    }

    ObjectNode log(OpenApiOperation operation) {
        ObjectNode node = start(operation, "read log of the specified Pod", OpenApiParameters.LOG);
        return end(node, operation, "", List.of(200), List.of("text/plain"));
    }

    ObjectNode connect(OpenApiOperation operation) {
        String what = operation.type().kind();
        ObjectNode node = start(operation, "connect requests to the specified " + what, List.of());
        return end(node, operation, "", List.of(200), List.of("*/*"));
    }

    private ObjectNode start(OpenApiOperation operation, String description, List<String> parameters) {
        ObjectNode node = Json.object();
        node.put("description", description);
        node.put("operationId", operation.id());
        ArrayNode tags = node.putArray("tags");
        tags.add(operation.tag());
        if (!parameters.isEmpty()) {
            ArrayNode array = node.putArray("parameters");
            parameters.forEach(name -> array.add(parameter(name)));
        }
        return node;
    }

    private void body(ObjectNode node, String definition, List<String> mediaTypes, boolean required) {
        used.add(definition);
        if (dialect == OpenApiDialect.V2) {
            ArrayNode consumes = node.putArray("consumes");
            mediaTypes.forEach(consumes::add);
            ArrayNode parameters =
                    node.get("parameters") instanceof ArrayNode existing ? existing : node.putArray("parameters");
            ObjectNode body = parameters.addObject().put("in", "body").put("name", "body");
            if (required) {
                body.put("required", true);
            }
            body.set("schema", dialect.reference(definition));
        } else {
            ObjectNode body = node.putObject("requestBody");
            if (required) {
                body.put("required", true);
            }
            content(body, definition, mediaTypes);
        }
    }

    private void content(ObjectNode node, String definition, List<String> mediaTypes) {
        ObjectNode content = node.putObject("content");
        for (String mediaType : mediaTypes) {
            ObjectNode entry = content.putObject(mediaType);
            entry.set("schema", schema(definition));
        }
    }

    private ObjectNode schema(String definition) {
        return definition.isEmpty() ? Json.object().put("type", "string") : dialect.reference(definition);
    }

    private ObjectNode end(
            ObjectNode node,
            OpenApiOperation operation,
            String definition,
            List<Integer> codes,
            List<String> encodings) {
        if (!definition.isEmpty()) {
            used.add(definition);
        }
        if (dialect == OpenApiDialect.V2) {
            ArrayNode produces = node.putArray("produces");
            encodings.forEach(produces::add);
            ArrayNode schemes = node.putArray("schemes");
            schemes.add("https");
        }
        ObjectNode responses = node.putObject("responses");
        for (int code : codes) {
            ObjectNode response = responses.putObject(String.valueOf(code));
            response.put("description", code == 200 ? "OK" : code == 201 ? "Created" : "Accepted");
            if (dialect == OpenApiDialect.V2) {
                response.set("schema", schema(definition));
            } else {
                content(response, definition, encodings);
            }
        }
        responses.putObject("401").put("description", "Unauthorized");
        node.put("x-kubernetes-action", operation.action());
        node.putObject("x-kubernetes-group-version-kind")
                .put("group", operation.kind().group())
                .put("kind", operation.kind().kind())
                .put("version", operation.kind().version());
        return node;
    }

    private String definition(GroupVersionKind kind) {
        return catalog.definitionName(kind).orElseThrow(() -> new IllegalStateException("no definition of " + kind));
    }

    private static String article(GroupVersionKind kind) {
        return ("AEIO".indexOf(kind.kind().charAt(0)) >= 0 ? "an " : "a ") + kind.kind();
    }
}
