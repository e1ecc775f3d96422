package io.kybern.apiserver.registry.pods;

import io.kybern.apiserver.registry.Absent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which generation of a pod its status tells of: a writer that does not know of it does not make it forgotten. See <a
 * href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/5067-pod-generation">KEP-5067</a>.
 */
final class ObservedGenerations {

    private static final String FIELD = "observedGeneration";

    private ObservedGenerations() {}

    static void keep(ObjectNode status, JsonNode old) {
        keepOne(status, old.path(FIELD));
        // there may be several conditions of a type; they follow each other
        Map<String, Deque<JsonNode>> known = new HashMap<>();
        for (JsonNode condition : old.path("conditions")) {
            known.computeIfAbsent(condition.path("type").asString(""), type -> new ArrayDeque<>())
                    .add(condition.path(FIELD));
        }
        Absent.each(status.path("conditions"), condition -> {
            Deque<JsonNode> ofType = known.get(condition.path("type").asString(""));
            if (ofType != null && !ofType.isEmpty()) {
                keepOne(condition, ofType.remove());
            }
        });
    }

    private static void keepOne(ObjectNode object, JsonNode before) {
        if (object.path(FIELD).asLong(0) == 0 && before.asLong(0) != 0) {
            object.set(FIELD, before);
        }
    }
}
