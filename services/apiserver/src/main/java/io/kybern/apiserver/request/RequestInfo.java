package io.kybern.apiserver.request;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.status.ApiException;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Set;

/**
 * What a URL and a method ask for; see "Determine the request verb" in the Kubernetes documentation of authorization.
 *
 * @param resourceRequest whether it is about a resource, rather than a path like {@code /version}
 * @param path the path as sent
 * @param verb {@code get}, {@code list}, {@code watch} …, or the method in lower case for other paths
 * @param group the API group, empty for core
 * @param version the version within the group
 * @param namespace empty for cluster scope or all namespaces
 * @param resource the plural name
 * @param subresource empty for the object itself
 * @param name the object's name, or what a field selector fixes it to; empty for a collection
 * @param namesObject whether the name stands in the path
 * @param rest the path segments after the subresource, as the proxies use them
 */
public record RequestInfo(
        boolean resourceRequest,
        String path,
        String verb,
        String group,
        String version,
        String namespace,
        String resource,
        String subresource,
        String name,
        boolean namesObject,
        List<String> rest) {

    private static final Set<String> NAMESPACE_SUBRESOURCES = Set.of("status", "finalize");

    public RequestInfo {
        rest = List.copyOf(rest);
    }

    /** A path that is no resource. */
    static RequestInfo ofPath(String method, String path) {
        return new RequestInfo(
                false, path, method.toLowerCase(java.util.Locale.ROOT), "", "", "", "", "", "", false, List.of());
    }

    /** Reads a request line. */
    public static RequestInfo parse(String method, String path, QueryParameters query) {
        List<String> parts = segments(path);
        String group;
        List<String> tail;
        if (parts.size() >= 3 && parts.get(0).equals("api")) {
            group = "";
            tail = parts.subList(1, parts.size());
        } else if (parts.size() >= 4 && parts.get(0).equals("apis")) {
            group = parts.get(1);
            tail = parts.subList(2, parts.size());
        } else {
            return ofPath(method, path);
        }
        String version = tail.get(0);
        tail = tail.subList(1, tail.size());
        boolean watchPath = isWatchPath(method, tail);
        if (watchPath) {
            tail = tail.subList(1, tail.size());
        }
        String namespace = "";
        if (tail.get(0).equals("namespaces") && tail.size() > 1) {
            namespace = tail.get(1);
            if (tail.size() > 2 && !NAMESPACE_SUBRESOURCES.contains(tail.get(2))) {
                tail = tail.subList(2, tail.size());
            }
        }
        String resource = tail.get(0);
        String name = tail.size() > 1 ? tail.get(1) : "";
        String subresource = tail.size() > 2 ? tail.get(2) : "";
        List<String> rest = tail.size() > 3 ? tail.subList(3, tail.size()) : List.of();
        String verb = watchPath ? "watch" : verb(method, name, query);
        boolean namesObject = !name.isEmpty();
        if (!namesObject && (verb.equals("list") || verb.equals("watch") || verb.equals("deletecollection"))) {
            name = selectedName(query);
        }
        return new RequestInfo(
                true, path, verb, group, version, namespace, resource, subresource, name, namesObject, rest);
    }

    /**
     * Whether the path has the old prefix {@code watch} before the resource, deprecated since 1.11 in favour of the parameter of that
     * name, and still served.
     */
    private static boolean isWatchPath(String method, List<String> tail) {
        return tail.size() > 1 && tail.get(0).equals("watch") && (method.equals("GET") || method.equals("HEAD"));
    }

    private static String verb(String method, String name, QueryParameters query) {
        return switch (method) {
            case "POST" -> "create";
            case "PUT" -> "update";
            case "PATCH" -> "patch";
            case "DELETE" -> name.isEmpty() ? "deletecollection" : "delete";
            case "GET", "HEAD" -> {
                if (!name.isEmpty()) {
                    yield "get";
                }
                yield query.flag("watch") ? "watch" : "list";
            }
            default -> "";
        };
    }

    /** The name in {@code fieldSelector=metadata.name=x}: a role may allow just that one. */
    private static String selectedName(QueryParameters query) {
        for (String term : query.first("fieldSelector").split(",", -1)) {
            String[] sides = term.split("==?", 2);
            if (sides.length == 2 && sides[0].equals("metadata.name") && !sides[0].endsWith("!")) {
                return sides[1];
            }
        }
        return "";
    }

    private static List<String> segments(String path) {
        return java.util.Arrays.stream(path.split("/", -1))
                .filter(each -> !each.isEmpty())
                .map(RequestInfo::decode)
                .toList();
    }

    private static String decode(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        try {
            return QueryStringDecoder.decodeComponent(segment.replace("+", "%2B"));
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("invalid URL escape in \"%s\"".formatted(segment));
        }
    }

    /** Where the resource is served. */
    public GroupVersionResource gvr() {
        return new GroupVersionResource(group, version, resource);
    }

    /** The resource without its version. */
    public GroupResource groupResource() {
        return new GroupResource(group, resource);
    }

    /** The API group and version as objects carry it. */
    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** Whether answering may take as long as the client likes: such requests do not count as in flight. */
    public boolean longRunning(QueryParameters query) {
        return verb.equals("watch")
                || switch (subresource) {
                    case "exec", "attach", "portforward", "proxy" -> true;
                    case "log" -> query.flag("follow");
                    default -> false;
                };
    }

    /** {@code resource}, {@code namespace} or {@code cluster}: the label {@code scope} of the request metrics. */
    public String scope() {
        if (!resourceRequest) {
            return "";
        }
        if (!name.isEmpty()) {
            return "resource";
        }
        return namespace.isEmpty() ? "cluster" : "namespace";
    }
}
