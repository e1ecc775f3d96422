package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.endpoints.WriteOptions.FieldValidation;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.Negotiation.MediaType;
import io.kybern.apiserver.request.YamlPatch;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The configuration that a server-side apply lays over an object; see "Server-Side Apply" in the Kubernetes documentation. */
final class ApplyPatch {

    /** Its media type. */
    static final String TYPE = "application/apply-patch+yaml";

    private final ApiRequest request;
    private final FieldValidation validation;
    private final boolean force;
    private final ObjectNode config;

    private ApplyPatch(ApiRequest request, FieldValidation validation, ObjectNode config) {
        this.request = request;
        this.validation = validation;
        this.config = config;
        String forced = request.query().first("force");
        this.force = forced.equals("true") || forced.equals("1");
    }

    /** Whether a request is a server-side apply. */
    static boolean isOne(ApiRequest request) {
        return request.method().equals("PATCH")
                && MediaType.parse(request.header("Content-Type")).type().equals(TYPE);
    }

    /**
     * Reads the body.
     *
     * @param kind the kind that it must be of
     */
    static ApplyPatch read(ApiRequest request, GroupVersionKind kind, FieldValidation validation) {
        ObjectNode config = YamlPatch.read(request.body());
        GroupVersionKind given = KubeObject.gvk(config);
        if (!given.equals(kind)) {
            throw ApiException.badRequest("invalid object type: " + given);
        }
        return new ApplyPatch(request, validation, config);
    }

    /** What is applied; not to be changed. */
    ObjectNode config() {
        return config;
    }

    /** Whether fields of others are taken over. */
    boolean force() {
        return force;
    }

    /** Says what comes twice, as the client asked; Kubernetes does so after the merge. */
    void reportDuplicates() {
        if (validation == FieldValidation.IGNORE) {
            return;
        }
        List<String> duplicates = YamlPatch.duplicates(request.body());
        if (duplicates.isEmpty()) {
            return;
        }
        String error = "error converting YAML to JSON: yaml: unmarshal errors:\n  " + String.join("\n  ", duplicates);
        if (validation == FieldValidation.STRICT) {
            throw ApiException.badRequest("error strict decoding patch: " + error);
        }
        request.warn(error);
    }
}
