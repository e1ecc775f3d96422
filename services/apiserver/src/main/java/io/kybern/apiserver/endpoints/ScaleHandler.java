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
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Representation;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The number of replicas of any type that has one, as an {@code autoscaling/v1 Scale}; see "Horizontal Pod Autoscaling". */
final class ScaleHandler implements SubresourceHandler {

    private static final GroupVersionKind SCALE = new GroupVersionKind("autoscaling", "v1", "Scale");

    private final ObjectWriter writer;
    private final BodyReader bodies;
    private final WatchCache cache;

    ScaleHandler(ObjectWriter writer, BodyReader bodies, WatchCache cache) {
        this.writer = writer;
        this.bodies = bodies;
        this.cache = cache;
    }

    @Override
    public ApiResponse handle(Target target, Verb verb, ApiRequest request) {
        Representation representation = Negotiation.representation(request, false);
        String name = request.info().name();
        ObjectNode owner =
                switch (verb) {
                    case UPDATE -> update(target, request, name);
                    case PATCH -> patch(target, request, name);
                    default ->
                        StorageFailures.await(
                                        cache.snapshot(target.storage(), RevisionRequest.latest()),
                                        target.resource(),
                                        name,
                                        "get")
                                .get(target.key(request.info().namespace(), name))
                                .orElseThrow(() -> ApiException.notFound(target.resource(), name))
                                .tree();
                };
        return representation.answer(200, scaleOf(owner));
    }

    private ObjectNode update(Target target, ApiRequest request, String name) {
        WriteOptions options = WriteOptions.read(request, "UpdateOptions");
        ObjectNode wanted = bodies.read(request, SCALE, options.fieldValidation());
        if (!KubeObject.name(wanted).isEmpty() && !KubeObject.name(wanted).equals(name)) {
            throw ApiException.badRequest("the name of the object (%s) does not match the name on the URL (%s)"
                    .formatted(KubeObject.name(wanted), name));
        }
        return writer.update(WriteContext.of(target, request, options), name, current -> scaled(current, wanted, name))
                .object();
    }

    private ObjectNode patch(Target target, ApiRequest request, String name) {
        WriteOptions options = WriteOptions.read(request, "PatchOptions");
        PatchReader.Patch patch = new PatchReader(bodies).read(request, SCALE, options.fieldValidation());
        return writer.update(
                        WriteContext.of(target, request, options),
                        name,
                        current -> scaled(current, patch.apply(scaleOf(current)), name))
                .object();
    }

    private static ObjectNode scaled(ObjectNode owner, ObjectNode scale, String name) {
        long replicas = scale.path("spec").path("replicas").asLong(0);
        if (replicas < 0) {
            throw ApiException.invalid(
                    SCALE,
                    name,
                    List.of(FieldError.invalid(
                            FieldPath.of("spec", "replicas"), replicas, "must be greater than or equal to 0")));
        }
        ObjectNode spec = owner.get("spec") instanceof ObjectNode present ? present : owner.putObject("spec");
        // the node as it was read: a number of another Java type would look like a change of the spec
        JsonNode wanted = scale.path("spec").path("replicas");
        spec.set("replicas", wanted.isNumber() ? wanted : Json.mapper().valueToTree(0));
        ObjectNode metadata = KubeObject.metadata(owner);
        for (String field : List.of("resourceVersion", "uid")) {
            String value = scale.path("metadata").path(field).asString("");
            if (!value.isEmpty()) {
                metadata.put(field, value);
            }
        }
        return owner;
    }

    /** The scale of an object. */
    static ObjectNode scaleOf(ObjectNode owner) {
        ObjectNode scale = Json.object().put("kind", SCALE.kind()).put("apiVersion", SCALE.apiVersion());
        ObjectNode metadata = scale.putObject("metadata");
        for (String field : List.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp")) {
            JsonNode value = KubeObject.metadata(owner).get(field);
            if (value != null) {
                metadata.set(field, value);
            }
        }
        ObjectNode spec = scale.putObject("spec");
        long wanted = owner.path("spec").path("replicas").asLong(0);
        if (wanted > 0) {
            spec.put("replicas", wanted);
        }
        ObjectNode status = scale.putObject("status");
        status.put("replicas", owner.path("status").path("replicas").asLong(0));
        String selector = selector(owner.path("spec").path("selector"));
        if (!selector.isEmpty()) {
            status.put("selector", selector);
        }
        return scale;
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
