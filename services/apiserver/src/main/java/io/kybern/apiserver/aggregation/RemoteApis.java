package io.kybern.apiserver.aggregation;

import io.kybern.api.GroupResource;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.WatchCache;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The APIs that Services serve, as the APIServices in the watch cache say; looked at anew by whoever asks. */
final class RemoteApis {

    static final GroupResource API_SERVICES = new GroupResource("apiregistration.k8s.io", "apiservices");

    private final WatchCache cache;
    private final AtomicLong generation = new AtomicLong();
    private volatile Known known = new Known(null, Map.of());

    private record Known(@Nullable Snapshot services, Map<String, RemoteApi> byGroupVersion) {}

    RemoteApis(WatchCache cache) {
        this.cache = cache;
    }

    /** All of them, by group and version. */
    Map<String, RemoteApi> all() {
        if (!cache.isReady()) {
            return Map.of();
        }
        Snapshot present = cache.snapshot(API_SERVICES, RevisionRequest.any()).join();
        Known last = known;
        if (last.services() == null || !last.services().sameObjects(present)) {
            last = new Known(present, read(present));
            known = last;
            generation.incrementAndGet();
        }
        return last.byGroupVersion();
    }

    private static Map<String, RemoteApi> read(Snapshot services) {
        Map<String, RemoteApi> apis = new LinkedHashMap<>();
        for (CachedObject each : services.range("", null)) {
            JsonNode tree = each.tree();
            if (RemoteApi.isRemote(tree)) {
                RemoteApi api = RemoteApi.of(tree);
                apis.put(api.groupVersion(), api);
            }
        }
        return Map.copyOf(apis);
    }

    /** Counts up with every change. */
    long generation() {
        return generation.get();
    }

    /** The one that serves a path such as {@code /apis/metrics.k8s.io/v1/nodes}, or describes it under {@code /openapi/v3}. */
    Optional<RemoteApi> serving(String path) {
        String rest = path.startsWith("/openapi/v3/") ? path.substring("/openapi/v3".length()) : path;
        if (!rest.startsWith("/apis/")) {
            return Optional.empty();
        }
        String[] parts = rest.split("/", 5);
        return parts.length < 4 ? Optional.empty() : Optional.ofNullable(all().get(parts[2] + "/" + parts[3]));
    }
}
