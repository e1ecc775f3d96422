package io.kybern.node.access;

import java.util.List;
import java.util.Map;

/**
 * A request to the node's API as authorizers see it: a verb on subresources of the node, one of which must be allowed. See
 * <a href="https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/">Kubelet
 * authentication/authorization</a> and KEP-2862.
 *
 * @param verb the verb; empty for methods that have none
 * @param subresources the subresources, the narrowest first; never empty
 */
record NodeRequest(String verb, List<String> subresources) {

    /** What every path needs that is not listed. */
    private static final String PROXY = "proxy";

    private static final Map<String, String> VERBS =
            Map.of("POST", "create", "GET", "get", "PUT", "update", "PATCH", "patch", "DELETE", "delete");

    /** By the first part of the path; only these are enough. */
    private static final Map<String, String> ALONE =
            Map.of("stats", "stats", "metrics", "metrics", "logs", "log", "checkpoint", "checkpoint");

    /** By the first part of the path; {@code proxy} is as good. */
    private static final Map<String, String> OR_PROXY = Map.of(
            "pods", "pods", "runningpods", "pods", "healthz", "healthz", "configz", "configz", "statusz", "statusz");

    /** @param path the decoded path of the address, without its query */
    static NodeRequest of(String method, String path) {
        String verb = VERBS.getOrDefault(method, "");
        String first = path.startsWith("/") ? path.substring(1).split("/", 2)[0] : "";
        if (ALONE.containsKey(first)) {
            return new NodeRequest(verb, List.of(ALONE.get(first)));
        }
        return new NodeRequest(
                verb, OR_PROXY.containsKey(first) ? List.of(OR_PROXY.get(first), PROXY) : List.of(PROXY));
    }
}
