package io.kybern.apiserver.authz;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.WatchCache;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * What a node may do: what the cluster role {@code system:node} says, but secrets, config maps, claims, volumes and token
 * requests only as far as a pod on the node needs them, and leases and node objects only its own; see "Using Node
 * Authorization".
 */
public final class NodeAuthorizer implements Authorizer {

    private static final String USER_PREFIX = "system:node:";
    private static final String GROUP = "system:nodes";
    private static final String ROLE = "system:node";
    private static final GroupResource PODS = new GroupResource("", "pods");
    private static final GroupResource CLAIMS = new GroupResource("", "persistentvolumeclaims");
    private static final Set<String> READS = Set.of("get", "list", "watch");
    private static final Decision NO_RELATION =
            Decision.noOpinion("no relationship found between node and this object");

    private final WatchCache cache;
    private final RbacAuthorizer rbac;

    /** Looks up pods in the cache and the role in RBAC. */
    public NodeAuthorizer(WatchCache cache, RbacAuthorizer rbac) {
        this.cache = cache;
        this.rbac = rbac;
    }

    @Override
    public Decision authorize(AccessAttributes a) {
        if (!a.user().name().startsWith(USER_PREFIX) || !a.user().in(GROUP)) {
            return Decision.noOpinion();
        }
        String node = a.user().name().substring(USER_PREFIX.length());
        return a.resourceRequest() ? decide(node, a) : byRole(a);
    }

    private Decision decide(String node, AccessAttributes a) {
        return switch (a.group() + "/" + a.resource()) {
            case "/secrets" ->
                related(node, a, READS, pod -> PodReferences.secrets(pod).contains(a.name()));
            case "/configmaps" ->
                related(node, a, READS, pod -> PodReferences.configMaps(pod).contains(a.name()));
            case "/persistentvolumeclaims" ->
                a.subresource().equals("status")
                        ? byRole(a)
                        : related(node, a, Set.of("get"), pod -> PodReferences.claims(pod)
                                .contains(a.name()));
            case "/pods" -> pod(node, a);
            case "/persistentvolumes" -> volume(node, a);
            case "/serviceaccounts" -> account(node, a);
            case "/nodes" -> ownNode(node, a);
            case "coordination.k8s.io/leases" -> lease(node, a);
            case "storage.k8s.io/csinodes" ->
                a.name().isEmpty() || a.name().equals(node)
                        ? byRole(a)
                        : Decision.noOpinion("can only access CSINode with the same name as the requesting node");
            default -> byRole(a);
        };
    }

    private Decision byRole(AccessAttributes a) {
        return rbac.clusterRoleAllows(ROLE, a) ? Decision.allow("") : Decision.noOpinion();
    }

    private Decision related(String node, AccessAttributes a, Set<String> verbs, Predicate<JsonNode> references) {
        if (!verbs.contains(a.verb()) || !a.subresource().isEmpty()) {
            return Decision.noOpinion("can only read this kind of resource");
        }
        if (a.name().isEmpty()) {
            return Decision.noOpinion("No Object name found");
        }
        return podOn(node, a.namespace(), references)
                ? Decision.allow("")
                : Decision.noOpinion("no relationship found between node '%s' and this object".formatted(node));
    }

    /** Pods are read one by one if they run there, or all that do, by a selector that says so; writes are the role's matter. */
    private Decision pod(String node, AccessAttributes a) {
        boolean reads = READS.contains(a.verb()) && a.subresource().isEmpty();
        if (!reads) {
            return byRole(a);
        }
        if (a.fields().exact("spec.nodeName").filter(node::equals).isPresent()) {
            return Decision.allow("");
        }
        if (a.name().isEmpty()) {
            return Decision.noOpinion("can only list/watch pods with spec.nodeName field selector");
        }
        return runs(node, new ObjectKey(a.namespace(), a.name()))
                ? Decision.allow("")
                : Decision.noOpinion("no relationship found between node '%s' and this object".formatted(node));
    }

    private Decision volume(String node, AccessAttributes a) {
        if (!a.verb().equals("get") || a.name().isEmpty()) {
            return Decision.noOpinion("can only get individual resources of this type");
        }
        Snapshot claims = cache.snapshot(CLAIMS, RevisionRequest.any()).join();
        for (CachedObject claim : claims.range("", null)) {
            if (claim.tree().path("spec").path("volumeName").asString("").equals(a.name())
                    && podOn(node, claim.key().namespace(), pod -> PodReferences.claims(pod)
                            .contains(claim.key().name()))) {
                return Decision.allow("");
            }
        }
        return NO_RELATION;
    }

    private Decision account(String node, AccessAttributes a) {
        boolean token = a.subresource().equals("token") && a.verb().equals("create");
        if (!token && !(a.subresource().isEmpty() && a.verb().equals("get"))) {
            return Decision.noOpinion();
        }
        return podOn(node, a.namespace(), pod -> PodReferences.account(pod).equals(a.name()))
                ? Decision.allow("")
                : Decision.noOpinion("no relationship found between node '%s' and this object".formatted(node));
    }

    private Decision ownNode(String node, AccessAttributes a) {
        if (a.verb().equals("create") && a.subresource().isEmpty()) {
            return byRole(a);
        }
        if (!a.name().equals(node)) {
            return Decision.noOpinion("node '%s' cannot read all nodes, only its own Node object".formatted(node));
        }
        return byRole(a);
    }

    private Decision lease(String node, AccessAttributes a) {
        if (!a.namespace().equals("kube-node-lease")) {
            return Decision.noOpinion("can only access leases in the \"kube-node-lease\" system namespace");
        }
        boolean nameless = a.name().isEmpty() && a.verb().equals("create");
        return nameless || a.name().equals(node)
                ? byRole(a)
                : Decision.noOpinion("can only access node lease with the same name as the requesting node");
    }

    private boolean podOn(String node, String namespace, Predicate<JsonNode> references) {
        Snapshot pods = cache.snapshot(PODS, RevisionRequest.any()).join();
        for (CachedObject each : pods.range(namespace, null)) {
            String on = each.fields().get("spec.nodeName");
            if (on != null && !on.equals(node)) {
                continue;
            }
            JsonNode pod = each.tree();
            if (pod.path("spec").path("nodeName").asString("").equals(node) && references.test(pod)) {
                return true;
            }
        }
        return false;
    }

    private boolean runs(String node, ObjectKey pod) {
        return cache.snapshot(PODS, RevisionRequest.any())
                .join()
                .get(pod)
                .map(CachedObject::tree)
                .filter(found ->
                        found.path("spec").path("nodeName").asString("").equals(node))
                .isPresent();
    }
}
