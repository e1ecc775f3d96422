package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.Quantity;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Values;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Lets a claim ask for more only if its class allows it; see "Expanding Persistent Volumes Claims". */
final class PersistentVolumeClaimResize implements AdmissionPlugin {

    private static final GroupResource CLAIMS = new GroupResource("", "persistentvolumeclaims");

    private final ClusterReader cluster;

    PersistentVolumeClaimResize(ClusterReader cluster) {
        this.cluster = cluster;
    }

    @Override
    public String name() {
        return "PersistentVolumeClaimResize";
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (request.operation() != AdmissionOperation.UPDATE
                || !request.target().is("", "persistentvolumeclaims")) {
            return;
        }
        Optional<? extends JsonNode> now = request.object();
        Optional<? extends JsonNode> before = request.oldObject();
        if (now.isEmpty() || before.isEmpty() || !grows(now.get(), before.get())) {
            return;
        }
        boolean bound = before.get().path("status").path("phase").asString("").equals("Bound");
        if (!bound) {
            throw refused(now.get(), "Only bound persistent volume claims can be expanded");
        }
        String name = before.get().path("spec").path("storageClassName").asString("");
        boolean allowed = !name.isEmpty()
                && cluster.find("storage.k8s.io", "storageclasses", ObjectKey.clusterScoped(name))
                        .map(found -> found.path("allowVolumeExpansion").asBoolean(false))
                        .orElse(false);
        if (!allowed) {
            throw refused(
                    now.get(),
                    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support"
                            + " resize");
        }
    }

    private static ApiException refused(JsonNode claim, String why) {
        return ApiException.forbidden(CLAIMS, KubeObject.name(claim), why);
    }

    private static boolean grows(JsonNode now, JsonNode before) {
        Optional<Quantity> wanted = size(now);
        Optional<Quantity> present = size(before);
        return wanted.isPresent() && present.isPresent() && wanted.get().compareTo(present.get()) > 0;
    }

    private static Optional<Quantity> size(JsonNode claim) {
        return Values.quantity(
                claim.path("spec").path("resources").path("requests").path("storage"));
    }
}
