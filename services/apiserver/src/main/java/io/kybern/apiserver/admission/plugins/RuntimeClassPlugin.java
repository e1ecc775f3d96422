package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.Values;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives pods the overhead, the node selector and the tolerations of their runtime class, and refuses those whose class does
 * not exist. See <a href="https://kubernetes.io/docs/concepts/containers/runtime-class/">runtime class</a> and <a
 * href="https://kubernetes.io/docs/concepts/scheduling-eviction/pod-overhead/">pod overhead</a>.
 */
final class RuntimeClassPlugin implements AdmissionPlugin {

    private static final GroupResource PODS = new GroupResource("", "pods");
    private static final String MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

    private final ClusterReader cluster;

    RuntimeClassPlugin(ClusterReader cluster) {
        this.cluster = cluster;
    }

    @Override
    public String name() {
        return "RuntimeClass";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        if (concerns(request)) {
            request.object().ifPresent(pod -> find(pod, request.target()).ifPresent(found -> {
                overhead(pod, found, request.target());
                scheduling(pod, found.path("scheduling"), request.target());
            }));
        }
    }

    private static boolean concerns(AdmissionRequest request) {
        return request.operation() == AdmissionOperation.CREATE
                && request.target().is("", "pods");
    }

    private Optional<JsonNode> find(ObjectNode pod, AdmissionRequest.Target target) {
        String name = pod.path("spec").path("runtimeClassName").asString("");
        return name.isEmpty()
                ? Optional.empty()
                : Optional.of(cluster.find("node.k8s.io", "runtimeclasses", ObjectKey.clusterScoped(name))
                        .orElseThrow(() -> refused(target, "pod rejected: RuntimeClass \"" + name + "\" not found")));
    }

    private static void overhead(ObjectNode pod, JsonNode runtimeClass, AdmissionRequest.Target target) {
        JsonNode fixed = runtimeClass.path("overhead").path("podFixed");
        if (!fixed.isObject()) {
            return;
        }
        ObjectNode spec = Absent.object(pod, "spec");
        JsonNode given = spec.path("overhead");
        if (given.isObject() && !sameAmounts(given, fixed)) {
            throw refused(target, MISMATCH);
        }
        spec.set("overhead", fixed.deepCopy());
    }

    private static void scheduling(ObjectNode pod, JsonNode scheduling, AdmissionRequest.Target target) {
        ObjectNode spec = Absent.object(pod, "spec");
        Map<String, String> wanted = Values.strings(scheduling.path("nodeSelector"));
        wanted.forEach((key, value) -> {
            ObjectNode selector = Absent.object(spec, "nodeSelector");
            String own = selector.path(key).asString(value);
            if (!own.equals(value)) {
                throw refused(
                        target,
                        "conflict: runtimeClass.scheduling.nodeSelector[%s] = %s; pod.spec.nodeSelector[%s] = %s"
                                .formatted(key, value, key, own));
            }
            selector.put(key, value);
        });
        for (JsonNode toleration : scheduling.path("tolerations")) {
            ArrayNode own =
                    spec.get("tolerations") instanceof ArrayNode present ? present : spec.putArray("tolerations");
            boolean known = own.valueStream().anyMatch(each -> Values.same(each, toleration));
            if (!known) {
                own.add(toleration.deepCopy());
            }
        }
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (!concerns(request)) {
            return;
        }
        ObjectNode pod = request.object().orElseThrow();
        JsonNode given = pod.path("spec").path("overhead");
        JsonNode fixed = find(pod, request.target())
                .map(found -> found.path("overhead").path("podFixed"))
                .filter(JsonNode::isObject)
                .orElse(null);
        if (fixed == null && given.isObject()) {
            throw refused(
                    request.target(),
                    "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
        }
        if (fixed != null && !sameAmounts(given, fixed)) {
            throw refused(request.target(), MISMATCH);
        }
    }

    /** Whether two lists of resources name the same amounts, however they are written. */
    private static boolean sameAmounts(JsonNode one, JsonNode other) {
        return one.size() == other.size()
                && one.properties().stream().allMatch(entry -> {
                    var here = Values.quantity(entry.getValue());
                    var there = Values.quantity(other.path(entry.getKey()));
                    return here.isPresent() && there.isPresent() && here.get().compareTo(there.get()) == 0;
                });
    }

    private static ApiException refused(AdmissionRequest.Target target, String why) {
        return ApiException.forbidden(PODS, target.name(), why);
    }
}
