package io.kybern.apiserver.admission.plugins;

import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Absent;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Nothing is scheduled to a new node before the node controller has seen that it is ready. */
final class TaintNodesByCondition implements AdmissionPlugin {

    private static final String NOT_READY = "node.kubernetes.io/not-ready";

    @Override
    public String name() {
        return "TaintNodesByCondition";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        if (request.operation() == AdmissionOperation.CREATE && request.target().is("", "nodes")) {
            request.object().ifPresent(TaintNodesByCondition::taint);
        }
    }

    private static void taint(ObjectNode node) {
        ObjectNode spec = Absent.object(node, "spec");
        ArrayNode taints = spec.get("taints") instanceof ArrayNode present ? present : spec.putArray("taints");
        for (JsonNode taint : taints) {
            if (taint.path("key").asString("").equals(NOT_READY)
                    && taint.path("effect").asString("").equals("NoSchedule")) {
                return;
            }
        }
        taints.addObject().put("key", NOT_READY).put("effect", "NoSchedule");
    }
}
