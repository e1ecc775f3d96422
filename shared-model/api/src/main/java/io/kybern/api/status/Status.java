package io.kybern.api.status;

import io.kybern.api.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The outcome of a request where no object is answered: Kubernetes' {@code meta/v1 Status}.
 *
 * @param code the HTTP status code
 * @param reason a machine-readable word such as {@code NotFound}; empty if there is none
 * @param message for people
 * @param details what the failure is about; null leaves the part out
 */
public record Status(
        int code, String reason, String message, @Nullable Details details) {

    private static final int FIRST_FAILURE_CODE = 400;

    /**
     * What a failure, or a deletion, is about; empty parts are left out of the JSON.
     *
     * @param name the object's name
     * @param group the API group
     * @param kind the kind, or the resource where Kubernetes gives that
     * @param uid the object's identity
     * @param causes the single faults
     * @param retryAfterSeconds when to try again; 0 says nothing of it
     */
    public record Details(
            String name, String group, String kind, String uid, List<StatusCause> causes, int retryAfterSeconds) {

        public Details {
            causes = List.copyOf(causes);
        }

        /** Details of one object or resource, without causes. */
        public static Details of(String name, String group, String kind) {
            return new Details(name, group, kind, "", List.of(), 0);
        }
    }

    /** The answer to a deletion that is complete. */
    public static Status success(Details details) {
        return new Status(200, "", "", details);
    }

    /** Whether the request failed. */
    public boolean isFailure() {
        return code >= FIRST_FAILURE_CODE;
    }

    /** The seconds to wait before trying again; 0 if the status does not say. */
    public int retryAfterSeconds() {
        return details == null ? 0 : details.retryAfterSeconds();
    }

    /** The object as it goes over the wire. */
    public ObjectNode toJson() {
        ObjectNode json = Json.object();
        json.put("kind", "Status").put("apiVersion", "v1");
        json.putObject("metadata");
        json.put("status", isFailure() ? "Failure" : "Success");
        putText(json, "message", message);
        putText(json, "reason", reason);
        if (details != null) {
            json.set("details", toJson(details));
        }
        if (isFailure()) {
            json.put("code", code);
        }
        return json;
    }

    private static ObjectNode toJson(Details details) {
        ObjectNode json = Json.object();
        putText(json, "name", details.name());
        putText(json, "group", details.group());
        putText(json, "kind", details.kind());
        putText(json, "uid", details.uid());
        if (!details.causes().isEmpty()) {
            ArrayNode causes = json.putArray("causes");
            for (StatusCause cause : details.causes()) {
                ObjectNode each = causes.addObject();
                putText(each, "reason", cause.reason());
                putText(each, "message", cause.message());
                putText(each, "field", cause.field());
            }
        }
        if (details.retryAfterSeconds() > 0) {
            json.put("retryAfterSeconds", details.retryAfterSeconds());
        }
        return json;
    }

    private static void putText(ObjectNode json, String field, String text) {
        if (!text.isEmpty()) {
            json.put(field, text);
        }
    }
}
