package io.kybern.apiserver.endpoints;

import io.kybern.api.Json;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.ApiRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One write on its way.
 *
 * @param target what is written
 * @param request the request behind it, which collects warnings
 * @param namespace empty for cluster scope
 * @param dryRun whether nothing is stored
 * @param fieldManager who says so
 * @param applies whether it is a server-side apply, which says itself who owns what
 * @param admitted in which form admission sees the object
 */
record WriteContext(
        Target target,
        ApiRequest request,
        String namespace,
        boolean dryRun,
        String fieldManager,
        boolean applies,
        AdmittedForm admitted) {

    /** A write that is no server-side apply, of an object that admission sees as it is. */
    WriteContext(Target target, ApiRequest request, String namespace, boolean dryRun, String fieldManager) {
        this(target, request, namespace, dryRun, fieldManager, false, AdmittedForm.WHOLE);
    }

    static WriteContext of(Target target, ApiRequest request, WriteOptions options) {
        String namespace = target.type().namespaced() ? request.info().namespace() : "";
        return new WriteContext(target, request, namespace, options.dryRun(), options.fieldManager());
    }

    /** The same as a server-side apply. */
    WriteContext applying() {
        return new WriteContext(target, request, namespace, dryRun, fieldManager, true, admitted);
    }

    /** The same, with another form for admission. */
    WriteContext admittedAs(AdmittedForm form) {
        return new WriteContext(target, request, namespace, dryRun, fieldManager, applies, form);
    }

    /** The same write of an object behind another target. */
    WriteContext on(Target other) {
        return new WriteContext(other, request, namespace, dryRun, fieldManager, applies, admitted);
    }

    UserInfo user() {
        return request.user();
    }

    /** This write as admission sees it. */
    AdmissionRequest admission(
            AdmissionOperation operation, String name, @Nullable ObjectNode object, @Nullable ObjectNode old) {
        return new AdmissionRequest(admissionTarget(name), operation, user(), dryRun, object, old)
                .warning(request::warn);
    }

    /** The options of this write, of a kind such as {@code CreateOptions}. */
    ObjectNode options(String kind) {
        ObjectNode options = Json.object().put("kind", kind).put("apiVersion", "meta.k8s.io/v1");
        if (dryRun) {
            options.putArray("dryRun").add("All");
        }
        for (String field : List.of("fieldManager", "fieldValidation")) {
            String value = request.query().first(field);
            if (!value.isEmpty() && !kind.equals("DeleteOptions")) {
                options.put(field, value);
            }
        }
        return options;
    }

    AdmissionRequest.Target admissionTarget(String name) {
        return new AdmissionRequest.Target(target.type(), target.subresource(), namespace, name);
    }
}
