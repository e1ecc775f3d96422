package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.Verb;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.ScalePaths;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.table.TableShapes;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Representation;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.schema.structural.SimplePath;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The number of replicas of any type that has one, as an {@code autoscaling/v1 Scale}; see "Horizontal Pod Autoscaling". As a table the
 * scale of a custom resource has the columns of its type, all others have those of scales.
 */
final class ScaleHandler implements SubresourceHandler {

    private static final GroupVersionKind SCALE = new GroupVersionKind("autoscaling", "v1", "Scale");

    private final ObjectWriter writer;
    private final BodyReader bodies;
    private final WatchCache cache;
    private final Applier applier;
    private final Views views;
    private final TableShape columns = TableShapes.ofScale();

    ScaleHandler(ObjectWriter writer, BodyReader bodies, WatchCache cache, Applier applier, Views views) {
        this.views = views;
        this.applier = applier;
        this.writer = writer;
        this.bodies = bodies;
        this.cache = cache;
    }

    @Override
    public ApiResponse handle(Target target, Verb verb, ApiRequest request) {
        Representation representation = Negotiation.representation(request, true);
        String name = request.info().name();
        ObjectNode owner =
                switch (verb) {
                    case UPDATE -> update(target, request, name);
                    case PATCH -> patch(target, request, name);
                    default ->
                        target.shown(StorageFailures.await(
                                        cache.snapshot(target.storage(), RevisionRequest.latest()),
                                        target.resource(),
                                        name,
                                        "get")
                                .get(target.key(request.info().namespace(), name))
                                .orElseThrow(() -> ApiException.notFound(target.resource(), name))
                                .tree());
                };
        TableShape shape =
                target.strategy().scale().isPresent() ? target.strategy().table() : columns;
        return views.scale(shape, request, representation, scaleOf(target, owner));
    }

    /** Admission sees the scale, not what is scaled. */
    private static WriteContext context(Target target, ApiRequest request, WriteOptions options) {
        return WriteContext.of(target, request, options).admittedAs(new AdmittedForm() {
            @Override
            public ObjectNode shown(ObjectNode owner) {
                return scaleOf(target, owner);
            }

            @Override
            public void taken(ObjectNode scale, ObjectNode owner) {
                scaled(target, owner, scale, KubeObject.name(owner));
            }
        });
    }

    private ObjectNode update(Target target, ApiRequest request, String name) {
        WriteOptions options = WriteOptions.read(request, "UpdateOptions");
        ObjectNode wanted = bodies.read(request, SCALE, options.fieldValidation());
        if (!KubeObject.name(wanted).isEmpty() && !KubeObject.name(wanted).equals(name)) {
            throw ApiException.badRequest("the name of the object (%s) does not match the name on the URL (%s)"
                    .formatted(KubeObject.name(wanted), name));
        }
        return writer.update(context(target, request, options), name, current -> scaled(target, current, wanted, name))
                .object();
    }

    private ObjectNode patch(Target target, ApiRequest request, String name) {
        WriteOptions options = WriteOptions.read(request, "PatchOptions");
        if (ApplyPatch.isOne(request)) {
            return apply(context(target, request, options).applying(), options, name);
        }
        PatchReader.Patch patch = new PatchReader(bodies).read(request, SCALE, options.fieldValidation());
        return writer.update(
                        context(target, request, options),
                        name,
                        current -> scaled(target, current, patch.apply(scaleOf(target, current)), name))
                .object();
    }

    /** What is applied to the scale is applied to the field of the object where its number is. */
    private ObjectNode apply(WriteContext context, WriteOptions options, String name) {
        ApplyPatch patch = ApplyPatch.read(context.request(), SCALE, options.fieldValidation());
        Target target = context.target();
        ObjectNode config = Json.object()
                .put("apiVersion", target.type().gvr().apiVersion())
                .put("kind", target.type().kind());
        config.putObject("metadata").put("name", name);
        JsonNode replicas = patch.config().path("spec").path("replicas");
        if (!replicas.isMissingNode()) {
            set(config, wantedPath(target), replicas);
        }
        return writer.update(context, name, current -> {
                    ObjectNode applied = applier.appliedPart(context, patch, SCALE, config, current);
                    ObjectNode scale = scaleOf(target, applied);
                    KubeObject.metadata(scale).setAll(KubeObject.metadata(patch.config()));
                    return scaled(target, applied, scale, name);
                })
                .object();
    }

    private static ObjectNode scaled(Target target, ObjectNode owner, ObjectNode scale, String name) {
        long replicas = scale.path("spec").path("replicas").asLong(0);
        if (replicas < 0) {
            throw ApiException.invalid(
                    SCALE,
                    name,
                    List.of(FieldError.invalid(
                            FieldPath.of("spec", "replicas"), replicas, "must be greater than or equal to 0")));
        }
        // the node as it was read: a number of another Java type would look like a change of the spec
        JsonNode wanted = scale.path("spec").path("replicas");
        set(
                owner,
                wantedPath(target),
                wanted.isNumber() ? wanted : Json.mapper().valueToTree(0));
        ObjectNode metadata = KubeObject.metadata(owner);
        for (String field : List.of("resourceVersion", "uid")) {
            String value = scale.path("metadata").path(field).asString("");
            if (!value.isEmpty()) {
                metadata.put(field, value);
            }
        }
        return owner;
    }

    private static List<String> wantedPath(Target target) {
        return target.strategy().scale().map(paths -> paths.wanted().names()).orElse(List.of("spec", "replicas"));
    }

    private static void set(ObjectNode object, List<String> path, JsonNode value) {
        ObjectNode parent = object;
        for (String name : path.subList(0, path.size() - 1)) {
            parent = parent.get(name) instanceof ObjectNode present ? present : parent.putObject(name);
        }
        parent.set(path.getLast(), value);
    }

    /** The scale of an object. */
    static ObjectNode scaleOf(Target target, ObjectNode owner) {
        ObjectNode scale = Json.object().put("kind", SCALE.kind()).put("apiVersion", SCALE.apiVersion());
        ObjectNode metadata = scale.putObject("metadata");
        for (String field : List.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp")) {
            JsonNode value = KubeObject.metadata(owner).get(field);
            if (value != null) {
                metadata.set(field, value);
            }
        }
        ObjectNode spec = scale.putObject("spec");
        Optional<ScalePaths> paths = target.strategy().scale();
        JsonNode wanted = paths.map(each -> each.wanted().in(owner))
                .orElse(owner.path("spec").path("replicas"));
        if (paths.isPresent() && wanted.isMissingNode()) {
            throw ApiException.internal(
                    "the spec replicas field \"%s\" does not exist"
                            .formatted("." + paths.get().wanted().label()),
                    null);
        }
        if (wanted.asLong(0) > 0) {
            spec.put("replicas", wanted.asLong(0));
        }
        ObjectNode status = scale.putObject("status");
        JsonNode present = paths.map(each -> each.present().in(owner))
                .orElse(owner.path("status").path("replicas"));
        status.put("replicas", present.asLong(0));
        String selector = paths.isPresent()
                ? written(paths.get(), owner)
                : selector(owner.path("spec").path("selector"));
        if (!selector.isEmpty()) {
            status.put("selector", selector);
        }
        return scale;
    }

    private static String written(ScalePaths paths, ObjectNode owner) {
        SimplePath path = paths.selector();
        return path == null ? "" : path.in(owner).asString("");
    }

    private static String selector(JsonNode selector) {
        try {
            if (selector.has("matchLabels") || selector.has("matchExpressions")) {
                return LabelSelector.of(selector).toString();
            }
            Map<String, String> labels = new LinkedHashMap<>();
            selector.properties()
                    .forEach(each -> labels.put(each.getKey(), each.getValue().asString("")));
            return LabelSelector.ofLabels(labels).toString();
        } catch (SelectorSyntaxException e) {
            return "";
        }
    }
}
