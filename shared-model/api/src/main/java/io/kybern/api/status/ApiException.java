package io.kybern.api.status;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.validation.FieldError;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request that is refused, with the {@link Status} that the client gets. The factories give code, reason, message and
 * details as Kubernetes words them; nothing else makes one.
 */
public final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Status status;

    private ApiException(Status status, @Nullable Throwable cause) {
        super(status.message(), cause);
        this.status = status;
    }

    private ApiException(int code, String reason, String message, Status.@Nullable Details details) {
        this(new Status(code, reason, message, details), null);
    }

    /** What the client is told. */
    public Status status() {
        return status;
    }

    /** An answer of that status, for callers that have one from elsewhere. */
    public static ApiException of(Status status) {
        return new ApiException(status, null);
    }

    /** 404: {@code pods "x" not found}. */
    public static ApiException notFound(GroupResource resource, String name) {
        return new ApiException(
                404, "NotFound", "%s \"%s\" not found".formatted(resource, name), details(resource, name));
    }

    /** 404 for a path that leads nowhere. */
    public static ApiException noSuchResource() {
        return new ApiException(
                404, "NotFound", "the server could not find the requested resource", Status.Details.of("", "", ""));
    }

    /** 409: {@code pods "x" already exists}. */
    public static ApiException alreadyExists(GroupResource resource, String name) {
        return new ApiException(
                409, "AlreadyExists", "%s \"%s\" already exists".formatted(resource, name), details(resource, name));
    }

    /** 409: {@code Operation cannot be fulfilled on pods "x": …}. */
    public static ApiException conflict(GroupResource resource, String name, String why) {
        return new ApiException(
                409,
                "Conflict",
                "Operation cannot be fulfilled on %s \"%s\": %s".formatted(resource, name, why),
                details(resource, name));
    }

    /** 409 because the object is not in the revision that the writer read. */
    public static ApiException modified(GroupResource resource, String name) {
        return conflict(
                resource,
                name,
                "the object has been modified; please apply your changes to the latest version and try again");
    }

    /** 422: {@code Pod "x" is invalid: …}, with a cause for each error. */
    public static ApiException invalid(GroupVersionKind kind, String name, List<FieldError> errors) {
        Set<String> messages = new LinkedHashSet<>();
        errors.forEach(error -> messages.add(error.message()));
        String why =
                switch (messages.size()) {
                    case 0 -> "";
                    case 1 -> ": " + messages.iterator().next();
                    default -> ": [" + String.join(", ", messages) + "]";
                };
        List<StatusCause> causes = errors.stream()
                .map(error -> new StatusCause(error.type().reason(), error.body(), error.field()))
                .toList();
        return new ApiException(
                422,
                "Invalid",
                "%s \"%s\" is invalid%s".formatted(kind.groupKind(), name, why),
                new Status.Details(name, kind.group(), kind.kind(), "", causes, 0));
    }

    /** 422 without a type: what is wrong with a patch itself. */
    public static ApiException unprocessable(String message) {
        return new ApiException(422, "Invalid", message, Status.Details.of("", "", ""));
    }

    /** 400. */
    public static ApiException badRequest(String message) {
        return new ApiException(400, "BadRequest", message, null);
    }

    /** 401. */
    public static ApiException unauthorized() {
        return new ApiException(401, "Unauthorized", "Unauthorized", null);
    }

    /** 403: {@code pods "x" is forbidden: …}; without a name {@code pods is forbidden: …}. */
    public static ApiException forbidden(GroupResource resource, String name, String why) {
        String what = name.isEmpty() ? resource.toString() : "%s \"%s\"".formatted(resource, name);
        return new ApiException(403, "Forbidden", what + " is forbidden: " + why, details(resource, name));
    }

    /** 403 for a path that is no resource: {@code forbidden: …}. */
    public static ApiException forbiddenPath(String why) {
        return new ApiException(403, "Forbidden", "forbidden: " + why, Status.Details.of("", "", ""));
    }

    /** 405 for a verb that a known resource does not have. */
    public static ApiException methodNotAllowed() {
        return new ApiException(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
                Status.Details.of("", "", ""));
    }

    /** 406: none of the accepted media types can be answered. */
    public static ApiException notAcceptable(List<String> offered) {
        return new ApiException(
                406,
                "NotAcceptable",
                "only the following media types are accepted: " + String.join(", ", offered),
                null);
    }

    /** 406: the client accepts only a view that there is not of this; the message says why. */
    public static ApiException notAcceptableView(String message) {
        return new ApiException(406, "NotAcceptable", message, null);
    }

    /** 415: the body is in a format that cannot be read. */
    public static ApiException unsupportedMediaType(List<String> accepted) {
        return new ApiException(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: "
                        + String.join(", ", accepted),
                null);
    }

    /** 410: the resource version, or the continue token, is older than what the server still knows. */
    public static ApiException expired(String message) {
        return new ApiException(410, "Expired", message, null);
    }

    /** 413. */
    public static ApiException tooLarge(String message) {
        return new ApiException(413, "RequestEntityTooLarge", "Request entity is too large: " + message, null);
    }

    /** 429; the client should wait that long. */
    public static ApiException tooManyRequests(String message, int retryAfterSeconds) {
        return new ApiException(429, "TooManyRequests", message, retry(retryAfterSeconds));
    }

    /** 500 because an operation could not be completed in time and may be tried again. */
    public static ApiException serverTimeout(GroupResource resource, String verb, int retryAfterSeconds) {
        return new ApiException(
                500,
                "ServerTimeout",
                "The %s operation against %s could not be completed at this time, please try again."
                        .formatted(verb, resource),
                new Status.Details("", resource.group(), resource.resource(), "", List.of(), retryAfterSeconds));
    }

    /** 504: {@code Timeout: …}. */
    public static ApiException timeout(String message, int retryAfterSeconds) {
        return new ApiException(504, "Timeout", "Timeout: " + message, retry(retryAfterSeconds));
    }

    /** 504 because a read asked for a revision that the server has not reached. */
    public static ApiException resourceVersionTooLarge(long asked, long current) {
        StatusCause cause = new StatusCause("ResourceVersionTooLarge", "Too large resource version", "");
        return new ApiException(
                504,
                "Timeout",
                "Timeout: Too large resource version: %d, current: %d".formatted(asked, current),
                new Status.Details("", "", "", "", List.of(cause), 1));
    }

    /** 503; the client should wait that long. */
    public static ApiException serviceUnavailable(String message, int retryAfterSeconds) {
        return new ApiException(503, "ServiceUnavailable", message, retry(retryAfterSeconds));
    }

    /** 500 for a fault of the server: {@code Internal error occurred: …}. */
    public static ApiException internal(String message, @Nullable Throwable cause) {
        StatusCause statusCause = new StatusCause("", message, "");
        return new ApiException(
                new Status(
                        500,
                        "InternalError",
                        "Internal error occurred: " + message,
                        new Status.Details("", "", "", "", List.of(statusCause), 0)),
                cause);
    }

    private static Status.Details details(GroupResource resource, String name) {
        return Status.Details.of(name, resource.group(), resource.resource());
    }

    private static Status.Details retry(int seconds) {
        return new Status.Details("", "", "", "", List.of(), seconds);
    }
}
