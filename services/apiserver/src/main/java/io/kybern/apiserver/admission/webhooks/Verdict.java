package io.kybern.apiserver.admission.webhooks;

import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.api.status.StatusCause;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.audit.AuditAnnotations;
import io.kybern.apiserver.webhooks.WebhookCallException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a webhook answered.
 *
 * @param allowed whether the request may go on
 * @param patch operations that change the object; none if it is empty
 * @param result why the request may not go on, as a Status
 * @param warnings for the client
 * @param auditAnnotations what is to be told in the request's audit entries
 */
record Verdict(
        boolean allowed, JsonNode patch, JsonNode result, List<String> warnings, Map<String, String> auditAnnotations) {

    private static final int BAD_REQUEST = 400;

    Verdict {
        warnings = List.copyOf(warnings);
        auditAnnotations = Map.copyOf(auditAnnotations);
    }

    /**
     * Reads the answer to a review.
     *
     * @param mutating whether the webhook may change the object
     * @throws WebhookCallException if it is none
     */
    static Verdict read(JsonNode review, String version, String uid, boolean mutating) throws WebhookCallException {
        JsonNode response = review.path("response");
        if (!response.isObject()) {
            throw invalid("webhook response was absent");
        }
        if (version.equals("v1")) {
            checkIdentity(review, response, uid);
        }
        List<String> warnings = new ArrayList<>();
        response.path("warnings").forEach(each -> warnings.add(each.asString("")));
        return new Verdict(
                response.path("allowed").asBoolean(false),
                patch(response, version, mutating),
                response.path("status"),
                warnings,
                annotations(response.path("auditAnnotations")));
    }

    private static Map<String, String> annotations(JsonNode told) {
        return told.properties().stream().collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue()
                .asString("")));
    }

    /** Tells the clients and the audit log of the thread's request what the webhook has to say besides its verdict. */
    void tell(String webhook, AdmissionRequest request) {
        warnings.forEach(request::warn);
        auditAnnotations.forEach((key, value) -> AuditAnnotations.add(webhook + "/" + key, value));
    }

    private static void checkIdentity(JsonNode review, JsonNode response, String uid) throws WebhookCallException {
        String own = response.path("uid").asString("");
        if (!own.equals(uid)) {
            throw invalid("expected response.uid=\"%s\", got \"%s\"".formatted(uid, own));
        }
        String apiVersion = review.path("apiVersion").asString("");
        String kind = review.path("kind").asString("");
        if (!apiVersion.equals(AdmissionReview.GROUP + "/v1") || !kind.equals(AdmissionReview.KIND)) {
            throw invalid("expected webhook response of %s/v1, Kind=%s, got %s, Kind=%s"
                    .formatted(AdmissionReview.GROUP, AdmissionReview.KIND, apiVersion, kind));
        }
    }

    private static JsonNode patch(JsonNode response, String version, boolean mutating) throws WebhookCallException {
        String patch = response.path("patch").asString("");
        String type = response.path("patchType").asString("");
        if (!mutating) {
            if (!patch.isEmpty()) {
                throw invalid("validating webhook may not return response.patch");
            }
            if (!type.isEmpty()) {
                throw invalid("validating webhook may not return response.patchType");
            }
            return Json.array();
        }
        if (version.equals("v1") && !patch.isEmpty() && type.isEmpty()) {
            throw invalid("webhook returned response.patch but not response.patchType");
        }
        if (patch.isEmpty() && !type.isEmpty()) {
            throw invalid("webhook returned response.patchType but not response.patch");
        }
        if (patch.isEmpty()) {
            return Json.array();
        }
        if (version.equals("v1") && !type.equals("JSONPatch")) {
            throw invalid("webhook returned invalid response.patchType of \"%s\"".formatted(type));
        }
        try {
            return Json.read(Base64.getDecoder().decode(patch));
        } catch (IllegalArgumentException | JacksonException e) {
            throw WebhookCallException.unusable("received undecodable patch in webhook response: " + e.getMessage());
        }
    }

    private static WebhookCallException invalid(String why) {
        return WebhookCallException.unusable("received invalid webhook response: " + why);
    }

    /** The refusal as the client gets it, with the webhook's own code, reason and words. */
    ApiException refusal(String webhook) {
        int code = result.path("code").asInt(0);
        String reason = result.path("reason").asString("");
        String message = result.path("message").asString("");
        String denied = "admission webhook \"%s\" denied the request".formatted(webhook);
        String why = message.isEmpty() ? reason : message;
        JsonNode details = result.path("details");
        return ApiException.of(new Status(
                Math.max(code, BAD_REQUEST),
                reason,
                why.isEmpty() ? denied + " without explanation" : denied + ": " + why,
                details.isObject() ? details(details) : null));
    }

    private static Status.Details details(JsonNode details) {
        List<StatusCause> causes = new ArrayList<>();
        for (JsonNode cause : details.path("causes")) {
            causes.add(new StatusCause(
                    cause.path("reason").asString(""),
                    cause.path("message").asString(""),
                    cause.path("field").asString("")));
        }
        return new Status.Details(
                details.path("name").asString(""),
                details.path("group").asString(""),
                details.path("kind").asString(""),
                details.path("uid").asString(""),
                causes,
                details.path("retryAfterSeconds").asInt(0));
    }
}
