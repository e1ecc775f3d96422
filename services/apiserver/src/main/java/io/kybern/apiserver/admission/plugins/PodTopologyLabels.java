package io.kybern.apiserver.admission.plugins;

import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Absent;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Tells pods by their labels in which zone and region their node is; see KEP-4742. What they are labelled with already stays. */
final class PodTopologyLabels implements AdmissionPlugin {

    private static final List<String> TOPOLOGY =
            List.of("topology.kubernetes.io/zone", "topology.kubernetes.io/region");

    private final ClusterReader cluster;

    PodTopologyLabels(ClusterReader cluster) {
        this.cluster = cluster;
    }

    @Override
    public String name() {
        return "PodTopologyLabels";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        AdmissionRequest.Target target = request.target();
        boolean ofPod = target.type().groupResource().toString().equals("pods");
        if (request.operation() != AdmissionOperation.CREATE || !ofPod) {
            return;
        }
        ObjectNode object = request.object().orElseThrow();
        if (target.subresource().isEmpty()) {
            label(object, object.path("spec").path("nodeName").asString(""));
        } else if (target.subresource().equals("binding")
                && object.path("target").path("kind").asString("").equals("Node")) {
            label(object, object.path("target").path("name").asString(""));
        }
    }

    private void label(ObjectNode object, String node) {
        if (node.isEmpty()) {
            return;
        }
        JsonNode found =
                cluster.find("", "nodes", ObjectKey.clusterScoped(node)).orElse(null);
        if (found == null) {
            return;
        }
        Map<String, String> there = KubeObject.labels(object);
        Map<String, String> ofNode = KubeObject.labels(found);
        for (String key : TOPOLOGY) {
            String value = ofNode.get(key);
            if (value != null && !there.containsKey(key)) {
                Absent.object(KubeObject.metadata(object), "labels").put(key, value);
            }
        }
    }
}
