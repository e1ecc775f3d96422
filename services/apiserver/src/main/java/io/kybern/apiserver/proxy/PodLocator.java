package io.kybern.apiserver.proxy;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import tools.jackson.databind.JsonNode;

/** Finds the pod, the container and the node that a request is for. */
final class PodLocator {

    private static final GroupResource PODS = new GroupResource("", "pods");
    private static final GroupResource NODES = new GroupResource("", "nodes");
    private static final GroupResource SERVICES = new GroupResource("", "services");
    private static final GroupResource ENDPOINTS = new GroupResource("", "endpoints");
    private static final int NOT_FOUND = 404;
    private static final int DEFAULT_PORT = 10250;

    private final WatchCache cache;

    PodLocator(WatchCache cache) {
        this.cache = cache;
    }

    /** The pod. */
    JsonNode pod(String namespace, String name) {
        return find(PODS, new ObjectKey(namespace, name));
    }

    /** The Service. */
    JsonNode service(String namespace, String name) {
        return find(SERVICES, new ObjectKey(namespace, name));
    }

    /** Where a Service leads; nowhere if nobody has said so yet. */
    JsonNode endpoints(String namespace, String name) {
        try {
            return find(ENDPOINTS, new ObjectKey(namespace, name));
        } catch (ApiException e) {
            if (e.status().code() == NOT_FOUND) {
                return Json.object();
            }
            throw e;
        }
    }

    private JsonNode find(GroupResource resource, ObjectKey key) {
        try {
            return cache.snapshot(resource, RevisionRequest.latest())
                    .join()
                    .get(key)
                    .map(CachedObject::tree)
                    .orElseThrow(() -> ApiException.notFound(resource, key.name()));
        } catch (CompletionException e) {
            throw ApiException.serviceUnavailable(
                    String.valueOf(StorageException.of(e).getMessage()), 1);
        }
    }

    /** The node that a pod is assigned to, empty if none. */
    static String nodeOf(JsonNode pod) {
        return pod.path("spec").path("nodeName").asString("");
    }

    /**
     * The container that is meant.
     *
     * @param asked the name in the request, empty for the only one
     */
    static String container(JsonNode pod, String asked) {
        String name = pod.path("metadata").path("name").asString("");
        List<String> containers = names(pod, "containers");
        List<String> inits = names(pod, "initContainers");
        List<String> ephemerals = names(pod, "ephemeralContainers");
        if (!asked.isEmpty()) {
            if (containers.contains(asked) || inits.contains(asked) || ephemerals.contains(asked)) {
                return asked;
            }
            throw ApiException.badRequest("container %s is not valid for pod %s".formatted(asked, name));
        }
        if (containers.size() == 1) {
            return containers.getFirst();
        }
        StringBuilder message = new StringBuilder("a container name must be specified for pod ").append(name);
        if (!containers.isEmpty()) {
            message.append(", choose one of: ").append(goList(containers));
            if (!inits.isEmpty()) {
                message.append(" or one of the init containers: ").append(goList(inits));
            }
            if (!ephemerals.isEmpty()) {
                message.append(" or one of the ephemeral containers: ").append(goList(ephemerals));
            }
        }
        throw ApiException.badRequest(message.toString());
    }

    private static List<String> names(JsonNode pod, String list) {
        List<String> names = new ArrayList<>();
        pod.path("spec").path(list).forEach(each -> names.add(each.path("name").asString("")));
        return names;
    }

    private static String goList(List<String> names) {
        return "[" + String.join(" ", names) + "]";
    }

    /** Where a node's API is. */
    NodeAddress address(String node) {
        JsonNode found = find(NODES, ObjectKey.clusterScoped(node));
        String ip = "";
        for (JsonNode address : found.path("status").path("addresses")) {
            if (address.path("type").asString("").equals("InternalIP")) {
                ip = address.path("address").asString("");
                break;
            }
        }
        if (ip.isEmpty()) {
            throw ApiException.internal("no preferred addresses found; known addresses: []", null);
        }
        int port = found.path("status")
                .path("daemonEndpoints")
                .path("kubeletEndpoint")
                .path("Port")
                .asInt(DEFAULT_PORT);
        return new NodeAddress(node, ip, port == 0 ? DEFAULT_PORT : port);
    }
}
