package io.kybern.apiserver.discovery;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Negotiation.MediaType;
import io.kybern.schema.OpenApi;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** {@code /openapi/v2} and {@code /openapi/v3}; see "The Kubernetes API, OpenAPI interface definition". */
public final class OpenApiHandler implements ApiHandler {

    private static final List<String> JSON = List.of("application/json");

    private final OpenApi documents;
    private final Map<String, Cached> cached = new ConcurrentHashMap<>();
    private final AtomicLong generation = new AtomicLong();

    /** Serves those documents. */
    public OpenApiHandler(OpenApi documents) {
        this.documents = documents;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        String path = request.path();
        if (generation.getAndSet(documents.generation()) != documents.generation()) {
            cached.clear();
        }
        requireJson(request);
        if (path.equals("/openapi/v2")) {
            return cached.computeIfAbsent(path, key -> Cached.of("application/json", documents.v2()))
                    .answer(request);
        }
        if (path.equals("/openapi/v3")) {
            return cached.computeIfAbsent(path, key -> Cached.of("application/json", documents.v3Index()))
                    .answer(request);
        }
        String prefix = "/openapi/v3/";
        Optional<byte[]> document =
                path.startsWith(prefix) ? documents.v3(path.substring(prefix.length())) : Optional.empty();
        if (document.isEmpty()) {
            return ApiResponse.text(404, "404 page not found\n");
        }
        return cached.computeIfAbsent(path, key -> Cached.of("application/json", document.get()))
                .answer(request);
    }

    private static void requireJson(ApiRequest request) {
        List<MediaType> clauses = Negotiation.accepted(request.header("Accept"));
        boolean json = clauses.isEmpty()
                || clauses.stream().anyMatch(each -> List.of("application/json", "*/*", "application/*")
                        .contains(each.type()));
        if (!json) {
            throw ApiException.notAcceptable(JSON);
        }
    }
}
