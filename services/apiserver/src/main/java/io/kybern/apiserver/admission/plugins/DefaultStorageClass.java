package io.kybern.apiserver.admission.plugins;

import io.kybern.api.KubeObject;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Absent;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Gives claims that name no storage class the default one; of several the newest. */
final class DefaultStorageClass implements AdmissionPlugin {

    private static final List<String> DEFAULT =
            List.of("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class");
    private static final String NAMED = "volume.beta.kubernetes.io/storage-class";

    private final ClusterReader cluster;

    DefaultStorageClass(ClusterReader cluster) {
        this.cluster = cluster;
    }

    @Override
    public String name() {
        return "DefaultStorageClass";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        boolean concerns = request.operation() == AdmissionOperation.CREATE
                && request.target().is("", "persistentvolumeclaims");
        if (concerns) {
            request.object().ifPresent(this::complete);
        }
    }

    private void complete(ObjectNode claim) {
        ObjectNode spec = Absent.object(claim, "spec");
        // an empty name asks for no class at all
        if (spec.has("storageClassName") || KubeObject.annotations(claim).containsKey(NAMED)) {
            return;
        }
        DefaultClasses.newest(cluster, "storage.k8s.io", "storageclasses", DEFAULT)
                .ifPresent(each -> spec.put("storageClassName", each));
    }
}
