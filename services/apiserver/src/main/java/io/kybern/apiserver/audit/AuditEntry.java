package io.kybern.apiserver.audit;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.RequestInfo;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is told of one request, stage by stage, as events of {@code audit.k8s.io/v1}. */
public final class AuditEntry {

    private static final int FAILURES_FROM = 400;

    private final AuditPolicy.Decision decision;
    private final Audit.Arrival arrival;
    private final UserInfo user;
    private final Clock clock;
    private final Consumer<ObjectNode> log;
    private final Instant received;
    private final Map<String, String> annotations = AuditAnnotations.empty();
    private @Nullable UserInfo impersonated;
    private @Nullable JsonNode requestObject;

    AuditEntry(
            AuditPolicy.Decision decision,
            Audit.Arrival arrival,
            UserInfo user,
            Clock clock,
            Consumer<ObjectNode> log) {
        this.decision = decision;
        this.arrival = arrival;
        this.user = user;
        this.clock = clock;
        this.log = log;
        this.received = clock.instant();
    }

    void received() {
        tell(AuditStage.RECEIVED, null);
    }

    /**
     * Answers the request; what is told meanwhile of it is collected.
     *
     * @param actsAs whom the user acts as, or null
     */
    public ApiResponse answering(@Nullable UserInfo actsAs, Supplier<ApiResponse> request) {
        impersonated = actsAs;
        return AuditAnnotations.collecting(annotations, request);
    }

    /** The body has come. */
    public void sent(byte[] body) {
        requestObject = json("application/json", body).orElse(null);
    }

    /** There is an answer. One that lasts is told of twice: now, and when the result is run. */
    public Runnable answered(ApiResponse response) {
        if (response instanceof ApiResponse.Complete) {
            tell(AuditStage.COMPLETE, response);
            return () -> {};
        }
        tell(AuditStage.STARTED, response);
        return () -> tell(AuditStage.COMPLETE, response);
    }

    private void tell(AuditStage stage, @Nullable ApiResponse response) {
        if (decision.omitted().contains(stage)) {
            return;
        }
        ObjectNode event = Json.object()
                .put("kind", "Event")
                .put("apiVersion", "audit.k8s.io/v1")
                .put("level", decision.level().wireName())
                .put("auditID", arrival.id())
                .put("stage", stage.wireName())
                .put("requestURI", arrival.line().uri())
                .put("verb", arrival.line().info().verb());
        user.writeTo(event.putObject("user"));
        if (impersonated != null) {
            impersonated.writeTo(event.putObject("impersonatedUser"));
        }
        arrival.sources().forEach(event.putArray("sourceIPs")::add);
        if (!arrival.userAgent().isEmpty()) {
            event.put("userAgent", arrival.userAgent());
        }
        if (arrival.line().info().resourceRequest()) {
            event.set("objectRef", reference(arrival.line().info()));
        }
        if (response != null) {
            answer(event, response);
        }
        event.put("requestReceivedTimestamp", timestamp(received));
        event.put("stageTimestamp", timestamp(clock.instant()));
        if (!annotations.isEmpty()) {
            ObjectNode told = event.putObject("annotations");
            annotations.forEach(told::put);
        }
        log.accept(event);
    }

    private void answer(ObjectNode event, ApiResponse response) {
        ObjectNode status = event.putObject("responseStatus");
        status.putObject("metadata");
        status.put("code", response.code());
        Optional<JsonNode> object = response instanceof ApiResponse.Complete complete
                ? json(complete.contentType(), complete.body())
                : Optional.empty();
        if (response.code() >= FAILURES_FROM) {
            object.ifPresent(failure -> {
                status.put("status", failure.path("status").asString(""));
                status.put("message", failure.path("message").asString(""));
                status.put("reason", failure.path("reason").asString(""));
            });
        }
        if (decision.level().tells(AuditLevel.REQUEST) && requestObject != null) {
            event.set("requestObject", shown(requestObject));
        }
        if (decision.level().tells(AuditLevel.REQUEST_RESPONSE)) {
            object.ifPresent(shown -> event.set("responseObject", shown(shown)));
        }
    }

    private JsonNode shown(JsonNode object) {
        if (!decision.omitManagedFields()) {
            return object;
        }
        JsonNode copy = object.deepCopy();
        forget(copy);
        copy.path("items").forEach(AuditEntry::forget);
        return copy;
    }

    private static void forget(JsonNode object) {
        if (object.path("metadata") instanceof ObjectNode metadata) {
            metadata.remove("managedFields");
        }
    }

    /** What is not JSON is not shown. */
    private static Optional<JsonNode> json(String contentType, byte[] body) {
        boolean object = body.length > 0 && (body[0] == '{' || body[0] == '[') && contentType.contains("json");
        try {
            return object ? Optional.of(Json.read(body)) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private ObjectNode reference(RequestInfo info) {
        JsonNode metadata = requestObject == null ? Json.object() : requestObject.path("metadata");
        String name = info.name().isEmpty() && info.verb().equals("create")
                ? metadata.path("name").asString("")
                : info.name();
        ObjectNode reference = Json.object();
        put(reference, "resource", info.resource());
        put(reference, "namespace", info.namespace());
        put(reference, "name", name);
        put(reference, "uid", metadata.path("uid").asString(""));
        put(reference, "apiGroup", info.group());
        put(reference, "apiVersion", info.version());
        put(reference, "resourceVersion", metadata.path("resourceVersion").asString(""));
        put(reference, "subresource", info.subresource());
        return reference;
    }

    private static void put(ObjectNode object, String field, String value) {
        if (!value.isEmpty()) {
            object.put(field, value);
        }
    }

    private static String timestamp(Instant time) {
        String text = time.truncatedTo(ChronoUnit.MICROS).toString();
        // always six digits, as the type demands
        int dot = text.indexOf('.');
        String whole = dot < 0 ? text.substring(0, text.length() - 1) : text.substring(0, dot);
        String fraction = dot < 0 ? "" : text.substring(dot + 1, text.length() - 1);
        return whole + "." + (fraction + "000000").substring(0, 6) + "Z";
    }
}
