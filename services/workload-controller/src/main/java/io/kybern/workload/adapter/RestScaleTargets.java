package io.kybern.workload.adapter;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kybern.workload.core.autoscaling.MetricsSource;
import io.kybern.workload.core.autoscaling.ScaleTargets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Finds a target's resource by discovery, and reads and writes its scale subresource. */
public final class RestScaleTargets implements ScaleTargets {

    private final RawApi api;
    /** Plurals, by API version and kind; a kind does not change its plural. */
    private final Map<String, String> plurals = new ConcurrentHashMap<>();

    public RestScaleTargets(KubernetesClient client) {
        this.api = new RawApi(client);
    }

    @Override
    public Scale find(String namespace, CrossVersionObjectReference target) {
        String version = requireNonNullElse(target.getApiVersion(), "v1");
        String prefix = version.contains("/") ? "/apis/" + version : "/api/" + version;
        try {
            String path = "%s/namespaces/%s/%s/%s/scale"
                    .formatted(prefix, namespace, plural(prefix, version, target.getKind()), target.getName());
            Optional<JsonNode> scale = api.get(path);
            if (scale.isEmpty()) {
                String plural = plurals.get(version + " " + target.getKind());
                throw MetricsSource.Unavailable.because(
                        "%s \"%s\" not found".formatted(resource(version, String.valueOf(plural)), target.getName()));
            }
            JsonNode found = scale.get();
            return new Scale(
                    found.path("spec").path("replicas").asInt(0),
                    found.path("status").path("replicas").asInt(0),
                    found.path("status").path("selector").asText(""),
                    path,
                    found.toString());
        } catch (RawApi.Refused e) {
            throw MetricsSource.Unavailable.because(String.valueOf(e.getMessage()));
        }
    }

    private static String resource(String version, String plural) {
        int slash = version.indexOf('/');
        return slash < 0 ? plural : plural + "." + version.substring(0, slash);
    }

    private String plural(String prefix, String version, String kind) throws RawApi.Refused {
        String known = plurals.get(version + " " + kind);
        if (known != null) {
            return known;
        }
        Optional<String> found = api.get(prefix).flatMap(resources -> RawApi.plural(resources, kind));
        if (found.isPresent()) {
            plurals.put(version + " " + kind, found.get());
            return found.get();
        }
        int slash = version.indexOf('/');
        throw MetricsSource.Unavailable.because("no matches for kind \"%s\" in group \"%s\""
                .formatted(kind, slash < 0 ? "" : version.substring(0, slash)));
    }

    @Override
    public void update(Scale scale, int replicas) {
        ObjectNode changed = (ObjectNode) api.read(scale.json());
        changed.withObject("/spec").put("replicas", replicas);
        try {
            api.put(scale.path(), changed.toString());
        } catch (RawApi.Refused e) {
            throw MetricsSource.Unavailable.because(String.valueOf(e.getMessage()));
        }
    }
}
