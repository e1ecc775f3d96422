package io.kybern.apiserver.registry.pods;

import io.kybern.apiserver.registry.Absent;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Labels of a new pod that take part in selecting the pods it is to be near to, far from or spread with: their values are written into
 * the selector once, so that later changes of the labels do not count. See <a
 * href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-scheduling/3633-matchlabelkeys-to-podaffinity">KEP-3633</a>.
 */
final class LabelKeys {

    private LabelKeys() {}

    static void apply(ObjectNode pod) {
        JsonNode labels = pod.path("metadata").path("labels");
        JsonNode affinity = pod.path("spec").path("affinity");
        for (String kind : List.of("podAffinity", "podAntiAffinity")) {
            Absent.each(
                    affinity.path(kind).path("preferredDuringSchedulingIgnoredDuringExecution"),
                    preferred -> Absent.with(preferred, "podAffinityTerm", term -> term(term, labels)));
            Absent.each(
                    affinity.path(kind).path("requiredDuringSchedulingIgnoredDuringExecution"),
                    term -> term(term, labels));
        }
        Absent.each(pod.path("spec").path("topologySpreadConstraints"), constraint -> term(constraint, labels));
    }

    private static void term(ObjectNode term, JsonNode labels) {
        if (term.get("labelSelector") instanceof ObjectNode selector) {
            expressions(selector, term.path("matchLabelKeys"), "In", labels);
            expressions(selector, term.path("mismatchLabelKeys"), "NotIn", labels);
        }
    }

    private static void expressions(ObjectNode selector, JsonNode keys, String operator, JsonNode labels) {
        for (JsonNode key : keys) {
            JsonNode value = labels.path(key.asString(""));
            if (value.isString()) {
                ArrayNode expressions = selector.get("matchExpressions") instanceof ArrayNode present
                        ? present
                        : selector.putArray("matchExpressions");
                ObjectNode expression = expressions.addObject();
                expression.put("key", key.asString(""));
                expression.put("operator", operator);
                expression.putArray("values").add(value.asString());
            }
        }
    }
}
