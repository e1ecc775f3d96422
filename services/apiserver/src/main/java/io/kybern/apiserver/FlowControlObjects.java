package io.kybern.apiserver;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.flowcontrol.Mandatory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The priority levels and flow schemas that every Kubernetes has, the mandatory and the suggested ones; see "API Priority and
 * Fairness" in the Kubernetes documentation, and what the components of this control plane need besides, as their users are their own.
 */
final class FlowControlObjects {

    private static final String GROUP = "flowcontrol.apiserver.k8s.io";
    private static final String AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec";

    private final PublishedObjects objects;
    private final ResourceType levels;
    private final ResourceType schemas;

    FlowControlObjects(PublishedObjects objects, ResourceRegistry registry) {
        this.objects = objects;
        this.levels = registry.require(GROUP, "v1", "prioritylevelconfigurations");
        this.schemas = registry.require(GROUP, "v1", "flowschemas");
    }

    /**
     * Makes those that are absent, and brings the others up to date: the mandatory ones always, the suggested ones unless their
     * annotation {@code apf.kubernetes.io/autoupdate-spec} says that somebody keeps them.
     */
    void publish() {
        for (JsonNode level : Mandatory.all().path("priorityLevels")) {
            ObjectNode object = object(levels, level);
            object.putObject("status");
            keep(levels, object);
        }
        for (JsonNode schema : Mandatory.all().path("flowSchemas")) {
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
            keep(schemas, object);
        }
    }

    private void keep(ResourceType type, ObjectNode wanted) {
        objects.make(type, wanted, present -> {
            boolean mandatory = Mandatory.is(KubeObject.name(present));
            JsonNode spec = present.path("spec");
            ObjectNode next = (ObjectNode) wanted.path("spec").deepCopy();
            boolean exempt = type.equals(levels) && KubeObject.name(present).equals(Mandatory.EXEMPT);
            // of the exempt level the shares may be chosen
            if (exempt
                    && spec.path("type").equals(next.path("type"))
                    && spec.get("exempt") instanceof ObjectNode chosen) {
                next.set("exempt", chosen.deepCopy());
            }
            boolean ours = mandatory || isOurs(present);
            boolean marked = annotation(present).equals(Boolean.toString(ours));
            boolean right = !ours || spec.equals(next);
            if (marked && right) {
                return false;
            }
            Absent.object(KubeObject.metadata(present), "annotations").put(AUTO_UPDATE, Boolean.toString(ours));
            if (!right) {
                present.set("spec", next);
                ObjectNode metadata = KubeObject.metadata(present);
                metadata.put("generation", metadata.path("generation").asLong(0) + 1);
            }
            return true;
        });
    }

    /** Without a word about it, one that was never changed is ours. */
    private static boolean isOurs(ObjectNode present) {
        return switch (annotation(present)) {
            case "true" -> true;
            case "false" -> false;
            default -> KubeObject.metadata(present).path("generation").asLong(1) == 1;
        };
    }

    private static String annotation(ObjectNode object) {
        return object.path("metadata").path("annotations").path(AUTO_UPDATE).asString("");
    }

    private ObjectNode object(ResourceType type, JsonNode entry) {
        ObjectNode object = objects.object(type, "", entry.path("name").asString());
        ObjectNode metadata = KubeObject.metadata(object);
        metadata.put("generation", 1);
        metadata.putObject("annotations").put(AUTO_UPDATE, "true");
        object.set("spec", entry.path("spec").deepCopy());
        return object;
    }
}
