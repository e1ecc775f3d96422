package io.kybern.apiserver;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The priority levels and flow schemas that every Kubernetes has, the mandatory and the suggested ones; see "API Priority and
 * Fairness" in the Kubernetes documentation, and what the components of this control plane need besides, as their users are their own.
 */
final class FlowControlObjects {

    private static final String GROUP = "flowcontrol.apiserver.k8s.io";

    private final PublishedObjects objects;
    private final ResourceType levels;
    private final ResourceType schemas;

    FlowControlObjects(PublishedObjects objects, ResourceRegistry registry) {
        this.objects = objects;
        this.levels = registry.require(GROUP, "v1", "prioritylevelconfigurations");
        this.schemas = registry.require(GROUP, "v1", "flowschemas");
    }

    /** Makes those that are absent. */
    void publish() {
        JsonNode all = read();
        for (JsonNode level : all.path("priorityLevels")) {
            ObjectNode object = object(levels, level);
            object.putObject("status");
            objects.create(levels, object);
        }
        for (JsonNode schema : all.path("flowSchemas")) {
            ObjectNode object = object(schemas, schema);
            String level = schema.path("spec")
                    .path("priorityLevelConfiguration")
                    .path("name")
                    .asString();
            object.putObject("status")
                    .putArray("conditions")
                    .addObject()
                    .put("type", "Dangling")
                    .put("status", "False")
                    .put("lastTransitionTime", objects.now())
                    .put("reason", "Found")
                    .put(
                            "message",
                            "This FlowSchema references the PriorityLevelConfiguration object named \"%s\" and it exists"
                                    .formatted(level));
            objects.create(schemas, object);
        }
    }

    private ObjectNode object(ResourceType type, JsonNode entry) {
        ObjectNode object = objects.object(type, "", entry.path("name").asString());
        ObjectNode metadata = KubeObject.metadata(object);
        metadata.put("generation", 1);
        metadata.putObject("annotations").put("apf.kubernetes.io/autoupdate-spec", "true");
        object.set("spec", entry.path("spec"));
        return object;
    }

    private static JsonNode read() {
        try (InputStream in = Objects.requireNonNull(
                FlowControlObjects.class.getResourceAsStream("flowcontrol.json"), "flowcontrol.json is missing")) {
            return Json.mapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException("flowcontrol.json cannot be read", e);
        }
    }
}
