package io.kybern.apiserver.filters;

import io.kybern.api.Json;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Sends a request to the handler of its path: that of the longest prefix, up to a slash. */
public final class Router implements ApiHandler {

    private final Function<ApiRequest, Optional<ApiResponse>> elsewhere;
    private final ApiHandler resources;
    private final Runnable preparation;
    private final TreeMap<String, ApiHandler> paths;
    private final Supplier<List<String>> further;

    /**
     * Requests for resources go to the one handler, all others by their paths.
     *
     * @param elsewhere answers what another server answers, and nothing for what this one does
     * @param preparation runs before each request of the latter kind
     * @param further the paths below those of the handlers that the index lists too
     */
    public Router(
            Function<ApiRequest, Optional<ApiResponse>> elsewhere,
            ApiHandler resources,
            Runnable preparation,
            Map<String, ApiHandler> paths,
            Supplier<List<String>> further) {
        this.further = further;
        this.elsewhere = elsewhere;
        this.resources = resources;
        this.preparation = preparation;
        this.paths = new TreeMap<>(paths);
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        Optional<ApiResponse> other = elsewhere.apply(request);
        if (other.isPresent()) {
            return other.get();
        }
        if (request.info().resourceRequest()) {
            return resources.handle(request);
        }
        preparation.run();
        String path = request.path();
        while (!path.isEmpty()) {
            ApiHandler handler = paths.get(path);
            if (handler != null) {
                return handler.handle(request);
            }
            path = path.substring(0, Math.max(path.lastIndexOf('/'), 0));
        }
        return index(request.path().equals("/") || request.path().isEmpty() ? 200 : 404);
    }

    private ApiResponse index(int code) {
        ObjectNode index = Json.object();
        ArrayNode list = index.putArray("paths");
        TreeSet<String> all = new TreeSet<>(paths.keySet());
        all.addAll(further.get());
        all.forEach(list::add);
        return ApiResponse.json(code, Json.bytes(index));
    }
}
