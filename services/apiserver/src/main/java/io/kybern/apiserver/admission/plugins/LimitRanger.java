package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Absent;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Gives containers the defaults of the namespace's limit ranges, and refuses what lies outside of the ranges. */
final class LimitRanger implements AdmissionPlugin {

    private static final GroupResource PODS = new GroupResource("", "pods");
    private static final GroupResource CLAIMS = new GroupResource("", "persistentvolumeclaims");
    private static final String ANNOTATION = "kubernetes.io/limit-ranger";

    private final ClusterReader cluster;

    LimitRanger(ClusterReader cluster) {
        this.cluster = cluster;
    }

    @Override
    public String name() {
        return "LimitRanger";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        if (request.operation() == AdmissionOperation.CREATE && request.target().is("", "pods")) {
            request.object().ifPresent(pod -> ranges(request).forEach(range -> applyDefaults(pod, range)));
        }
    }

    private List<JsonNode> ranges(AdmissionRequest request) {
        return cluster.list("", "limitranges", request.target().namespace());
    }

    private static void applyDefaults(ObjectNode pod, JsonNode range) {
        List<String> told = new ArrayList<>();
        for (JsonNode limit : range.path("spec").path("limits")) {
            if (!limit.path("type").asString("").equals("Container")) {
                continue;
            }
            for (boolean initial : List.of(false, true)) {
                Absent.each(pod.path("spec").path(initial ? "initContainers" : "containers"), container -> {
                    String who = (initial ? "init container " : "container ")
                            + container.path("name").asString("");
                    tell(fill(container, "requests", limit.path("defaultRequest")), "request", who, told);
                    tell(fill(container, "limits", limit.path("default")), "limit", who, told);
                });
            }
        }
        if (!told.isEmpty()) {
            Absent.object(KubeObject.metadata(pod), "annotations")
                    .put(ANNOTATION, "LimitRanger plugin set: " + String.join("; ", told));
        }
    }

    private static TreeSet<String> fill(ObjectNode container, String list, JsonNode defaults) {
        TreeSet<String> filled = new TreeSet<>();
        if (!defaults.isEmpty()) {
            ObjectNode amounts = Absent.object(Absent.object(container, "resources"), list);
            defaults.properties().forEach(each -> {
                if (!amounts.has(each.getKey())) {
                    amounts.set(each.getKey(), each.getValue());
                    filled.add(each.getKey());
                }
            });
        }
        return filled;
    }

    private static void tell(TreeSet<String> filled, String what, String who, List<String> told) {
        if (!filled.isEmpty()) {
            told.add("%s %s for %s".formatted(String.join(", ", filled), what, who));
        }
    }

    /** A pod that runs is given other resources. */
    private static boolean resizes(AdmissionRequest request) {
        AdmissionRequest.Target target = request.target();
        return request.operation() == AdmissionOperation.UPDATE
                && target.subresource().equals("resize")
                && target.type().groupResource().equals(PODS);
    }

    @Override
    public void validate(AdmissionRequest request) {
        boolean pod = request.operation() == AdmissionOperation.CREATE
                        && request.target().is("", "pods")
                || resizes(request);
        boolean claim =
                (request.operation() == AdmissionOperation.CREATE || request.operation() == AdmissionOperation.UPDATE)
                        && request.target().is("", "persistentvolumeclaims");
        if (!pod && !claim) {
            return;
        }
        ObjectNode object = request.object().orElseThrow();
        for (JsonNode range : ranges(request)) {
            List<String> faults = pod ? LimitBounds.ofPod(object, range) : LimitBounds.ofClaim(object, range);
            if (!faults.isEmpty()) {
                throw ApiException.forbidden(
                        pod ? PODS : CLAIMS,
                        KubeObject.name(object),
                        faults.size() == 1 ? faults.getFirst() : "[" + String.join(", ", faults) + "]");
            }
        }
    }
}
