package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.Subresource;
import io.kybern.api.Verb;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.custom.CustomResources;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.registry.StoredTypes;
import io.kybern.apiserver.registry.StrategyRegistry;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Negotiation.Offer;
import io.kybern.apiserver.request.Representation;
import io.kybern.apiserver.request.RequestInfo;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Answers every request for a resource: finds the type, checks the verb, and hands the request to the verb's part. */
public final class ResourceHandler implements ApiHandler {

    /** Names the revision of a write in its answer. */
    private static final String REVISION_HEADER = "Kybern-Revision";

    private static final GroupResource BINDINGS = new GroupResource("", "bindings");

    private final ResourceRegistry registry;
    private final StrategyRegistry strategies;
    private final CustomResources custom;
    private final Verbs verbs;
    private final Map<String, ApiHandler> connects;
    private final Map<String, SubresourceHandler> subresources;
    private final StoredTypes storedTypes;

    /** The parts that do the work. */
    record Verbs(
            ObjectReader reader,
            WatchStream watches,
            ObjectWriter writer,
            Deletion deletion,
            BodyReader bodies,
            Views views,
            Applier applier) {}

    ResourceHandler(
            ResourceRegistry registry,
            StrategyRegistry strategies,
            CustomResources custom,
            Verbs verbs,
            Map<String, ApiHandler> connects,
            Map<String, SubresourceHandler> subresources) {
        this.registry = registry;
        this.strategies = strategies;
        this.custom = custom;
        this.verbs = verbs;
        this.connects = Map.copyOf(connects);
        this.subresources = Map.copyOf(subresources);
        this.storedTypes = new StoredTypes(registry);
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        RequestInfo info = request.info();
        custom.refresh();
        Optional<ResourceType> found = registry.find(info.gvr());
        if (found.isEmpty() && info.group().indexOf('.') > 0) {
            // its definition may have been established a moment ago
            custom.refreshToLatest();
            found = registry.find(info.gvr());
        }
        if (found.isEmpty()) {
            if (!registry.versions(info.group()).contains(info.version())) {
                return ApiResponse.text(404, "404 page not found\n");
            }
            throw ApiException.noSuchResource();
        }
        ResourceType type = found.get();
        if (!registry.isBuiltIn(type) && type.namespaced() && isClusterWideWrite(info)) {
            return ApiResponse.text(404, "404 page not found\n");
        }
        checkScope(type, request);
        strategies
                .find(type)
                .map(ResourceStrategy::deprecation)
                .filter(text -> !text.isEmpty())
                .ifPresent(request::warn);
        return info.subresource().isEmpty() ? whole(type, request) : part(type, request);
    }

    private static boolean isClusterWideWrite(RequestInfo info) {
        return info.namespace().isEmpty()
                && !info.verb().equals("list")
                && !info.verb().equals("watch");
    }

    private static void checkScope(ResourceType type, ApiRequest request) {
        RequestInfo info = request.info();
        boolean isNamespaces =
                type.gvr().resource().equals("namespaces") && type.gvr().group().isEmpty();
        if (!type.namespaced() && !info.namespace().isEmpty() && !isNamespaces) {
            throw ApiException.noSuchResource();
        }
        if (type.namespaced() && info.namespace().isEmpty()) {
            if (info.namesObject()) {
                throw ApiException.noSuchResource();
            }
            boolean review = type.verbs().size() == 1;
            if (!info.verb().equals("list") && !info.verb().equals("watch") && !review) {
                throw ApiException.methodNotAllowed();
            }
        }
        if (!info.rest().isEmpty() && !info.subresource().equals("proxy")) {
            throw ApiException.noSuchResource();
        }
    }

    private Target target(ResourceType type, String subresource) {
        ResourceStrategy strategy = strategies.find(type).orElseThrow(ApiException::noSuchResource);
        return new Target(type, storedTypes.of(type), subresource, strategy);
    }

    private ApiResponse whole(ResourceType type, ApiRequest request) {
        @Nullable ApiHandler virtual = connects.get(key(type, ""));
        Verb verb = verb(request, type.verbs());
        if (virtual != null) {
            return virtual.handle(request);
        }
        if (type.groupResource().equals(BINDINGS)) {
            return bind(request);
        }
        Target target = target(type, "");
        Representation representation = Negotiation.representation(request, offer(type));
        return switch (verb) {
            case GET -> verbs.reader().get(target, request, representation);
            case LIST -> verbs.reader().list(target, request, representation);
            case WATCH -> verbs.watches().open(target, request, representation);
            case CREATE -> create(target, request, representation);
            case UPDATE -> update(target, request, representation);
            case PATCH -> patch(target, request, representation);
            case DELETE -> delete(target, request, representation);
            case DELETECOLLECTION -> deleteCollection(target, request, representation);
        };
    }

    private Offer offer(ResourceType type) {
        return registry.isBuiltIn(type) ? Offer.VIEWS : Offer.CUSTOM_VIEWS;
    }

    /** A binding that is posted to its own collection does what {@code pods/binding} does, with the name from the body. */
    private ApiResponse bind(ApiRequest request) {
        Target pods = target(registry.require("", "v1", "pods"), "binding");
        return Objects.requireNonNull(subresources.get("pods/binding"), "pods/binding has no handler")
                .handle(pods, Verb.CREATE, request);
    }

    /** The verb of the request; 405 if the type has it not. */
    private static Verb verb(ApiRequest request, java.util.Set<Verb> offered) {
        RequestInfo info = request.info();
        boolean onItem = request.method().equals("POST")
                && !info.name().isEmpty()
                && info.subresource().isEmpty();
        boolean onCollection =
                (request.method().equals("PUT") || request.method().equals("PATCH"))
                        && info.name().isEmpty();
        if (info.verb().isEmpty() || onItem || onCollection) {
            throw ApiException.methodNotAllowed();
        }
        Verb verb = Verb.ofWireName(info.verb());
        if (!offered.contains(verb)) {
            throw ApiException.methodNotAllowed();
        }
        return verb;
    }

    private static String key(ResourceType type, String subresource) {
        return type.groupResource() + (subresource.isEmpty() ? "" : "/" + subresource);
    }

    private ApiResponse part(ResourceType type, ApiRequest request) {
        RequestInfo info = request.info();
        @Nullable ApiHandler connect = connects.get(key(type, info.subresource()));
        if (connect != null) {
            ConnectAdmission.admit(verbs.writer().admission(), type, request);
            return connect.handle(request);
        }
        @Nullable Subresource subresource = type.subresources().get(info.subresource());
        if (subresource == null) {
            throw registry.isBuiltIn(type)
                    ? ApiException.noSuchResource()
                    : ApiException.notFound(type.groupResource(), info.name());
        }
        Verb verb = verb(request, subresource.verbs());
        Target target = target(type, info.subresource());
        @Nullable
        SubresourceHandler own =
                subresources.get(info.subresource().equals("scale") ? "scale" : key(type, info.subresource()));
        if (own != null) {
            return own.handle(target, verb, request);
        }
        Representation representation = Negotiation.representation(request, offer(type));
        Target parted = target.with(target.strategy().part(info.subresource()));
        return switch (verb) {
            case GET -> verbs.reader().get(parted, request, representation);
            case UPDATE -> update(parted, request, representation);
            case PATCH -> patch(parted, request, representation);
            case LIST, WATCH, CREATE, DELETE, DELETECOLLECTION -> throw ApiException.methodNotAllowed();
        };
    }

    private ApiResponse create(Target target, ApiRequest request, Representation representation) {
        WriteOptions options = WriteOptions.read(request, "CreateOptions");
        ObjectNode object = verbs.bodies().read(request, target.type().gvk(), options.fieldValidation());
        verbs.writer().applyDefaults(target, object);
        Written written = verbs.writer().create(WriteContext.of(target, request, options), object);
        return answer(target, request, representation, written);
    }

    private ApiResponse update(Target target, ApiRequest request, Representation representation) {
        WriteOptions options = WriteOptions.read(request, "UpdateOptions");
        ObjectNode object = verbs.bodies().read(request, target.type().gvk(), options.fieldValidation());
        checkName(target, request.info(), object);
        verbs.writer().applyDefaults(target, object);
        WriteContext context = WriteContext.of(target, request, options);
        String name = request.info().name();
        Written written = target.subresource().isEmpty() && target.strategy().allowsCreateOnUpdate()
                ? updateOrCreate(context, name, object)
                : verbs.writer().update(context, name, current -> object.deepCopy());
        return answer(target, request, representation, written);
    }

    private Written updateOrCreate(WriteContext context, String name, ObjectNode object) {
        try {
            return verbs.writer().update(context, name, current -> object.deepCopy());
        } catch (ApiException e) {
            if (!ObjectWriter.isAbsent(e, context, name)
                    || !KubeObject.uid(object).isEmpty()) {
                throw e;
            }
            KubeObject.metadata(object).put("name", name);
            return verbs.writer().create(context, object);
        }
    }

    private static void checkName(Target target, RequestInfo info, ObjectNode object) {
        String name = KubeObject.name(object);
        if (name.isEmpty()) {
            KubeObject.metadata(object).put("name", info.name());
        } else if (!name.equals(info.name())) {
            throw ApiException.badRequest(
                    "the name of the object (%s) does not match the name on the URL (%s)".formatted(name, info.name()));
        }
        String namespace = KubeObject.namespace(object);
        if (target.type().namespaced() && !namespace.isEmpty() && !namespace.equals(info.namespace())) {
            throw ApiException.badRequest(
                    "the namespace of the object (%s) does not match the namespace on the request (%s)"
                            .formatted(namespace, info.namespace()));
        }
    }

    private ApiResponse patch(Target target, ApiRequest request, Representation representation) {
        WriteOptions options = WriteOptions.read(request, "PatchOptions");
        if (ApplyPatch.isOne(request)) {
            Written applied = verbs.applier().apply(WriteContext.of(target, request, options), options);
            return answer(target, request, representation, applied);
        }
        PatchReader.Patch patch =
                new PatchReader(verbs.bodies()).read(request, target.type().gvk(), options.fieldValidation());
        WriteContext context = WriteContext.of(target, request, options);
        Written written = verbs.writer().update(context, request.info().name(), current -> {
            ObjectNode next = patch.apply(current);
            verbs.writer().applyDefaults(target, next);
            return next;
        });
        return answer(target, request, representation, written);
    }

    private ApiResponse delete(Target target, ApiRequest request, Representation representation) {
        DeleteOptions options = DeleteOptions.read(request);
        WriteContext context = context(target, request, options);
        Deletion.Deleted deleted =
                verbs.deletion().delete(context, request.info().name(), options);
        boolean answersObject =
                !deleted.gone() || deleted.graceful() || target.strategy().answersDeletedObject();
        int code = !deleted.gone() && Boolean.FALSE.equals(options.orphanDependents()) ? 202 : 200;
        ApiResponse.Complete answer = answersObject
                ? verbs.views().object(target, request, representation, code, deleted.object())
                : representation.answer(
                        code, Deletion.success(target, deleted.object()).toJson());
        return deleted.revision() > 0 ? answer.with(REVISION_HEADER, Long.toString(deleted.revision())) : answer;
    }

    private static WriteContext context(Target target, ApiRequest request, DeleteOptions options) {
        String namespace = target.type().namespaced() ? request.info().namespace() : "";
        return new WriteContext(target, request, namespace, options.dryRun(), "");
    }

    private ApiResponse deleteCollection(Target target, ApiRequest request, Representation representation) {
        DeleteOptions options = DeleteOptions.read(request);
        CollectionDeletion collection = new CollectionDeletion(verbs.reader(), verbs.deletion());
        return collection.delete(context(target, request, options), options, representation, verbs.views());
    }

    private ApiResponse answer(Target target, ApiRequest request, Representation representation, Written written) {
        ApiResponse.Complete answer = verbs.views().written(target, request, representation, written);
        return written.revision() > 0 ? answer.with(REVISION_HEADER, Long.toString(written.revision())) : answer;
    }
}
