package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Absent;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Turns the name of a pod's priority class into the number that scheduler and node go by. */
final class PriorityPlugin implements AdmissionPlugin {

    private static final GroupResource PODS = new GroupResource("", "pods");

    private final ClusterReader cluster;

    PriorityPlugin(ClusterReader cluster) {
        this.cluster = cluster;
    }

    @Override
    public String name() {
        return "Priority";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        if (request.operation() == AdmissionOperation.CREATE && request.target().is("", "pods")) {
            request.object().ifPresent(pod -> prioritize(pod, request.target()));
        }
    }

    private void prioritize(ObjectNode pod, AdmissionRequest.Target target) {
        ObjectNode spec = Absent.object(pod, "spec");
        String name = spec.path("priorityClassName").asString("");
        long priority = 0;
        String preemption = "PreemptLowerPriority";
        if (!name.isEmpty()) {
            JsonNode found = cluster.find("scheduling.k8s.io", "priorityclasses", ObjectKey.clusterScoped(name))
                    .orElseThrow(() -> ApiException.forbidden(
                            PODS, target.name(), "no PriorityClass with name " + name + " was found"));
            priority = found.path("value").asLong(0);
            preemption = found.path("preemptionPolicy").asString(preemption);
        }
        JsonNode given = spec.path("priority");
        if (given.isNumber() && given.asLong() != priority) {
            throw ApiException.forbidden(
                    PODS,
                    target.name(),
                    "the integer value of priority (%d) must not be provided in pod spec; priority admission controller computed %d from the given PriorityClass name"
                            .formatted(given.asLong(), priority));
        }
        spec.put("priority", priority);
        Absent.text(spec, "preemptionPolicy", preemption);
    }
}
