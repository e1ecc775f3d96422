package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Absent;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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
        if (!request.target().is("", "pods")) {
            return;
        }
        if (request.operation() == AdmissionOperation.CREATE) {
            request.object().ifPresent(pod -> prioritize(pod, request.target()));
        } else if (request.operation() == AdmissionOperation.UPDATE) {
            request.object().ifPresent(pod -> request.oldObject().ifPresent(old -> keep(pod, old)));
        }
    }

    /** Who writes a pod again need not know what was computed for it. */
    private static void keep(ObjectNode pod, JsonNode old) {
        for (String field : List.of("priority", "preemptionPolicy")) {
            JsonNode before = old.path("spec").path(field);
            if (!before.isMissingNode() && !pod.path("spec").has(field)) {
                Absent.object(pod, "spec").set(field, before);
            }
        }
    }

    private void prioritize(ObjectNode pod, AdmissionRequest.Target target) {
        ObjectNode spec = Absent.object(pod, "spec");
        String name = spec.path("priorityClassName").asString("");
        Optional<JsonNode> chosen = name.isEmpty()
                ? defaultClass()
                : Optional.of(cluster.find("scheduling.k8s.io", "priorityclasses", ObjectKey.clusterScoped(name))
                        .orElseThrow(() -> ApiException.forbidden(
                                PODS, target.name(), "no PriorityClass with name " + name + " was found")));
        chosen.ifPresent(found -> spec.put("priorityClassName", KubeObject.name(found)));
        long priority = chosen.map(found -> found.path("value").asLong(0)).orElse(0L);
        String preemption = chosen.map(found -> found.path("preemptionPolicy").asString("PreemptLowerPriority"))
                .orElse("PreemptLowerPriority");
        JsonNode given = spec.path("priority");
        if (given.isNumber() && given.asLong() != priority) {
            throw ApiException.forbidden(
                    PODS,
                    target.name(),
                    "the integer value of priority (%d) must not be provided in pod spec; priority admission controller computed %d from the given PriorityClass name"
                            .formatted(given.asLong(), priority));
        }
        String own = spec.path("preemptionPolicy").asString(preemption);
        if (!own.equals(preemption)) {
            throw ApiException.forbidden(
                    PODS,
                    target.name(),
                    "the string value of PreemptionPolicy (%s) must not be provided in pod spec; priority admission controller computed %s from the given PriorityClass name"
                            .formatted(own, preemption));
        }
        spec.put("priority", priority).put("preemptionPolicy", preemption);
    }

    /** The class of pods that name none; of several the least important one. */
    private Optional<JsonNode> defaultClass() {
        return cluster.list("scheduling.k8s.io", "priorityclasses", "").stream()
                .filter(each -> each.path("globalDefault").asBoolean(false))
                .min(Comparator.comparingLong(each -> each.path("value").asLong(0)));
    }

    @Override
    public void validate(AdmissionRequest request) {
        boolean writes =
                request.operation() == AdmissionOperation.CREATE || request.operation() == AdmissionOperation.UPDATE;
        if (!writes || !request.target().is("scheduling.k8s.io", "priorityclasses")) {
            return;
        }
        ObjectNode written = request.object().orElseThrow();
        if (written.path("globalDefault").asBoolean(false)) {
            defaultClass()
                    .map(KubeObject::name)
                    .filter(other -> !other.equals(KubeObject.name(written)))
                    .ifPresent(other -> {
                        throw ApiException.forbidden(
                                request.target().type().groupResource(),
                                KubeObject.name(written),
                                "PriorityClass " + other + " is already marked as default. Only one default can exist");
                    });
        }
    }
}
