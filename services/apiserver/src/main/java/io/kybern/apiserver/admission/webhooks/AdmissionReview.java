package io.kybern.apiserver.admission.webhooks;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.Json;
import io.kybern.api.ResourceType;
import io.kybern.api.Subresource;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.admission.ObjectConverter;
import io.kybern.apiserver.admission.matching.Match;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Writes the request part of an {@code AdmissionReview}. */
final class AdmissionReview {

    static final String GROUP = "admission.k8s.io";
    static final String KIND = "AdmissionReview";

    private final ObjectConverter converter;

    AdmissionReview(ObjectConverter converter) {
        this.converter = converter;
    }

    /**
     * The review of a request.
     *
     * @param match the form in which the webhook wants to see it
     * @param version of the review itself
     * @param uid tells the review's answer from others
     */
    ObjectNode of(AdmissionRequest request, Match match, String version, String uid) {
        AdmissionRequest.Target target = request.target();
        ObjectNode review = Json.object().put("kind", KIND).put("apiVersion", GROUP + "/" + version);
        ObjectNode body = review.putObject("request");
        body.put("uid", uid);
        body.set("kind", kind(match.kind()));
        body.set("resource", resource(match.type().gvr()));
        putText(body, "subResource", target.subresource());
        GroupVersionKind asked = Optional.ofNullable(
                        target.type().subresources().get(target.subresource()))
                .map(Subresource::kind)
                .orElse(target.type().gvk());
        body.set("requestKind", kind(asked));
        body.set("requestResource", resource(target.type().gvr()));
        putText(body, "requestSubResource", target.subresource());
        putText(body, "name", target.name());
        putText(body, "namespace", target.requestNamespace());
        body.put("operation", request.operation().name());
        request.user().writeTo(body.putObject("userInfo"));
        putObject(body, "object", shown(request.object(), request, match));
        putObject(body, "oldObject", shown(request.oldObject(), request, match));
        body.put("dryRun", request.dryRun());
        putObject(body, "options", request.options());
        return review;
    }

    /** A copy of the object in the form that is wanted. */
    Optional<ObjectNode> shown(Optional<ObjectNode> object, AdmissionRequest request, Match match) {
        return object.map(
                each -> converted(each.deepCopy(), match, request.target().type(), match.type()));
    }

    /** What became of the object, in the form of the request. */
    ObjectNode taken(ObjectNode changed, AdmissionRequest request, Match match) {
        return converted(changed, match, match.type(), request.target().type());
    }

    /** A subresource's object of another kind, such as a Scale, is the same in all versions of the resource. */
    private ObjectNode converted(ObjectNode object, Match match, ResourceType from, ResourceType to) {
        return match.kind().kind().equals(match.type().kind()) ? converter.convert(object, from, to) : object;
    }

    private static ObjectNode kind(GroupVersionKind kind) {
        return Json.object()
                .put("group", kind.group())
                .put("version", kind.version())
                .put("kind", kind.kind());
    }

    private static ObjectNode resource(GroupVersionResource resource) {
        return Json.object()
                .put("group", resource.group())
                .put("version", resource.version())
                .put("resource", resource.resource());
    }

    private static void putText(ObjectNode object, String field, String text) {
        if (!text.isEmpty()) {
            object.put(field, text);
        }
    }

    private static void putObject(ObjectNode body, String field, Optional<ObjectNode> object) {
        object.ifPresentOrElse(each -> body.set(field, each), () -> body.putNull(field));
    }
}
