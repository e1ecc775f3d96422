package io.kybern.apiserver.registry.table;

import static io.kybern.apiserver.registry.table.Cell.get;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Autoscalers, as {@code kubectl get} shows them: per metric what there is and what is wanted. */
final class AutoscalerCells {

    private static final int SHOWN_METRICS = 2;

    private AutoscalerCells() {}

    static Map<String, Map<String, Cell>> all() {
        return Map.of(
                "/apis/autoscaling/v1/horizontalpodautoscalers",
                autoscalers(Cell.text(AutoscalerCells::target)),
                "/apis/autoscaling/v2/horizontalpodautoscalers",
                autoscalers(Cell.text(AutoscalerCells::targets)));
    }

    private static Map<String, Cell> autoscalers(Cell targets) {
        Map<String, Cell> cells = new HashMap<>();
        cells.put(
                "Reference",
                Cell.text(o -> get(o, "spec.scaleTargetRef.kind").asString("") + "/"
                        + get(o, "spec.scaleTargetRef.name").asString("")));
        cells.put("Targets", targets);
        cells.put("MinPods", Cell.at("spec.minReplicas", Cell.UNSET));
        cells.put("MaxPods", Cell.numberAt("spec.maxReplicas"));
        cells.put("Replicas", Cell.numberAt("status.currentReplicas"));
        return cells;
    }

    private static String target(JsonNode autoscaler) {
        JsonNode target = get(autoscaler, "spec.targetCPUUtilizationPercentage");
        if (target.isMissingNode()) {
            return Cell.NONE;
        }
        return "cpu: %s/%d%%"
                .formatted(
                        percent(get(autoscaler, "status.currentCPUUtilizationPercentage"), Cell.UNKNOWN),
                        target.asLong());
    }

    private static String targets(JsonNode autoscaler) {
        JsonNode statuses = get(autoscaler, "status.currentMetrics");
        List<String> shown = new ArrayList<>();
        for (JsonNode metric : get(autoscaler, "spec.metrics")) {
            shown.add(metric(metric, statuses.path(shown.size())));
        }
        if (shown.isEmpty()) {
            return Cell.NONE;
        }
        String text = String.join(", ", shown.subList(0, Math.min(SHOWN_METRICS, shown.size())));
        return shown.size() > SHOWN_METRICS ? text + " + " + (shown.size() - SHOWN_METRICS) + " more..." : text;
    }

    /** One metric; its source and its state are under the type's name with a small letter at its front. */
    private static String metric(JsonNode metric, JsonNode status) {
        String type = metric.path("type").asString("");
        String field = type.isEmpty() ? "" : type.substring(0, 1).toLowerCase(Locale.ROOT) + type.substring(1);
        JsonNode source = metric.path(field);
        JsonNode target = source.path("target");
        JsonNode current = get(status, field + ".current");
        return switch (type) {
            case "Resource", "ContainerResource" ->
                source.path("name").asString("") + ": "
                        + (target.has("averageValue")
                                ? values(current, target, "averageValue")
                                : percent(current.path("averageUtilization"), Cell.UNKNOWN) + "/"
                                        + percent(target.path("averageUtilization"), "<auto>"));
            case "Pods" -> values(current, target, "averageValue");
            case "Object", "External" ->
                target.has("averageValue")
                        ? values(current, target, "averageValue") + " (avg)"
                        : values(current, target, "value");
            default -> "<unknown type>";
        };
    }

    private static String values(JsonNode current, JsonNode target, String field) {
        return current.path(field).asString(Cell.UNKNOWN) + "/"
                + target.path(field).asString("");
    }

    private static String percent(JsonNode number, String otherwise) {
        return number.isNumber() ? number.asLong() + "%" : otherwise;
    }
}
