package io.kybern.controller.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.controller.client.ApiTransport.Answer;
import io.kybern.controller.client.ApiTransport.Call;
import io.kybern.events.ListResult;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** {@link ObjectApi} over HTTP. */
final class RestObjectApi<T extends HasMetadata> implements ObjectApi<T> {

    private static final String JSON = "application/json";

    private final ResourceType type;
    private final ModelCodec<T> codec;
    private final ApiTransport transport;
    private final BooleanSupplier mayWrite;

    RestObjectApi(ResourceType type, ModelCodec<T> codec, ApiTransport transport, BooleanSupplier mayWrite) {
        this.type = type;
        this.codec = codec;
        this.transport = transport;
        this.mayWrite = mayWrite;
    }

    @Override
    public ResourceType type() {
        return type;
    }

    @Override
    public Optional<T> get(ObjectKey key) {
        try {
            return Optional.of(
                    codec.decode(transport.send(Call.get(path(key, ""))).body()));
        } catch (ApiFailure failure) {
            if (failure.isNotFound()) {
                return Optional.empty();
            }
            throw failure;
        }
    }

    @Override
    public ListResult<T> list() {
        try {
            return listPages();
        } catch (ApiFailure failure) {
            // the pages of a list expire with the log; then only a new list shows one moment
            if (failure.code() == 410) {
                return listPages();
            }
            throw failure;
        }
    }

    private ListResult<T> listPages() {
        String collection = type.gvr().prefix() + "/" + type.gvr().resource();
        List<T> items = new ArrayList<>();
        String revision = "";
        String token = "";
        do {
            String query = "?limit=" + transport.pageSize()
                    + (token.isEmpty() ? "" : "&continue=" + URLEncoder.encode(token, StandardCharsets.UTF_8));
            JsonNode page =
                    codec.tree(transport.send(Call.get(collection + query)).body());
            for (JsonNode item : page.path("items")) {
                items.add(codec.decode(item));
            }
            revision = page.path("metadata").path("resourceVersion").asText("");
            token = page.path("metadata").path("continue").asText("");
        } while (!token.isEmpty());
        return new ListResult<>(items, ObjectKeys.revision(revision));
    }

    @Override
    public Written<T> create(T object) {
        @Nullable String namespace = object.getMetadata().getNamespace();
        String path = collection(namespace == null ? "" : namespace);
        return written(new Call("POST", path, JSON, codec.encode(object)));
    }

    @Override
    public Written<T> update(T object) {
        return written(new Call("PUT", path(ObjectKeys.of(object), ""), JSON, codec.encode(object)));
    }

    @Override
    public Written<T> update(T object, String subresource) {
        return written(new Call("PUT", path(ObjectKeys.of(object), subresource), JSON, codec.encode(object)));
    }

    @Override
    public Written<T> patch(ObjectKey key, PatchType patchType, String patch) {
        return written(new Call("PATCH", path(key, ""), patchType.mediaType(), patch));
    }

    @Override
    public Written<T> patch(ObjectKey key, String subresource, PatchType patchType, String patch) {
        return written(new Call("PATCH", path(key, subresource), patchType.mediaType(), patch));
    }

    @Override
    public long delete(ObjectKey key, DeleteRequest request) {
        Answer answer = send(new Call("DELETE", path(key, ""), JSON, codec.write(options(request))));
        if (answer.revision() > 0) {
            return answer.revision();
        }
        return ObjectKeys.revision(codec.tree(answer.body())
                .path("metadata")
                .path("resourceVersion")
                .asText(""));
    }

    private static Map<String, Object> options(DeleteRequest request) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("kind", "DeleteOptions");
        options.put("apiVersion", "v1");
        Map<String, String> preconditions = new LinkedHashMap<>();
        if (request.uid() != null) {
            preconditions.put("uid", request.uid());
        }
        if (request.resourceVersion() != null) {
            preconditions.put("resourceVersion", request.resourceVersion());
        }
        if (!preconditions.isEmpty()) {
            options.put("preconditions", preconditions);
        }
        if (request.gracePeriodSeconds() != null) {
            options.put("gracePeriodSeconds", request.gracePeriodSeconds());
        }
        if (request.propagation() != null) {
            options.put("propagationPolicy", request.propagation());
        }
        return options;
    }

    private Written<T> written(Call call) {
        Answer answer = send(call);
        T object = codec.decode(answer.body());
        return new Written<>(object, Math.max(answer.revision(), ObjectKeys.revision(object)));
    }

    private Answer send(Call call) {
        if (!mayWrite.getAsBoolean()) {
            throw ApiFailure.notLeading(call.toString());
        }
        return transport.send(call);
    }

    private String path(ObjectKey key, String subresource) {
        return collection(key.namespace()) + "/" + key.name() + (subresource.isEmpty() ? "" : "/" + subresource);
    }

    private String collection(String namespace) {
        return type.gvr().prefix()
                + (type.namespaced() ? "/namespaces/" + namespace : "")
                + "/"
                + type.gvr().resource();
    }
}
