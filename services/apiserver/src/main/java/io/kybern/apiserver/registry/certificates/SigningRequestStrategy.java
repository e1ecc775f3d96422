package io.kybern.apiserver.registry.certificates;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.NameRule;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.registry.TableShape;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * CertificateSigningRequests; see "Certificate Signing Requests" in the Kubernetes documentation. Who asks is noted by the server,
 * the wanted state never changes, {@code /approval} writes conditions and {@code /status} the certificate and the other conditions.
 */
public final class SigningRequestStrategy extends GenericStrategy {

    private static final String APPROVAL = "approval";

    private final boolean approves;

    /** The requests of the API. */
    public SigningRequestStrategy(ResourceType type, TableShape table) {
        this(type, table, false);
    }

    private SigningRequestStrategy(ResourceType type, TableShape table, boolean approves) {
        super(type, table, NameRule.PATH_SEGMENT);
        this.approves = approves;
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    @Override
    protected void initialStatus(ObjectNode request) {
        request.putObject("status");
    }

    @Override
    public void prepareForCreate(ObjectNode request, RequestScope scope) {
        super.prepareForCreate(request, scope);
        if (request.get("spec") instanceof ObjectNode spec) {
            spec.remove(List.of("username", "uid", "groups", "extra"));
            scope.user().writeTo(spec);
        }
    }

    @Override
    public void prepareForUpdate(ObjectNode request, ObjectNode old, RequestScope scope) {
        super.prepareForUpdate(request, old, scope);
        copy("spec", old, request);
    }

    @Override
    protected void validate(ObjectNode request, List<FieldError> errors) {
        SigningRequestValidator.spec(request, errors);
    }

    @Override
    protected void validateChange(ObjectNode request, ObjectNode old, List<FieldError> errors) {
        // neither spec nor status can have changed
    }

    @Override
    public ResourceStrategy part(String subresource) {
        if (subresource.equals(APPROVAL)) {
            Optional<ResourceStrategy> approval = new SigningRequestStrategy(type(), table(), true).status();
            return approval.orElseThrow();
        }
        return super.part(subresource);
    }

    @Override
    protected void prepareStatus(ObjectNode request, ObjectNode old, RequestScope scope) {
        ObjectNode status = request.get("status") instanceof ObjectNode present ? present : request.putObject("status");
        if (approves) {
            // what the signer may write is not the approver's to change
            copy("certificate", old.path("status"), status);
        } else {
            keepApproval(status.path("conditions"), old.path("status").path("conditions"));
        }
        times(status.path("conditions"), old.path("status").path("conditions"), scope);
    }

    /** Leaves the approver's conditions as they were, unless some came or went, which validation refuses. */
    private static void keepApproval(JsonNode conditions, JsonNode old) {
        for (String type : Set.of(SigningRequestValidator.APPROVED, SigningRequestValidator.DENIED)) {
            List<JsonNode> before = ofType(old, type);
            List<JsonNode> after = ofType(conditions, type);
            if (before.size() == after.size()) {
                Iterator<JsonNode> each = before.iterator();
                after.forEach(condition -> ((ObjectNode) condition).removeAll().setAll((ObjectNode)
                        each.next().deepCopy()));
            }
        }
    }

    private static List<JsonNode> ofType(JsonNode conditions, String type) {
        List<JsonNode> found = new ArrayList<>();
        conditions.forEach(each -> {
            if (each.path("type").asString("").equals(type)) {
                found.add(each);
            }
        });
        return found;
    }

    private static void times(JsonNode conditions, JsonNode old, RequestScope scope) {
        String now = scope.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString();
        for (JsonNode each : conditions) {
            ObjectNode condition = (ObjectNode) each;
            if (condition.path("lastUpdateTime").asString("").isEmpty()) {
                condition.put("lastUpdateTime", now);
            }
            if (condition.path("lastTransitionTime").asString("").isEmpty()) {
                condition.put(
                        "lastTransitionTime", lastTransition(condition, old).orElse(now));
            }
        }
    }

    private static Optional<String> lastTransition(JsonNode condition, JsonNode old) {
        for (JsonNode before : old) {
            String time = before.path("lastTransitionTime").asString("");
            if (before.path("type").equals(condition.path("type"))
                    && before.path("status").equals(condition.path("status"))
                    && !time.isEmpty()) {
                return Optional.of(time);
            }
        }
        return Optional.empty();
    }

    @Override
    protected void validateStatus(ObjectNode request, ObjectNode old, List<FieldError> errors) {
        SigningRequestValidator.status(request, old, approves, errors);
    }

    @Override
    public Set<String> supportedFieldLabels() {
        return Set.of("metadata.name", "spec.signerName");
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode request) {
        return Map.of(
                "metadata.name",
                KubeObject.name(request),
                "spec.signerName",
                request.path("spec").path("signerName").asString(""));
    }
}
