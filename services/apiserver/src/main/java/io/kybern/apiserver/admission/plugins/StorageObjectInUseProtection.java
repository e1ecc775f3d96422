package io.kybern.apiserver.admission.plugins;

import io.kybern.api.KubeObject;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import tools.jackson.databind.node.ObjectNode;

/** Gives new claims, volumes and classes of their attributes the finalizers that keep them while they are used; see "Storage Object in Use Protection". */
final class StorageObjectInUseProtection implements AdmissionPlugin {

    @Override
    public String name() {
        return "StorageObjectInUseProtection";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        if (request.operation() != AdmissionOperation.CREATE) {
            return;
        }
        if (request.target().is("", "persistentvolumeclaims")) {
            request.object().ifPresent(claim -> add(claim, "kubernetes.io/pvc-protection"));
        } else if (request.target().is("", "persistentvolumes")) {
            request.object().ifPresent(volume -> add(volume, "kubernetes.io/pv-protection"));
        } else if (request.target().is("storage.k8s.io", "volumeattributesclasses")) {
            request.object().ifPresent(attributes -> add(attributes, "kubernetes.io/vac-protection"));
        }
    }

    private static void add(ObjectNode object, String finalizer) {
        if (!KubeObject.finalizers(object).contains(finalizer)) {
            KubeObject.metadata(object).withArrayProperty("finalizers").add(finalizer);
        }
    }
}
