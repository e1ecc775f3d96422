package io.kybern.apiserver.registry.aggregation;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.NameRule;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.extensions.Conditions;
import io.kybern.apiserver.registry.extensions.Conditions.Condition;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** APIServices: which server serves a version of a group; see "Kubernetes API Aggregation Layer". */
public final class ApiServiceStrategy extends GenericStrategy {

    /** What is said of an API that this server serves itself. */
    public static final Condition LOCAL =
            new Condition("Available", "True", "Local", "Local APIServices are always available");

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final int HTTPS_PORT = 443;
    private static final int MAX_GROUP_PRIORITY = 20_000;
    private static final int MAX_VERSION_PRIORITY = 1000;

    /** The APIServices of the API. */
    public ApiServiceStrategy(ResourceType type, TableShape table) {
        super(type, table, NameRule.PATH_SEGMENT);
    }

    @Override
    protected boolean allowsAnyFinalizer() {
        return true;
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    @Override
    public void applyDefaults(ObjectNode object) {
        if (object.path("spec").path("service") instanceof ObjectNode service && !service.has("port")) {
            service.put("port", HTTPS_PORT);
        }
    }

    @Override
    public void prepareForCreate(ObjectNode object, RequestScope scope) {
        super.prepareForCreate(object, scope);
        if (!object.path("spec").path("service").isObject()) {
            Conditions.set(object, LOCAL, scope.clock().instant());
        }
    }

    @Override
    protected void validate(ObjectNode object, List<FieldError> errors) {
        JsonNode spec = object.path("spec");
        String group = spec.path("group").asString("");
        String version = spec.path("version").asString("");
        String name = KubeObject.name(object);
        String required = version + "." + group;
        if (!name.equals(required)) {
            errors.add(FieldError.invalid(
                    FieldPath.of("metadata", "name"),
                    name,
                    "must be `spec.version+\".\"+spec.group`: \"%s\"".formatted(required)));
        }
        if (group.isEmpty() && !version.equals("v1")) {
            errors.add(FieldError.required(
                    SPEC.child("group"), "only v1 may have an empty group and it better be legacy kube"));
        }
        if (!group.isEmpty()) {
            Names.dns1123Subdomain(group)
                    .forEach(fault -> errors.add(FieldError.invalid(SPEC.child("group"), group, fault)));
        }
        Names.dns1035Label(version)
                .forEach(fault -> errors.add(FieldError.invalid(SPEC.child("version"), version, fault)));
        priority(spec, "groupPriorityMinimum", MAX_GROUP_PRIORITY, errors);
        priority(spec, "versionPriority", MAX_VERSION_PRIORITY, errors);
        if (spec.path("service").isObject()) {
            remote(spec, errors);
        } else {
            local(spec, errors);
        }
    }

    private static void priority(JsonNode spec, String field, int most, List<FieldError> errors) {
        long value = spec.path(field).asLong(0);
        if (value <= 0 || value > most) {
            errors.add(
                    FieldError.invalid(SPEC.child(field), value, "must be positive and less than %d".formatted(most)));
        }
    }

    private static void remote(JsonNode spec, List<FieldError> errors) {
        FieldPath path = SPEC.child("service");
        for (String field : List.of("namespace", "name")) {
            if (spec.path("service").path(field).asString("").isEmpty()) {
                errors.add(FieldError.required(path.child(field), ""));
            }
        }
        boolean skips = spec.path("insecureSkipTLSVerify").asBoolean(false);
        if (skips && !spec.path("caBundle").asString("").isEmpty()) {
            errors.add(FieldError.invalid(
                    SPEC.child("insecureSkipTLSVerify"), true, "may not be true if caBundle is present"));
        }
    }

    private static void local(JsonNode spec, List<FieldError> errors) {
        String bundle = spec.path("caBundle").asString("");
        if (!bundle.isEmpty()) {
            errors.add(FieldError.invalid(
                    SPEC.child("caBundle"),
                    "%d bytes".formatted(Base64.getMimeDecoder().decode(bundle).length),
                    "local APIServices may not have a caBundle"));
        }
        if (spec.path("insecureSkipTLSVerify").asBoolean(false)) {
            errors.add(FieldError.invalid(
                    SPEC.child("insecureSkipTLSVerify"), true, "local APIServices may not have insecureSkipTLSVerify"));
        }
    }
}
