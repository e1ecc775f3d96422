package io.kybern.apiserver.admission.plugins;

import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Absent;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Pods stay on a node that does not answer for five minutes, unless they say otherwise. */
final class DefaultTolerationSeconds implements AdmissionPlugin {

    private static final int SECONDS = 300;
    private static final List<String> TAINTS =
            List.of("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable");

    @Override
    public String name() {
        return "DefaultTolerationSeconds";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        boolean write =
                request.operation() == AdmissionOperation.CREATE || request.operation() == AdmissionOperation.UPDATE;
        boolean writesPod = write && request.target().is("", "pods");
        if (writesPod) {
            request.object().ifPresent(DefaultTolerationSeconds::tolerate);
        }
    }

    private static void tolerate(ObjectNode pod) {
        ObjectNode spec = Absent.object(pod, "spec");
        for (String taint : TAINTS) {
            if (!tolerates(spec.path("tolerations"), taint)) {
                ArrayNode tolerations =
                        spec.get("tolerations") instanceof ArrayNode present ? present : spec.putArray("tolerations");
                tolerations
                        .addObject()
                        .put("key", taint)
                        .put("operator", "Exists")
                        .put("effect", "NoExecute")
                        .put("tolerationSeconds", SECONDS);
            }
        }
    }

    private static boolean tolerates(JsonNode tolerations, String taint) {
        for (JsonNode toleration : tolerations) {
            String key = toleration.path("key").asString("");
            String effect = toleration.path("effect").asString("");
            if ((key.equals(taint) || key.isEmpty()) && (effect.equals("NoExecute") || effect.isEmpty())) {
                return true;
            }
        }
        return false;
    }
}
