package io.kybern.apiserver.metrics;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.apiserver.watch.CachedObject;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the objects of the resource-metrics API from summaries of nodes; see "Resource metrics pipeline" in the Kubernetes
 * documentation. Amounts are written as its usual server writes them: cores in billionths, memory in kibibytes.
 */
final class UsageObjects {

    private static final long KIBIBYTE = 1024;

    /** What rates are taken over: the time between two samples of a node. */
    private static final String WINDOW = "10s";

    private final Clock clock;

    UsageObjects(Clock clock) {
        this.clock = clock;
    }

    /** What a node uses; empty as long as it has not been looked at twice. */
    Optional<ObjectNode> node(CachedObject node, JsonNode summary) {
        JsonNode about = summary.path("node");
        if (!isComplete(about)) {
            return Optional.empty();
        }
        ObjectNode object = object("NodeMetrics", node, about);
        object.set("usage", usage(about));
        return Optional.of(object);
    }

    /** What a pod uses; empty as long as one of its containers has not been looked at twice. */
    Optional<ObjectNode> pod(CachedObject pod, JsonNode summary) {
        for (JsonNode about : summary.path("pods")) {
            JsonNode reference = about.path("podRef");
            if (!reference.path("name").asString("").equals(pod.key().name())
                    || !reference
                            .path("namespace")
                            .asString("")
                            .equals(pod.key().namespace())) {
                continue;
            }
            JsonNode containers = about.path("containers");
            if (containers.isEmpty() || containers.valueStream().anyMatch(each -> !isComplete(each))) {
                return Optional.empty();
            }
            ObjectNode object = object("PodMetrics", pod, containers.get(0));
            ArrayNode list = object.putArray("containers");
            for (JsonNode each : containers) {
                list.addObject().put("name", each.path("name").asString("")).set("usage", usage(each));
            }
            return Optional.of(object);
        }
        return Optional.empty();
    }

    private static boolean isComplete(JsonNode about) {
        return about.path("cpu").has("usageNanoCores") && about.path("memory").has("workingSetBytes");
    }

    private ObjectNode object(String kind, CachedObject of, JsonNode about) {
        ObjectNode object = Json.object().put("kind", kind).put("apiVersion", MetricsApi.GROUP_VERSION);
        ObjectNode metadata = object.putObject("metadata").put("name", of.key().name());
        if (!of.key().namespace().isEmpty()) {
            metadata.put("namespace", of.key().namespace());
        }
        metadata.put(
                "creationTimestamp",
                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        JsonNode labels = KubeObject.metadata(of.tree()).path("labels");
        if (!labels.isEmpty()) {
            metadata.set("labels", labels);
        }
        object.put("timestamp", about.path("cpu").path("time").asString(""));
        return object.put("window", WINDOW);
    }

    private static ObjectNode usage(JsonNode about) {
        long nanoCores = about.path("cpu").path("usageNanoCores").asLong(0);
        long bytes = about.path("memory").path("workingSetBytes").asLong(0);
        return Json.object()
                .put("cpu", nanoCores == 0 ? "0" : nanoCores + "n")
                .put("memory", bytes / KIBIBYTE == 0 ? "0" : bytes / KIBIBYTE + "Ki");
    }
}
