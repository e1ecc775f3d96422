package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.KubeObject;
import io.kybern.api.Verb;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.pods.PodEphemerals;
import io.kybern.apiserver.registry.pods.PodResize;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Representation;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What is done to pods through addresses of their own: binding, ephemeral containers and resizing. */
final class PodSubresources {

    private static final GroupVersionKind BINDING = new GroupVersionKind("", "v1", "Binding");
    private static final GroupResource BINDING_RESOURCE = new GroupResource("", "pods/binding");

    private final ObjectWriter writer;
    private final BodyReader bodies;
    private final Views views;
    private final Clock clock;
    private final Applier applier;

    PodSubresources(ObjectWriter writer, BodyReader bodies, Views views, Clock clock, Applier applier) {
        this.applier = applier;
        this.writer = writer;
        this.bodies = bodies;
        this.views = views;
        this.clock = clock;
    }

    /** Assigns a pod to a node, once. */
    ApiResponse bind(Target target, Verb verb, ApiRequest request) {
        WriteOptions options = WriteOptions.read(request, "CreateOptions");
        ObjectNode binding = bodies.read(request, BINDING, options.fieldValidation());
        String name = request.info().name().isEmpty()
                ? KubeObject.name(binding)
                : request.info().name();
        if (!KubeObject.name(binding).isEmpty() && !KubeObject.name(binding).equals(name)) {
            throw ApiException.badRequest("name in URL does not match name in Binding object");
        }
        WriteContext context = WriteContext.of(target, request, options);
        writer.admitSent(context, name, binding);
        checkBinding(binding, name);
        Target bound = target.with(new PartStrategy(target.strategy()));
        Written written = writer.update(
                context.on(bound).admittedAs(AdmittedForm.DONE), name, pod -> assigned(pod, binding, name));
        return SuccessAnswer.created(request, written.revision());
    }

    private static void checkBinding(ObjectNode binding, String name) {
        JsonNode node = binding.path("target");
        String kind = node.path("kind").asString("");
        if (!kind.isEmpty() && !kind.equals("Node")) {
            throw ApiException.invalid(
                    BINDING,
                    name,
                    List.of(FieldError.notSupported(FieldPath.of("target", "kind"), kind, List.of("Node", "<empty>"))));
        }
        if (node.path("name").asString("").isEmpty()) {
            throw ApiException.invalid(BINDING, name, List.of(FieldError.required(FieldPath.of("target", "name"), "")));
        }
    }

    private ObjectNode assigned(ObjectNode pod, ObjectNode binding, String name) {
        ObjectNode spec = pod.get("spec") instanceof ObjectNode present ? present : pod.putObject("spec");
        String node = spec.path("nodeName").asString("");
        if (KubeObject.isBeingDeleted(pod)) {
            throw ApiException.conflict(
                    BINDING_RESOURCE, name, "pod %s is being deleted, cannot be assigned to a host".formatted(name));
        }
        if (!node.isEmpty()) {
            throw ApiException.conflict(
                    BINDING_RESOURCE, name, "pod %s is already assigned to node \"%s\"".formatted(name, node));
        }
        if (!spec.path("schedulingGates").isEmpty()) {
            throw ApiException.conflict(
                    BINDING_RESOURCE, name, "pod %s has non-empty .spec.schedulingGates".formatted(name));
        }
        String uid = KubeObject.uid(binding);
        if (!uid.isEmpty() && !uid.equals(KubeObject.uid(pod))) {
            throw ApiException.conflict(
                    BINDING_RESOURCE,
                    name,
                    "Precondition failed: UID in precondition: %s, UID in object meta: %s"
                            .formatted(uid, KubeObject.uid(pod)));
        }
        spec.put("nodeName", binding.path("target").path("name").asString());
        ObjectNode metadata = KubeObject.metadata(pod);
        KubeObject.annotations(binding)
                .forEach((key, value) -> Absent.object(metadata, "annotations").put(key, value));
        Map<String, String> own = KubeObject.labels(pod);
        KubeObject.labels(binding).forEach((key, value) -> {
            if (!own.containsKey(key)) {
                Absent.object(metadata, "labels").put(key, value);
            }
        });
        scheduled(pod);
        return pod;
    }

    private void scheduled(ObjectNode pod) {
        ObjectNode status = pod.get("status") instanceof ObjectNode present ? present : pod.putObject("status");
        // it has come true, or not; either way no one waits for it any more
        status.remove("nominatedNodeName");
        ArrayNode conditions =
                status.get("conditions") instanceof ArrayNode present ? present : status.putArray("conditions");
        for (int i = conditions.size() - 1; i >= 0; i--) {
            if (conditions.get(i).path("type").asString("").equals("PodScheduled")) {
                conditions.remove(i);
            }
        }
        conditions
                .addObject()
                .put("type", "PodScheduled")
                .put("status", "True")
                .putNull("lastProbeTime")
                .put("lastTransitionTime", ObjectWriter.timestamp(clock.instant()));
    }

    /** Adds ephemeral containers; those that are there neither change nor go. */
    ApiResponse ephemeral(Target target, Verb verb, ApiRequest request) {
        return change(target, verb, request, (pod, wanted) -> refuse(request, PodEphemerals.takeOver(pod, wanted)));
    }

    private static void refuse(ApiRequest request, List<FieldError> faults) {
        if (!faults.isEmpty()) {
            throw ApiException.invalid(
                    new GroupVersionKind("", "v1", "Pod"), request.info().name(), faults);
        }
    }

    /** Changes how much of CPU and memory a pod and its containers ask for. */
    ApiResponse resize(Target target, Verb verb, ApiRequest request) {
        return change(target, verb, request, (pod, wanted) -> refuse(request, PodResize.takeOver(pod, wanted)));
    }

    /** Takes over one part of a wanted state. */
    @FunctionalInterface
    private interface Part {
        void takeOver(ObjectNode current, ObjectNode wanted);
    }

    private ApiResponse change(Target target, Verb verb, ApiRequest request, Part part) {
        Representation representation = Negotiation.representation(request, true);
        Target own = target.with(new PartStrategy(target.strategy(), true));
        boolean isPatch = verb == Verb.PATCH;
        if (!isPatch && verb != Verb.UPDATE) {
            return get(target, request, representation);
        }
        WriteOptions options = WriteOptions.read(request, isPatch ? "PatchOptions" : "UpdateOptions");
        GroupVersionKind kind = target.type().gvk();
        WriteContext context = WriteContext.of(own, request, options);
        if (ApplyPatch.isOne(request)) {
            WriteContext applying = context.applying();
            ApplyPatch patch = ApplyPatch.read(request, kind, options.fieldValidation());
            return written(applying, representation, part, current -> applier.applied(applying, patch, current));
        }
        PatchReader.Patch wanted;
        if (isPatch) {
            wanted = new PatchReader(bodies).read(request, kind, options.fieldValidation());
        } else {
            ObjectNode body = bodies.read(request, kind, options.fieldValidation());
            wanted = current -> body;
        }
        return written(context, representation, part, current -> {
            ObjectNode next = wanted.apply(current.deepCopy());
            writer.applyDefaults(target, next);
            return next;
        });
    }

    private ApiResponse written(
            WriteContext context, Representation representation, Part part, PatchReader.Patch wanted) {
        ApiRequest request = context.request();
        Written written = writer.update(context, request.info().name(), current -> {
            ObjectNode next = wanted.apply(current);
            part.takeOver(current, next);
            String version = KubeObject.resourceVersion(next);
            if (!version.isEmpty()) {
                KubeObject.metadata(current).put("resourceVersion", version);
            }
            JsonNode owners = KubeObject.metadata(next).get("managedFields");
            if (owners != null) {
                KubeObject.metadata(current).set("managedFields", owners);
            }
            return current;
        });
        return views.object(context.target(), request, representation, 200, written.object());
    }

    private ApiResponse get(Target target, ApiRequest request, Representation representation) {
        String name = request.info().name();
        ObjectNode pod = StorageFailures.await(
                        writer.store()
                                .get(target.type(), target.key(request.info().namespace(), name)),
                        target.resource(),
                        name,
                        "get")
                .orElseThrow(() -> ApiException.notFound(target.resource(), name))
                .tree();
        return views.object(target, request, representation, 200, pod);
    }
}
