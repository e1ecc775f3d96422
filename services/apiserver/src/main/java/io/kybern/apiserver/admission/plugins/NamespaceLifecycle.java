package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.api.status.StatusCause;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Nothing is created in a namespace that does not exist or is going away, and three namespaces never go away. */
final class NamespaceLifecycle implements AdmissionPlugin {

    private static final Set<String> PROTECTED = Set.of("default", "kube-system", "kube-public");
    private static final GroupResource NAMESPACES = new GroupResource("", "namespaces");

    private final ClusterReader cluster;

    NamespaceLifecycle(ClusterReader cluster) {
        this.cluster = cluster;
    }

    @Override
    public String name() {
        return "NamespaceLifecycle";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        AdmissionRequest.Target target = request.target();
        if (request.operation() == AdmissionOperation.DELETE
                && target.is("", "namespaces")
                && PROTECTED.contains(target.name())) {
            throw ApiException.forbidden(NAMESPACES, target.name(), "this namespace may not be deleted");
        }
        boolean creates = request.operation() == AdmissionOperation.CREATE
                && target.type().namespaced()
                && target.type().stored();
        if (!creates) {
            return;
        }
        JsonNode namespace = cluster.find("", "namespaces", ObjectKey.clusterScoped(target.namespace()))
                .orElseThrow(() -> ApiException.notFound(NAMESPACES, target.namespace()));
        if (KubeObject.isBeingDeleted(namespace)) {
            throw terminating(target);
        }
    }

    private static ApiException terminating(AdmissionRequest.Target target) {
        Status status = ApiException.forbidden(
                        target.type().groupResource(),
                        target.name(),
                        "unable to create new content in namespace %s because it is being terminated"
                                .formatted(target.namespace()))
                .status();
        Status.Details details = status.details();
        List<StatusCause> causes = new ArrayList<>();
        causes.add(new StatusCause(
                "NamespaceTerminating",
                "namespace %s is being terminated".formatted(target.namespace()),
                "metadata.namespace"));
        return ApiException.of(new Status(
                status.code(),
                status.reason(),
                status.message(),
                new Status.Details(
                        details == null ? "" : details.name(),
                        details == null ? "" : details.group(),
                        details == null ? "" : details.kind(),
                        "",
                        causes,
                        0)));
    }
}
