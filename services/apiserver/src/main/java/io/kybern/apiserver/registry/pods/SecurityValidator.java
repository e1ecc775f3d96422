package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks the security contexts of pods and containers. */
final class SecurityValidator {

    private static final List<String> SECCOMP_TYPES = List.of("Localhost", "RuntimeDefault", "Unconfined");

    private SecurityValidator() {}

    static void container(JsonNode context, FieldPath field, List<FieldError> errors) {
        Values.notNegative(context, "runAsUser", field, errors);
        Values.notNegative(context, "runAsGroup", field, errors);
        Values.oneOf(context, "procMount", field, List.of("Default", "Unmasked"), false, errors);
        seccomp(context.path("seccompProfile"), field.child("seccompProfile"), errors);
        JsonNode escalation = context.path("allowPrivilegeEscalation");
        if (escalation.isBoolean() && !escalation.asBoolean()) {
            if (context.path("privileged").asBoolean(false)) {
                errors.add(FieldError.invalid(
                        field, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
            }
            for (JsonNode added : context.path("capabilities").path("add")) {
                if (added.asString("").equals("CAP_SYS_ADMIN")) {
                    errors.add(FieldError.invalid(
                            field,
                            context,
                            "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"));
                }
            }
        }
    }

    static void seccomp(JsonNode profile, FieldPath field, List<FieldError> errors) {
        if (profile.isMissingNode()) {
            return;
        }
        Values.oneOf(profile, "type", field, SECCOMP_TYPES, true, errors);
        boolean local = profile.path("type").asString("").equals("Localhost");
        if (local && profile.path("localhostProfile").asString("").isEmpty()) {
            errors.add(
                    FieldError.required(field.child("localhostProfile"), "must be set when seccomp type is Localhost"));
        } else if (!local && profile.has("localhostProfile")) {
            errors.add(FieldError.invalid(
                    field.child("localhostProfile"),
                    profile.path("localhostProfile"),
                    "can only be set when seccomp type is Localhost"));
        }
    }
}
