package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * What a pod must be for a node to create it: the mirror of a static pod of its own, which belongs to the node's object and reads no
 * other object, as by such a pod the node would be let read that object too. See "Node authorization" and "NodeRestriction" in the
 * Kubernetes documentation.
 */
final class MirrorPodRules {

    private static final String MIRROR = "kubernetes.io/config.mirror";
    private static final GroupResource NODES = new GroupResource("", "nodes");
    private static final Set<String> SECRET_FIELDS = Set.of("secretRef", "nodePublishSecretRef", "secretName");

    private final ClusterReader cluster;

    MirrorPodRules(ClusterReader cluster) {
        this.cluster = cluster;
    }

    /** Why the node may not create the pod; empty if it may. */
    Optional<String> refusal(JsonNode pod, String node) {
        String who = "node \"%s\" ".formatted(node);
        if (!pod.path("metadata").path("annotations").has(MIRROR)) {
            return Optional.of(
                    "pod does not have \"" + MIRROR + "\" annotation, " + who + "can only create mirror pods");
        }
        if (!pod.path("spec").path("nodeName").asString("").equals(node)) {
            return Optional.of(who + "can only create pods with spec.nodeName set to itself");
        }
        return ownerRefusal(pod.path("metadata").path("ownerReferences"), node)
                .or(() -> referenced(pod.path("spec")).map(what -> who + "can not create pods that reference " + what));
    }

    private Optional<String> ownerRefusal(JsonNode owners, String node) {
        String who = "node \"%s\" ".formatted(node);
        if (owners.size() > 1) {
            return Optional.of(who + "can only create pods with a single owner reference set to itself");
        }
        JsonNode owner = owners.path(0);
        boolean own = owner.path("apiVersion").asString("").equals("v1")
                && owner.path("kind").asString("").equals("Node")
                && owner.path("name").asString("").equals(node);
        if (!own) {
            return Optional.of(who + "can only create pods with an owner reference set to itself");
        }
        if (!owner.path("controller").asBoolean(false)) {
            return Optional.of(who + "can only create pods with a controller owner reference set to itself");
        }
        if (owner.path("blockOwnerDeletion").asBoolean(false)) {
            return Optional.of(who + "must not set blockOwnerDeletion on an owner reference");
        }
        String given = owner.path("uid").asString("");
        // a node that was made anew a moment ago has another id than the one that is remembered
        String uid = cluster.findFresh("", "nodes", new ObjectKey("", node))
                .orElseThrow(() -> ApiException.notFound(NODES, node))
                .path("metadata")
                .path("uid")
                .asString("");
        return given.equals(uid)
                ? Optional.empty()
                : Optional.of("node %s UID mismatch: expected %s got %s".formatted(node, given, uid));
    }

    private static Optional<String> referenced(JsonNode spec) {
        if (!spec.path("serviceAccountName").asString("").isEmpty()) {
            return Optional.of("a service account");
        }
        if (!spec.path("imagePullSecrets").isEmpty()) {
            return Optional.of("secrets");
        }
        if (!spec.path("resourceClaims").isEmpty()) {
            return Optional.of("resourceclaims");
        }
        return Stream.concat(
                        Stream.of("initContainers", "containers", "ephemeralContainers")
                                .flatMap(kind -> items(spec.path(kind)))
                                .map(MirrorPodRules::ofContainer),
                        items(spec.path("volumes")).map(MirrorPodRules::ofVolume))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Stream<JsonNode> items(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    private static Optional<String> ofContainer(JsonNode container) {
        boolean secrets = items(container.path("env"))
                        .anyMatch(each -> each.path("valueFrom").has("secretKeyRef"))
                || items(container.path("envFrom")).anyMatch(each -> each.has("secretRef"));
        if (secrets) {
            return Optional.of("secrets");
        }
        boolean configMaps = items(container.path("env"))
                        .anyMatch(each -> each.path("valueFrom").has("configMapKeyRef"))
                || items(container.path("envFrom")).anyMatch(each -> each.has("configMapRef"));
        return configMaps ? Optional.of("configmaps") : Optional.empty();
    }

    private static Optional<String> ofVolume(JsonNode volume) {
        boolean driverSecret =
                items(volume).anyMatch(source -> SECRET_FIELDS.stream().anyMatch(source::has));
        if (volume.has("secret") || driverSecret) {
            return Optional.of("secrets");
        }
        if (volume.has("configMap")) {
            return Optional.of("configmaps");
        }
        if (volume.has("persistentVolumeClaim") || volume.has("ephemeral")) {
            return Optional.of("persistentvolumeclaims");
        }
        return items(volume.path("projected").path("sources"))
                .map(MirrorPodRules::ofProjection)
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> ofProjection(JsonNode source) {
        if (source.has("secret")) {
            return Optional.of("secrets");
        }
        if (source.has("configMap")) {
            return Optional.of("configmaps");
        }
        if (source.has("clusterTrustBundle")) {
            return Optional.of("clustertrustbundles");
        }
        return source.has("serviceAccountToken")
                ? Optional.of("serviceaccounts (via projected volumes)")
                : Optional.empty();
    }
}
