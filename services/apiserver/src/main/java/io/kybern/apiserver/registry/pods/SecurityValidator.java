package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks the security contexts of pods and containers. */
final class SecurityValidator {

    private static final List<String> SECCOMP_TYPES = List.of("Localhost", "RuntimeDefault", "Unconfined");

    private static final List<String> APPARMOR_TYPES = List.of("Localhost", "RuntimeDefault", "Unconfined");

    private SecurityValidator() {}

    /** @param ownUsers whether the pod has users of its own */
    static void container(JsonNode context, boolean ownUsers, FieldPath field, List<FieldError> errors) {
        Values.notNegative(context, "runAsUser", field, errors);
        Values.notNegative(context, "runAsGroup", field, errors);
        Values.oneOf(context, "procMount", field, List.of("Default", "Unmasked"), false, errors);
        if (!ownUsers && context.path("procMount").asString("").equals("Unmasked")) {
            errors.add(FieldError.invalid(
                    field.child("procMount"), "Unmasked", "`hostUsers` must be false to use `Unmasked`"));
        }
        profiles(context, field, errors);
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

    /** Checks by which profiles a pod or a container is to be confined. */
    static void profiles(JsonNode context, FieldPath field, List<FieldError> errors) {
        seccomp(context.path("seccompProfile"), field.child("seccompProfile"), errors);
        appArmor(context.path("appArmorProfile"), field.child("appArmorProfile"), errors);
    }

    private static void seccomp(JsonNode profile, FieldPath field, List<FieldError> errors) {
        if (profile.isMissingNode()) {
            return;
        }
        Values.oneOf(profile, "type", field, SECCOMP_TYPES, true, errors);
        boolean local = profile.path("type").asString("").equals("Localhost");
        String file = profile.path("localhostProfile").asString("");
        if (local && file.isEmpty()) {
            errors.add(
                    FieldError.required(field.child("localhostProfile"), "must be set when seccomp type is Localhost"));
        } else if (local) {
            if (file.startsWith("/")) {
                errors.add(FieldError.invalid(field.child("localhostProfile"), file, "must be a relative path"));
            }
            if (List.of(file.split("/")).contains("..")) {
                errors.add(FieldError.invalid(field.child("localhostProfile"), file, "must not contain '..'"));
            }
        } else if (profile.has("localhostProfile")) {
            errors.add(FieldError.invalid(
                    field.child("localhostProfile"),
                    profile.path("localhostProfile"),
                    "can only be set when seccomp type is Localhost"));
        }
    }

    private static void appArmor(JsonNode profile, FieldPath field, List<FieldError> errors) {
        if (profile.isMissingNode()) {
            return;
        }
        String type = profile.path("type").asString("");
        FieldPath name = field.child("localhostProfile");
        String value = profile.path("localhostProfile").asString("");
        if (type.isEmpty()) {
            errors.add(FieldError.required(field.child("type"), "type is required when appArmorProfile is set"));
        } else if (!APPARMOR_TYPES.contains(type)) {
            errors.add(FieldError.notSupported(field.child("type"), type, APPARMOR_TYPES));
        } else if (!type.equals("Localhost")) {
            if (profile.has("localhostProfile")) {
                errors.add(FieldError.invalid(name, value, "can only be set when AppArmor type is Localhost"));
            }
        } else if (value.isEmpty()) {
            errors.add(FieldError.required(name, "must be set when AppArmor type is Localhost"));
        } else if (!value.equals(value.strip())) {
            errors.add(FieldError.invalid(name, value, "must not be padded with whitespace"));
        }
    }
}
