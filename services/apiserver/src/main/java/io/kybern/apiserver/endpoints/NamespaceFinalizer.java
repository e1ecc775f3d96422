package io.kybern.apiserver.endpoints;

import io.kybern.api.KubeObject;
import io.kybern.api.Verb;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.MetadataValidator;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Representation;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Takes finalizers off a namespace; when the last is gone from one that is being deleted, so is the namespace. */
final class NamespaceFinalizer implements SubresourceHandler {

    private final ObjectWriter writer;
    private final BodyReader bodies;
    private final Views views;

    NamespaceFinalizer(ObjectWriter writer, BodyReader bodies, Views views) {
        this.writer = writer;
        this.bodies = bodies;
        this.views = views;
    }

    @Override
    public ApiResponse handle(Target target, Verb verb, ApiRequest request) {
        Representation representation = Negotiation.representation(request, true);
        WriteOptions options = WriteOptions.read(request, "UpdateOptions");
        ObjectNode wanted = bodies.read(request, target.type().gvk(), options.fieldValidation());
        List<FieldError> faults = new ArrayList<>();
        MetadataValidator.ownFinalizers(
                wanted.path("spec").path("finalizers"), FieldPath.of("spec", "finalizers"), faults);
        if (!faults.isEmpty()) {
            throw ApiException.invalid(target.type().gvk(), request.info().name(), faults);
        }
        Target own = target.with(new PartStrategy(target.strategy()));
        Written written = writer.update(
                WriteContext.of(own, request, options), request.info().name(), current -> {
                    ObjectNode spec =
                            current.get("spec") instanceof ObjectNode present ? present : current.putObject("spec");
                    JsonNode finalizers = wanted.path("spec").path("finalizers");
                    if (finalizers.isEmpty()) {
                        spec.remove("finalizers");
                    } else {
                        spec.set("finalizers", finalizers);
                    }
                    String version = KubeObject.resourceVersion(wanted);
                    if (!version.isEmpty()) {
                        KubeObject.metadata(current).put("resourceVersion", version);
                    }
                    return current;
                });
        ApiResponse.Complete answer = views.object(target, request, representation, 200, written.object());
        return written.revision() > 0 ? answer.with("Kybern-Revision", Long.toString(written.revision())) : answer;
    }
}
