package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Rewrites an object of one version in another, for the few types that are served in two: events, and autoscalers. Nothing is
 * lost on the way there and back. Changes and answers the object that it is given.
 */
final class VersionConversion {

    private static final String EVENTS_GROUP = "events.k8s.io";
    private static final String METRICS_ANNOTATION = "autoscaling.alpha.kubernetes.io/metrics";
    private static final String CURRENT_ANNOTATION = "autoscaling.alpha.kubernetes.io/current-metrics";
    private static final String CONDITIONS_ANNOTATION = "autoscaling.alpha.kubernetes.io/conditions";
    private static final String BEHAVIOR_ANNOTATION = "autoscaling.alpha.kubernetes.io/behavior";

    /** The fields of a core event and what events.k8s.io calls them. */
    private static final Map<String, String> EVENT_FIELDS = Map.of(
            "involvedObject", "regarding",
            "message", "note",
            "source", "deprecatedSource",
            "firstTimestamp", "deprecatedFirstTimestamp",
            "lastTimestamp", "deprecatedLastTimestamp",
            "count", "deprecatedCount",
            "reportingComponent", "reportingController");

    private VersionConversion() {}

    static ObjectNode convert(ObjectNode object, GroupVersionKind from, GroupVersionKind to) {
        if (from.equals(to)) {
            return object;
        }
        if (from.kind().equals("Event")) {
            event(object, to.group().equals(EVENTS_GROUP));
        } else if (from.kind().equals("HorizontalPodAutoscaler")) {
            autoscaler(object, to.version().equals("v1"));
        }
        object.put("apiVersion", to.apiVersion());
        object.put("kind", to.kind());
        return object;
    }

    private static void event(ObjectNode event, boolean toNew) {
        EVENT_FIELDS.forEach((core, renamed) -> rename(event, toNew ? core : renamed, toNew ? renamed : core));
    }

    private static void rename(ObjectNode object, String from, String to) {
        JsonNode value = object.remove(from);
        if (value != null) {
            object.set(to, value);
        }
    }

    private static void autoscaler(ObjectNode object, boolean toV1) {
        if (toV1) {
            autoscalerToV1(object);
        } else {
            autoscalerToV2(object);
        }
    }

    private static boolean isCpuUtilization(JsonNode metric, String detail) {
        JsonNode resource = metric.path("resource");
        return metric.path("type").asString("").equals("Resource")
                && resource.path("name").asString("").equals("cpu")
                && resource.path(detail).has("averageUtilization");
    }

    private static void autoscalerToV1(ObjectNode object) {
        if (object.get("spec") instanceof ObjectNode spec) {
            JsonNode behavior = spec.remove("behavior");
            annotate(object, BEHAVIOR_ANNOTATION, behavior);
            if (spec.remove("metrics") instanceof ArrayNode metrics) {
                ArrayNode others = Json.array();
                for (JsonNode metric : metrics) {
                    if (isCpuUtilization(metric, "target") && !spec.has("targetCPUUtilizationPercentage")) {
                        spec.set(
                                "targetCPUUtilizationPercentage",
                                metric.path("resource").path("target").path("averageUtilization"));
                    } else {
                        others.add(metric);
                    }
                }
                annotate(object, METRICS_ANNOTATION, others.isEmpty() ? null : others);
            }
        }
        if (object.get("status") instanceof ObjectNode status) {
            if (status.remove("currentMetrics") instanceof ArrayNode current) {
                for (JsonNode metric : current) {
                    if (isCpuUtilization(metric, "current")) {
                        status.set(
                                "currentCPUUtilizationPercentage",
                                metric.path("resource").path("current").path("averageUtilization"));
                    }
                }
                annotate(object, CURRENT_ANNOTATION, current.isEmpty() ? null : current);
            }
            annotate(object, CONDITIONS_ANNOTATION, status.remove("conditions"));
        }
    }

    private static void autoscalerToV2(ObjectNode object) {
        ObjectNode spec = object.get("spec") instanceof ObjectNode present ? present : object.putObject("spec");
        ArrayNode metrics = Json.array();
        JsonNode cpu = spec.remove("targetCPUUtilizationPercentage");
        if (cpu != null) {
            ObjectNode resource = metrics.addObject().put("type", "Resource").putObject("resource");
            resource.put("name", "cpu")
                    .putObject("target")
                    .put("type", "Utilization")
                    .set("averageUtilization", cpu);
        }
        takeAnnotation(object, METRICS_ANNOTATION).forEach(metrics::add);
        if (!metrics.isEmpty()) {
            spec.set("metrics", metrics);
        }
        JsonNode behavior = takeAnnotation(object, BEHAVIOR_ANNOTATION);
        if (behavior.isObject()) {
            spec.set("behavior", behavior);
        }
        if (object.get("status") instanceof ObjectNode status) {
            status.remove("currentCPUUtilizationPercentage");
            for (Map.Entry<String, String> each : List.of(
                    Map.entry(CURRENT_ANNOTATION, "currentMetrics"), Map.entry(CONDITIONS_ANNOTATION, "conditions"))) {
                JsonNode value = takeAnnotation(object, each.getKey());
                if (!value.isEmpty()) {
                    status.set(each.getValue(), value);
                }
            }
        }
    }

    private static void annotate(ObjectNode object, String name, @org.jspecify.annotations.Nullable JsonNode value) {
        if (value == null) {
            return;
        }
        ObjectNode metadata = KubeObject.metadata(object);
        ObjectNode annotations =
                metadata.get("annotations") instanceof ObjectNode present ? present : metadata.putObject("annotations");
        annotations.put(name, Json.string(value));
    }

    private static JsonNode takeAnnotation(ObjectNode object, String name) {
        if (KubeObject.metadata(object).get("annotations") instanceof ObjectNode annotations) {
            JsonNode text = annotations.remove(name);
            if (text != null && text.isString()) {
                try {
                    return Json.read(text.asString());
                } catch (tools.jackson.core.JacksonException e) {
                    return Json.array();
                }
            }
        }
        return Json.array();
    }
}
