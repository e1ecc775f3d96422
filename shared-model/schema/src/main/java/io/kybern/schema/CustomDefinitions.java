package io.kybern.schema;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.ResourceType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The definitions of custom kinds and of their lists, beside the built-in ones; see "Publish Validation Schema in OpenAPI". */
final class CustomDefinitions implements OpenApiDefinitions {

    private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private static final String CONVENTIONS =
            " More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md";
    private static final String API_VERSION =
            "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to "
                    + "the latest internal value, and may reject unrecognized values." + CONVENTIONS + "#resources";
    private static final String KIND =
            "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the "
                    + "client submits requests to. Cannot be updated. In CamelCase." + CONVENTIONS + "#types-kinds";

    /** What OpenAPI 2 has no word for. */
    private static final List<String> NOT_IN_V2 = List.of("oneOf", "anyOf", "not", "nullable");

    private final OpenApiDefinitions builtIn;
    private final boolean v2;
    private final Map<GroupVersionKind, String> names = new HashMap<>();
    private final Map<String, ObjectNode> documents = new HashMap<>();

    CustomDefinitions(OpenApiDefinitions builtIn, Collection<CustomSchema> schemas, OpenApiDialect dialect) {
        this.builtIn = builtIn;
        this.v2 = dialect == OpenApiDialect.V2;
        schemas.forEach(this::add);
    }

    private void add(CustomSchema schema) {
        ResourceType type = schema.type();
        List<String> parts = new ArrayList<>(List.of(type.gvr().group().split("\\.")));
        Collections.reverse(parts);
        String prefix = String.join(".", parts) + "." + type.gvr().version() + ".";
        GroupVersionKind list =
                new GroupVersionKind(type.gvr().group(), type.gvr().version(), type.listKind());
        names.put(type.gvk(), prefix + type.kind());
        names.put(list, prefix + type.listKind());
        documents.put(prefix + type.kind(), object(schema));
        documents.put(prefix + type.listKind(), list(type, list, prefix + type.kind()));
    }

    private ObjectNode object(CustomSchema schema) {
        boolean open =
                schema.schema().path("x-kubernetes-preserve-unknown-fields").asBoolean(false);
        // readers of the older version take the fields of an object for all that it may have, so one that is open has
        // none there
        boolean described = schema.schema().isObject() && !(v2 && open);
        ObjectNode definition = described ? (ObjectNode) schema.schema().deepCopy() : Json.object();
        if (v2) {
            simplify(definition);
        }
        definition.put("type", "object");
        if (described) {
            ObjectNode properties = definition.get("properties") instanceof ObjectNode present
                    ? present
                    : definition.putObject("properties");
            properties.set("apiVersion", text(API_VERSION));
            properties.set("kind", text(KIND));
            properties.set(
                    "metadata", reference("ObjectMeta", "Standard object's metadata." + CONVENTIONS + "#metadata"));
        }
        kind(definition, schema.type().gvk());
        if (!schema.selectable().isEmpty()) {
            ArrayNode fields = definition.putArray("x-kubernetes-selectable-fields");
            schema.selectable().forEach(each -> fields.addObject().put("fieldPath", each));
        }
        return definition;
    }

    /** Leaves out of a schema, at every depth, what the older version cannot say. */
    private static void simplify(JsonNode schema) {
        if (schema instanceof ObjectNode object) {
            boolean vague = object.path("nullable").asBoolean(false)
                    || object.path("x-kubernetes-int-or-string").asBoolean(false)
                    || object.path("x-kubernetes-preserve-unknown-fields").asBoolean(false);
            object.remove(NOT_IN_V2);
            if (vague) {
                object.remove(List.of("type", "items", "properties", "additionalProperties"));
            }
            object.path("properties").forEach(CustomDefinitions::simplify);
            simplify(object.path("items"));
            simplify(object.path("additionalProperties"));
            object.path("allOf").forEach(CustomDefinitions::simplify);
        }
    }

    private static ObjectNode list(ResourceType type, GroupVersionKind kind, String element) {
        ObjectNode definition = Json.object()
                .put("description", type.listKind() + " is a list of " + type.kind())
                .put("type", "object");
        definition.putArray("required").add("items");
        ObjectNode properties = definition.putObject("properties");
        properties.set("apiVersion", text(API_VERSION));
        ObjectNode items = properties
                .putObject("items")
                .put("description", "List of " + type.gvr().resource() + "." + CONVENTIONS)
                .put("type", "array");
        items.putObject("items").put("$ref", element);
        properties.set("kind", text(KIND));
        properties.set("metadata", reference("ListMeta", "Standard list metadata." + CONVENTIONS + "#types-kinds"));
        kind(definition, kind);
        return definition;
    }

    private static ObjectNode text(String description) {
        return Json.object().put("description", description).put("type", "string");
    }

    private static ObjectNode reference(String meta, String description) {
        return Json.object().put("description", description).put("$ref", META + meta);
    }

    private static void kind(ObjectNode definition, GroupVersionKind kind) {
        definition
                .putArray("x-kubernetes-group-version-kind")
                .addObject()
                .put("group", kind.group())
                .put("kind", kind.kind())
                .put("version", kind.version());
    }

    @Override
    public Optional<String> definitionName(GroupVersionKind kind) {
        String name = names.get(kind);
        return name == null ? builtIn.definitionName(kind) : Optional.of(name);
    }

    @Override
    public ObjectNode document(String openApiName) {
        ObjectNode document = documents.get(openApiName);
        return document == null ? builtIn.document(openApiName) : document.deepCopy();
    }

    @Override
    public boolean mergesStrategically(GroupVersionKind kind) {
        return !names.containsKey(kind);
    }
}
