package io.kybern.apiserver.discovery;

import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Negotiation.MediaType;
import io.kybern.schema.OpenApi;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /openapi/v2} and {@code /openapi/v3}; see "The Kubernetes API, OpenAPI interface definition". */
public final class OpenApiHandler implements ApiHandler {

    private static final String JSON = "application/json";
    private static final String V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    /** The name without a valid media type that older clients ask for; the answer carries the other one. */
    private static final String V2_PROTOBUF_DEPRECATED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

    private static final String V3_PROTOBUF = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";
    private static final String V3_PROTOBUF_DEPRECATED = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf";
    private static final List<String> V2_FORMATS = List.of(JSON, V2_PROTOBUF_DEPRECATED, V2_PROTOBUF);
    private static final List<String> V3_FORMATS = List.of(JSON, V3_PROTOBUF, V3_PROTOBUF_DEPRECATED);

    private static final String V3_PREFIX = "/openapi/v3/";
    private static final String NOT_FOUND = "404 page not found\n";

    private final OpenApi documents;
    private final RemoteGroups remote;
    private final Clock clock;
    private final Map<String, Cached> cached = new ConcurrentHashMap<>();
    private final AtomicLong generation = new AtomicLong();

    /** Serves those documents, and names those of other servers. */
    public OpenApiHandler(OpenApi documents, RemoteGroups remote, Clock clock) {
        this.documents = documents;
        this.remote = remote;
        this.clock = clock;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        String path = request.path();
        long present = documents.generation() + remote.generation();
        if (generation.getAndSet(present) != present) {
            cached.clear();
        }
        if (path.equals("/openapi/v2")) {
            return v2(request);
        }
        if (path.equals("/openapi/v3")) {
            // JSON whatever the client accepts, as in Kubernetes
            return cached.computeIfAbsent(path, key -> Cached.of(JSON, index())).answer(request);
        }
        return path.startsWith(V3_PREFIX)
                ? v3(request, path.substring(V3_PREFIX.length()))
                : ApiResponse.text(404, NOT_FOUND);
    }

    /** A document whose address has its hash never changes, so it may be kept forever; an old hash leads to the present one. */
    private ApiResponse v3(ApiRequest request, String groupVersion) {
        @Nullable String hash = documents.hashes().get(groupVersion);
        if (hash == null) {
            return ApiResponse.text(404, NOT_FOUND);
        }
        String format = accepted(request, V3_FORMATS).orElseThrow(() -> ApiException.notAcceptable(V3_FORMATS));
        Cached document = v3Document(groupVersion, hash, !format.equals(JSON));
        String asked = request.query().first("hash");
        if (asked.isEmpty()) {
            return document.answer(request);
        }
        if (!asked.equals(document.tag())) {
            String address = request.path() + "?hash=" + document.tag();
            return new ApiResponse.Complete(301, "", new byte[0], Map.of("Location", address));
        }
        String expires = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                clock.instant().atOffset(ZoneOffset.UTC).plusYears(1));
        return document.answer(request, Map.of("Cache-Control", "public, immutable", "Expires", expires));
    }

    /** Both forms have the hash of the JSON; the address of a document is the same for both. */
    private Cached v3Document(String groupVersion, String hash, boolean protobuf) {
        String key = V3_PREFIX + groupVersion;
        return protobuf
                ? cached.computeIfAbsent(
                        key + " protobuf",
                        absent -> new Cached(
                                V3_PROTOBUF,
                                GnosticEncoder.encodeV3(
                                        Json.read(documents.v3(groupVersion).orElseThrow())),
                                hash))
                : cached.computeIfAbsent(
                        key,
                        absent -> new Cached(JSON, documents.v3(groupVersion).orElseThrow(), hash));
    }

    /** The index, with the documents of other servers. */
    private byte[] index() {
        List<RemoteGroups.RemoteVersion> others =
                remote.all().stream().filter(each -> !each.openApi().isEmpty()).toList();
        if (others.isEmpty()) {
            return documents.v3Index();
        }
        ObjectNode index = (ObjectNode) Json.read(documents.v3Index());
        for (RemoteGroups.RemoteVersion each : others) {
            index.withObjectProperty("paths")
                    .putObject("apis/" + each.group() + "/" + each.version())
                    .put("serverRelativeURL", each.openApi());
        }
        return Json.bytes(index);
    }

    /** The document, with the parts of other servers. */
    private byte[] v2Document() {
        List<JsonNode> parts = remote.all().stream()
                .map(RemoteGroups.RemoteVersion::openApiV2)
                .filter(JsonNode::isObject)
                .toList();
        return parts.isEmpty()
                ? documents.v2()
                : Json.bytes(OpenApiParts.merged((ObjectNode) Json.read(documents.v2()), parts));
    }

    private ApiResponse v2(ApiRequest request) {
        String format = accepted(request, V2_FORMATS).orElseThrow(() -> ApiException.notAcceptable(V2_FORMATS));
        if (format.equals(JSON)) {
            return cached.computeIfAbsent("/openapi/v2", key -> Cached.of(JSON, v2Document()))
                    .answer(request);
        }
        return cached.computeIfAbsent(
                        "/openapi/v2 protobuf",
                        key -> Cached.of(V2_PROTOBUF, GnosticEncoder.encodeV2(Json.read(v2Document()))))
                .answer(request);
    }

    /** The most wanted of the formats on offer; the first one if the client does not care. */
    private static Optional<String> accepted(ApiRequest request, List<String> offered) {
        String header = request.header("Accept");
        for (MediaType clause : Negotiation.accepted(header.isBlank() ? "*/*" : header)) {
            for (String each : offered) {
                if (clause.type().equals(each)
                        || clause.type().equals("*/*")
                        || clause.type().equals("application/*")) {
                    return Optional.of(each);
                }
            }
        }
        return Optional.empty();
    }
}
