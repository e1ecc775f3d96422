package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authn.UserInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A node changes itself, its lease and the pods that run on it, and nothing else, whatever its role allows. */
final class NodeRestriction implements AdmissionPlugin {

    private static final String USER_PREFIX = "system:node:";
    private static final String GROUP = "system:nodes";
    private static final String LEASES = "kube-node-lease";

    private final ClusterReader cluster;
    private final MirrorPodRules mirrors;

    NodeRestriction(ClusterReader cluster) {
        this.cluster = cluster;
        this.mirrors = new MirrorPodRules(cluster);
    }

    @Override
    public String name() {
        return "NodeRestriction";
    }

    private static Optional<String> nodeOf(UserInfo user) {
        return user.in(GROUP) && user.name().startsWith(USER_PREFIX)
                ? Optional.of(user.name().substring(USER_PREFIX.length()))
                : Optional.empty();
    }

    @Override
    public void mutate(AdmissionRequest request) {
        nodeOf(request.user()).ifPresent(node -> restrict(request, node));
    }

    private void restrict(AdmissionRequest request, String node) {
        GroupResource resource = request.target().type().groupResource();
        switch (resource.toString()) {
            case "nodes" -> restrictNode(request, node);
            case "pods" -> restrictPod(request, node);
            case "leases.coordination.k8s.io" -> restrictLease(request, node);
            case "serviceaccounts" -> restrictToken(request, node);
            default -> {
                // what else a node may write is up to the authorizer
            }
        }
    }

    private static ApiException refused(AdmissionRequest request, String why) {
        return ApiException.forbidden(
                request.target().type().groupResource(), request.target().name(), why);
    }

    private static void restrictNode(AdmissionRequest request, String node) {
        String name = request.target().name();
        if (!name.isEmpty() && !name.equals(node)) {
            throw refused(request, "node \"%s\" is not allowed to modify node \"%s\"".formatted(node, name));
        }
        boolean changesTaints = request.operation() == AdmissionOperation.UPDATE
                && request.target().subresource().isEmpty()
                && !taints(request.object().orElse(null))
                        .equals(taints(request.oldObject().orElse(null)));
        if (changesTaints) {
            throw refused(request, "node \"%s\" is not allowed to modify taints".formatted(node));
        }
        List<String> labels = NodeLabels.forbidden(
                request.oldObject().map(KubeObject::labels).orElse(Map.of()),
                request.object().map(KubeObject::labels).orElse(Map.of()));
        if (request.operation() != AdmissionOperation.DELETE && !labels.isEmpty()) {
            throw refused(
                    request,
                    (request.operation() == AdmissionOperation.CREATE
                                    ? "node \"%s\" is not allowed to set the following labels: %s"
                                    : "is not allowed to modify labels: %2$s")
                            .formatted(node, String.join(", ", labels)));
        }
    }

    private static String taints(@org.jspecify.annotations.Nullable JsonNode node) {
        return node == null ? "" : node.path("spec").path("taints").toString();
    }

    private void restrictPod(AdmissionRequest request, String node) {
        if (request.operation() == AdmissionOperation.CREATE
                && request.target().subresource().isEmpty()) {
            JsonNode pod = request.object().map(JsonNode.class::cast).orElseThrow();
            mirrors.refusal(pod, node).ifPresent(why -> {
                throw refused(request, why);
            });
            return;
        }
        String on = request.oldObject()
                .map(JsonNode.class::cast)
                .or(() -> cluster.find(
                        "",
                        "pods",
                        new ObjectKey(
                                request.target().namespace(), request.target().name())))
                .map(pod -> pod.path("spec").path("nodeName").asString(""))
                .orElse(node);
        if (!on.equals(node)) {
            throw refused(
                    request,
                    "node \"%s\" can only %s pods with spec.nodeName set to itself"
                            .formatted(node, whatItDoes(request)));
        }
        if (request.target().subresource().equals("status") && !sameLabels(request)) {
            throw refused(request, "node \"%s\" cannot update labels through pod status".formatted(node));
        }
    }

    private static boolean sameLabels(AdmissionRequest request) {
        return request.object()
                .map(KubeObject::labels)
                .equals(request.oldObject().map(KubeObject::labels));
    }

    private static String whatItDoes(AdmissionRequest request) {
        if (request.target().subresource().equals("eviction")) {
            return "evict";
        }
        return switch (request.operation()) {
            case DELETE -> "delete";
            default -> request.target().subresource().equals("status") ? "update pod status for" : "update";
        };
    }

    private static void restrictLease(AdmissionRequest request, String node) {
        if (!request.target().namespace().equals(LEASES)) {
            throw refused(request, "can only access leases in the \"%s\" system namespace".formatted(LEASES));
        }
        String name = request.target().name();
        if (!name.isEmpty() && !name.equals(node)) {
            throw refused(request, "can only access node lease with the same name as the requesting node");
        }
    }

    private void restrictToken(AdmissionRequest request, String node) {
        if (!request.target().subresource().equals("token")) {
            return;
        }
        JsonNode bound = request.object()
                .map(review -> review.path("spec").path("boundObjectRef"))
                .orElseThrow();
        if (!bound.path("kind").asString("").equals("Pod")) {
            throw refused(request, "node requested token not bound to a pod");
        }
        String pod = bound.path("name").asString("");
        boolean own = !pod.isEmpty()
                && cluster.find("", "pods", new ObjectKey(request.target().namespace(), pod))
                        .map(found ->
                                found.path("spec").path("nodeName").asString("").equals(node))
                        .orElse(false);
        if (!own) {
            throw refused(request, "node requested token bound to a pod scheduled on a different node");
        }
    }
}
