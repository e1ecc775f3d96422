package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.Verb;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.authn.ServiceAccountTokens;
import io.kybern.apiserver.authn.ServiceAccountTokens.Grant;
import io.kybern.apiserver.authn.ServiceAccountTokens.Reference;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Issues tokens for service accounts; see "TokenRequest API" in the Kubernetes documentation. */
final class TokenRequests implements SubresourceHandler {

    private static final GroupVersionKind KIND = new GroupVersionKind("authentication.k8s.io", "v1", "TokenRequest");
    private static final long DEFAULT_SECONDS = 3600;
    private static final long MIN_SECONDS = 600;
    private static final long MAX_SECONDS = 1L << 32;
    private static final Set<String> BINDABLE = Set.of("Pod", "Secret", "Node");

    private final ServiceAccountTokens tokens;
    private final ObjectLookup objects;
    private final BodyReader bodies;
    private final ObjectWriter writer;

    TokenRequests(ServiceAccountTokens tokens, ObjectLookup objects, ObjectWriter writer, BodyReader bodies) {
        this.writer = writer;
        this.tokens = tokens;
        this.objects = objects;
        this.bodies = bodies;
    }

    @Override
    public ApiResponse handle(Target target, Verb verb, ApiRequest request) {
        WriteOptions options = WriteOptions.read(request, "CreateOptions");
        ObjectNode wanted = bodies.read(request, KIND, options.fieldValidation());
        String name = request.info().name();
        String namespace = request.info().namespace();
        checkNames(wanted.path("metadata"), namespace, name);
        JsonNode account = StorageFailures.await(
                        writer.store().get(target.type(), target.key(namespace, name)),
                        target.resource(),
                        name,
                        "create")
                .orElseThrow(() -> ApiException.notFound(target.resource(), name))
                .tree();
        checkIdentity(wanted.path("metadata").path("uid").asString(""), account);
        writer.admitSent(WriteContext.of(target, request, options), name, wanted);
        ObjectNode spec = wanted.get("spec") instanceof ObjectNode present ? present : wanted.putObject("spec");
        long seconds = spec.path("expirationSeconds").asLong(DEFAULT_SECONDS);
        checkLifetime(seconds);
        List<String> audiences = new ArrayList<>();
        spec.path("audiences").forEach(each -> audiences.add(each.asString("")));
        Optional<JsonNode> bound = bound(spec.path("boundObjectRef"), namespace, name);
        @Nullable Reference reference = bound.map(TokenRequests::reference).orElse(null);
        String kind = spec.path("boundObjectRef").path("kind").asString("").toLowerCase(Locale.ROOT);
        Grant grant = new Grant(namespace, reference(account), kind, reference, audiences, Duration.ofSeconds(seconds));
        ServiceAccountTokens.Issued issued = tokens.issue(grant, nodeOf(kind, bound));
        ObjectNode metadata = wanted.putObject("metadata");
        metadata.put("name", name).put("namespace", namespace).put("uid", KubeObject.uid(account));
        metadata.put("creationTimestamp", ObjectWriter.timestamp(issued.at()));
        spec.put("expirationSeconds", seconds);
        if (audiences.isEmpty()) {
            tokens.audiences().forEach(spec.putArray("audiences")::add);
        }
        wanted.putObject("status")
                .put("token", issued.token())
                .put("expirationTimestamp", ObjectWriter.timestamp(issued.expires()));
        return Negotiation.representation(request, false).answer(201, wanted);
    }

    /** What a request says of itself beside its path must be the same. */
    private static void checkNames(JsonNode metadata, String namespace, String name) {
        checkName(metadata, "name", name, name);
        checkName(metadata, "namespace", namespace, name);
    }

    private static void checkName(JsonNode metadata, String field, String expected, String account) {
        String said = metadata.path(field).asString("");
        if (!said.isEmpty() && !said.equals(expected)) {
            throw ApiException.invalid(
                    KIND,
                    account,
                    List.of(FieldError.invalid(
                            FieldPath.of("metadata", field),
                            said,
                            "must match the service account " + field + " if specified")));
        }
    }

    private static void checkIdentity(String uid, JsonNode account) {
        if (!uid.isEmpty() && !uid.equals(KubeObject.uid(account))) {
            throw ApiException.conflict(
                    new GroupResource(KIND.group(), KIND.kind()),
                    KubeObject.name(account),
                    "the UID in the token request (%s) does not match the UID of the service account (%s)"
                            .formatted(uid, KubeObject.uid(account)));
        }
    }

    private static void checkLifetime(long seconds) {
        FieldPath field = FieldPath.of("spec", "expirationSeconds");
        if (seconds < MIN_SECONDS) {
            throw ApiException.invalid(
                    KIND,
                    "",
                    List.of(FieldError.invalid(field, seconds, "may not specify a duration less than 10 minutes")));
        }
        if (seconds > MAX_SECONDS) {
            throw ApiException.invalid(
                    KIND,
                    "",
                    List.of(FieldError.invalid(field, seconds, "may not specify a duration larger than 2^32 seconds")));
        }
    }

    private static Reference reference(JsonNode object) {
        return new Reference(KubeObject.name(object), KubeObject.uid(object));
    }

    private Optional<JsonNode> bound(JsonNode ref, String namespace, String account) {
        if (ref.isMissingNode()) {
            return Optional.empty();
        }
        String kind = ref.path("kind").asString("");
        String name = ref.path("name").asString("");
        if (!BINDABLE.contains(kind) || !ref.path("apiVersion").asString("v1").equals("v1")) {
            GroupVersionKind other =
                    GroupVersionKind.parse(ref.path("apiVersion").asString(""), kind);
            throw ApiException.badRequest("cannot bind token to object of type %s/%s, Kind=%s"
                    .formatted(other.group(), other.version(), other.kind()));
        }
        GroupResource resource = new GroupResource("", kind.toLowerCase(Locale.ROOT) + "s");
        JsonNode object = objects.find(resource, new ObjectKey(kind.equals("Node") ? "" : namespace, name))
                .orElseThrow(() -> ApiException.notFound(resource, name));
        String uid = ref.path("uid").asString("");
        if (!uid.isEmpty() && !uid.equals(KubeObject.uid(object))) {
            throw ApiException.conflict(
                    new GroupResource("", kind),
                    name,
                    "the UID in the bound object reference (%s) does not match the UID in record. The object might have been deleted and then recreated"
                            .formatted(uid));
        }
        if (kind.equals("Pod")
                && !object.path("spec").path("serviceAccountName").asString("").equals(account)) {
            throw ApiException.badRequest(
                    "cannot bind token for serviceaccount \"%s\" to pod running with different serviceaccount name."
                            .formatted(account));
        }
        return Optional.of(object);
    }

    private @Nullable Reference nodeOf(String kind, Optional<JsonNode> bound) {
        if (!kind.equals("pod") || bound.isEmpty()) {
            return null;
        }
        String node = bound.get().path("spec").path("nodeName").asString("");
        return node.isEmpty()
                ? null
                : objects.find(new GroupResource("", "nodes"), ObjectKey.clusterScoped(node))
                        .map(TokenRequests::reference)
                        .orElse(new Reference(node, ""));
    }
}
