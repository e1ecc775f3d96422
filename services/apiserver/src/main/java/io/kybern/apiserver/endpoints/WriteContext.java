package io.kybern.apiserver.endpoints;

import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.ApiRequest;

/**
 * One write on its way.
 *
 * @param target what is written
 * @param request the request behind it, which collects warnings
 * @param namespace empty for cluster scope
 * @param dryRun whether nothing is stored
 * @param fieldManager who says so
 */
record WriteContext(Target target, ApiRequest request, String namespace, boolean dryRun, String fieldManager) {

    static WriteContext of(Target target, ApiRequest request, WriteOptions options) {
        String namespace = target.type().namespaced() ? request.info().namespace() : "";
        return new WriteContext(target, request, namespace, options.dryRun(), options.fieldManager());
    }

    UserInfo user() {
        return request.user();
    }

    AdmissionRequest.Target admissionTarget(String name) {
        return new AdmissionRequest.Target(target.type(), target.subresource(), namespace, name);
    }
}
