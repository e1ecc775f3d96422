package io.kybern.apiserver.metrics;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.discovery.RemoteGroups;
import io.kybern.apiserver.proxy.NodePages;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Representation;
import io.kybern.apiserver.request.RequestInfo;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.WatchCache;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code metrics.k8s.io/v1beta1}, which other clusters have from a metrics server of their own: an APIService without a Service, so
 * that this server answers it after its own authentication and authorization. An APIService of that name with a Service takes its
 * place. See "Resource metrics pipeline" in the Kubernetes documentation.
 */
public final class MetricsApi {

    static final String GROUP = "metrics.k8s.io";
    static final String VERSION = "v1beta1";
    static final String GROUP_VERSION = GROUP + "/" + VERSION;

    private static final String PATH = "/apis/" + GROUP_VERSION;
    private static final GroupResource NODES = new GroupResource("", "nodes");
    private static final GroupResource PODS = new GroupResource("", "pods");

    private final WatchCache cache;
    private final NodeSummaries summaries;
    private final UsageObjects objects;

    MetricsApi(WatchCache cache, NodePages pages, Clock clock) {
        this.cache = cache;
        this.summaries = new NodeSummaries(pages, clock);
        this.objects = new UsageObjects(clock);
    }

    /** One version with two resources. */
    public static RemoteGroups.RemoteVersion description() {
        return new RemoteGroups.RemoteVersion(
                GROUP,
                VERSION,
                List.of(resource("nodes", false, "NodeMetrics"), resource("pods", true, "PodMetrics")),
                "",
                true);
    }

    private static JsonNode resource(String name, boolean namespaced, String kind) {
        ObjectNode resource = Json.object()
                .put("name", name)
                .put("singularName", "")
                .put("namespaced", namespaced)
                .put("kind", kind);
        resource.putArray("verbs").add("get").add("list");
        return resource;
    }

    /** The answer to a request for this API; nothing for others. Reads from nodes, so for a virtual thread. */
    public Optional<ApiResponse> handle(ApiRequest request) {
        String path = request.path().endsWith("/")
                ? request.path().substring(0, request.path().length() - 1)
                : request.path();
        if (path.equals(PATH)) {
            return Optional.of(Negotiation.representation(request, false).answer(200, resources()));
        }
        return path.startsWith(PATH + "/") ? Optional.of(answer(request)) : Optional.empty();
    }

    private static ObjectNode resources() {
        ObjectNode list = Json.object()
                .put("kind", "APIResourceList")
                .put("apiVersion", "v1")
                .put("groupVersion", GROUP_VERSION);
        description().resources().forEach(list.putArray("resources")::add);
        return list;
    }

    private ApiResponse answer(ApiRequest request) {
        RequestInfo info = request.info();
        boolean nodes = info.resource().equals("nodes") && info.namespace().isEmpty();
        boolean pods = info.resource().equals("pods");
        if (!nodes && !pods || !info.subresource().isEmpty()) {
            return ApiResponse.text(404, "404 page not found\n");
        }
        if (!info.verb().equals("get") && !info.verb().equals("list")) {
            throw ApiException.methodNotAllowed();
        }
        Representation representation = Negotiation.representation(request, Negotiation.Offer.CUSTOM_VIEWS);
        // a list may name one object in a field selector, its path does not
        if (info.verb().equals("list")) {
            return list(request, representation, nodes);
        }
        ObjectKey key = new ObjectKey(info.namespace(), info.name());
        CachedObject wanted = snapshot(nodes ? NODES : PODS).get(key).orElseThrow(() -> unknown(nodes, key));
        ObjectNode found = usages(nodes, List.of(wanted)).stream().findFirst().orElseThrow(() -> unknown(nodes, key));
        return representation.answer(
                200,
                switch (representation.shape()) {
                    case OBJECT -> found;
                    case TABLE -> UsageTable.of(List.of(found), representation.viewVersion(), included(request));
                    case PARTIAL, PARTIAL_LIST -> UsageTable.partial(found, representation.viewVersion());
                });
    }

    private static ApiException unknown(boolean nodes, ObjectKey key) {
        return ApiException.notFound(
                new GroupResource(GROUP, nodes ? "nodemetrics" : "podmetrics"),
                nodes ? key.name() : key.namespace() + "/" + key.name());
    }

    private ApiResponse list(ApiRequest request, Representation representation, boolean nodes) {
        LabelSelector labels;
        FieldSelector fields;
        try {
            labels = LabelSelector.parse(request.query().first("labelSelector"));
            fields = FieldSelector.parse(request.query().first("fieldSelector"));
        } catch (SelectorSyntaxException e) {
            throw ApiException.badRequest(String.valueOf(e.getMessage()));
        }
        Snapshot snapshot = snapshot(nodes ? NODES : PODS);
        List<CachedObject> wanted = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (CachedObject each : snapshot.range(request.info().namespace(), null)) {
            names.add(each.key().name());
            if (labels.matches(each.labels()) && fields.matches(field -> field(each, field))) {
                wanted.add(each);
            }
        }
        if (nodes) {
            summaries.keepOnly(names);
        }
        List<ObjectNode> found = usages(nodes, wanted);
        if (representation.shape() == Representation.Shape.TABLE) {
            return representation.answer(200, UsageTable.of(found, representation.viewVersion(), included(request)));
        }
        boolean whole = representation.shape() == Representation.Shape.OBJECT;
        ObjectNode list = Json.object();
        if (whole) {
            list.put("kind", nodes ? "NodeMetricsList" : "PodMetricsList").put("apiVersion", GROUP_VERSION);
        } else {
            list.put("kind", "PartialObjectMetadataList")
                    .put("apiVersion", "meta.k8s.io/" + representation.viewVersion());
        }
        list.putObject("metadata");
        var items = list.putArray("items");
        found.forEach(each -> items.add(whole ? each : UsageTable.partial(each, representation.viewVersion())));
        return representation.answer(200, list);
    }

    private static String field(CachedObject object, String field) {
        return switch (field) {
            case "metadata.name" -> object.key().name();
            case "metadata.namespace" -> object.key().namespace();
            default ->
                throw ApiException.badRequest(
                        "\"%s\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                                .formatted(field));
        };
    }

    private static String included(ApiRequest request) {
        return request.query().first("includeObject");
    }

    private Snapshot snapshot(GroupResource resource) {
        return cache.snapshot(resource, RevisionRequest.any()).join();
    }

    private List<ObjectNode> usages(boolean nodes, List<CachedObject> wanted) {
        Map<String, JsonNode> known = summaries.of(wanted.stream()
                .map(each -> nodes ? each.key().name() : nodeOf(each))
                .filter(node -> !node.isEmpty())
                .distinct()
                .toList());
        List<ObjectNode> found = new ArrayList<>();
        for (CachedObject each : wanted) {
            JsonNode summary = known.get(nodes ? each.key().name() : nodeOf(each));
            if (summary != null) {
                (nodes ? objects.node(each, summary) : objects.pod(each, summary)).ifPresent(found::add);
            }
        }
        return found;
    }

    private static String nodeOf(CachedObject pod) {
        return pod.tree().path("spec").path("nodeName").asString("");
    }
}
