package io.kybern.nodelifecycle.core;

import io.kybern.api.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.node.ObjectNode;

/** Strategic merge patches that say why a pod is removed. See "Pod disruption conditions" in the Kubernetes documentation. */
final class PodPatches {

    /** The condition of a pod that is about to be removed by the control plane. */
    static final String DISRUPTION = "DisruptionTarget";

    private PodPatches() {}

    /** The pod with that condition. */
    static String disrupted(String reason, String message, Instant now) {
        ObjectNode patch = Json.object();
        addCondition(patch.putObject("status"), reason, message, now);
        return Json.string(patch);
    }

    /** The same, and the pod has failed. */
    static String failed(String reason, String message, Instant now) {
        ObjectNode patch = Json.object();
        ObjectNode status = patch.putObject("status");
        status.put("phase", "Failed");
        addCondition(status, reason, message, now);
        return Json.string(patch);
    }

    /** The pod has failed; nothing more is to be said. */
    static String failed() {
        ObjectNode patch = Json.object();
        patch.putObject("status").put("phase", "Failed");
        return Json.string(patch);
    }

    private static void addCondition(ObjectNode status, String reason, String message, Instant now) {
        status.putArray("conditions")
                .addObject()
                .put("type", DISRUPTION)
                .put("status", "True")
                .put("reason", reason)
                .put("message", message)
                .put("lastTransitionTime", now.truncatedTo(ChronoUnit.SECONDS).toString());
    }
}
