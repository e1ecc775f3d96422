package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ContainerSummary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What pods have left on the node that do not exist any more. */
final class LeftOvers {

    private LeftOvers() {}

    /**
     * The pods that containers are left of, each as much as its containers' labels tell.
     *
     * @param node whose containers are looked at
     * @param existing the pods that are none of them
     */
    static List<Pod> of(ContainerRuntime runtime, String node, Set<String> existing) {
        Set<String> known = new HashSet<>(existing);
        List<Pod> pods = new ArrayList<>();
        for (ContainerSummary c : runtime.list(Map.of(PodLabels.NODE, node))) {
            String uid = c.labels().get(PodLabels.UID);
            if (uid != null && known.add(uid)) {
                pods.add(remembered(c.labels()));
            }
        }
        return pods;
    }

    private static Pod remembered(Map<String, String> labels) {
        ObjectMeta meta = new ObjectMeta();
        meta.setUid(labels.get(PodLabels.UID));
        meta.setName(labels.getOrDefault(PodLabels.NAME, "unknown"));
        meta.setNamespace(labels.getOrDefault(PodLabels.NAMESPACE, "unknown"));
        Pod pod = new Pod();
        pod.setMetadata(meta);
        pod.setSpec(new PodSpec());
        return pod;
    }
}
