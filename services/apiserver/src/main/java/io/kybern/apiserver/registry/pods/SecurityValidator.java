package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Paths;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Checks the security contexts of pods and containers. */
final class SecurityValidator {

    private static final List<String> PROFILES = List.of("Localhost", "RuntimeDefault", "Unconfined");
    private static final String PROFILE_PATH = "localhostProfile";
    private static final int MAX_PROFILE_PATH = 4095;
    private static final String SYSCTL_RULE = "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
    private static final Pattern SYSCTL = Pattern.compile(SYSCTL_RULE);
    private static final int SYSCTL_MAX = 253;

    /** The kernel's settings that each IPC namespace has for itself, besides those that begin with {@code fs.mqueue.}. */
    private static final Set<String> IPC = Set.of(
            "kernel.sem",
            "kernel.shmall",
            "kernel.shmmax",
            "kernel.shmmni",
            "kernel.shm_rmid_forced",
            "kernel.msgmax",
            "kernel.msgmnb",
            "kernel.msgmni");

    private SecurityValidator() {}

    /** The context of a pod as a whole; {@code field} is where the pod's spec is. */
    static void pod(JsonNode spec, FieldPath specField, List<FieldError> errors) {
        JsonNode context = spec.path("securityContext");
        FieldPath field = specField.child("securityContext");
        for (String id : List.of("fsGroup", "runAsUser", "runAsGroup")) {
            id(context.path(id), field.child(id), errors);
        }
        int index = 0;
        for (JsonNode group : context.path("supplementalGroups")) {
            id(group, field.child("supplementalGroups").index(index++), errors);
        }
        if (spec.path("hostPID").asBoolean(false)
                && spec.path("shareProcessNamespace").asBoolean(false)) {
            errors.add(FieldError.invalid(
                    field.child("shareProcessNamespace"),
                    true,
                    "ShareProcessNamespace and HostPID cannot both be enabled"));
        }
        sysctls(spec, field.child("sysctls"), errors);
        oneOf(context, "fsGroupChangePolicy", List.of("Always", "OnRootMismatch"), field, errors);
        seccomp(context.path("seccompProfile"), field.child("seccompProfile"), errors);
        WindowsValidator.options(context.path("windowsOptions"), field.child("windowsOptions"), errors);
        appArmor(context.path("appArmorProfile"), field.child("appArmorProfile"), errors);
        oneOf(context, "supplementalGroupsPolicy", List.of("Merge", "Strict"), field, errors);
        oneOf(context, "seLinuxChangePolicy", List.of("MountOption", "Recursive"), field, errors);
    }

    /** The empty text counts as given, and as not supported. */
    private static void oneOf(
            JsonNode object, String name, List<String> values, FieldPath field, List<FieldError> errors) {
        String value = object.path(name).asString("");
        if (object.has(name) && !values.contains(value)) {
            errors.add(FieldError.notSupported(field.child(name), value, values));
        }
    }

    private static void id(JsonNode id, FieldPath field, List<FieldError> errors) {
        if (id.isNumber() && (id.asLong() < 0 || id.asLong() > Integer.MAX_VALUE)) {
            errors.add(FieldError.invalid(field, id, "must be between 0 and 2147483647, inclusive"));
        }
    }

    private static void sysctls(JsonNode spec, FieldPath field, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode sysctl : spec.path("securityContext").path("sysctls")) {
            FieldPath name = field.index(index++).child("name");
            String value = sysctl.path("name").asString("");
            if (value.isEmpty()) {
                errors.add(FieldError.required(name, ""));
            } else if (value.length() > SYSCTL_MAX || !SYSCTL.matcher(value).matches()) {
                errors.add(FieldError.invalid(
                        name,
                        value,
                        "must have at most %d characters and match regex ^%s$".formatted(SYSCTL_MAX, SYSCTL_RULE)));
            } else if (!names.add(value)) {
                errors.add(FieldError.duplicate(name, value));
            }
            String dotted = dotted(value);
            if (spec.path("hostNetwork").asBoolean(false) && dotted.startsWith("net.")) {
                errors.add(FieldError.invalid(name, value, "may not be specified when 'hostNetwork' is true"));
            } else if (spec.path("hostIPC").asBoolean(false) && isOfIpc(dotted)) {
                errors.add(FieldError.invalid(name, value, "may not be specified when 'hostIPC' is true"));
            }
        }
    }

    /** Names may be written with slashes; then what is a dot there is a slash here. */
    private static String dotted(String name) {
        int separator = 0;
        while (separator < name.length() && "./".indexOf(name.charAt(separator)) < 0) {
            separator++;
        }
        if (separator == name.length() || name.charAt(separator) == '.') {
            return name;
        }
        StringBuilder dotted = new StringBuilder();
        name.chars().forEach(c -> dotted.append(c == '/' ? '.' : c == '.' ? '/' : (char) c));
        return dotted.toString();
    }

    private static boolean isOfIpc(String name) {
        return IPC.contains(name) || name.startsWith("fs.mqueue.");
    }

    /** @param ownUsers whether the pod has users of its own */
    static void container(JsonNode context, boolean ownUsers, FieldPath field, List<FieldError> errors) {
        id(context.path("runAsUser"), field.child("runAsUser"), errors);
        id(context.path("runAsGroup"), field.child("runAsGroup"), errors);
        oneOf(context, "procMount", List.of("Default", "Unmasked"), field, errors);
        if (!ownUsers && context.path("procMount").asString("").equals("Unmasked")) {
            errors.add(FieldError.invalid(
                    field.child("procMount"), "Unmasked", "`hostUsers` must be false to use `Unmasked`"));
        }
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
        WindowsValidator.options(context.path("windowsOptions"), field.child("windowsOptions"), errors);
        appArmor(context.path("appArmorProfile"), field.child("appArmorProfile"), errors);
    }

    private static void seccomp(JsonNode profile, FieldPath field, List<FieldError> errors) {
        if (profile.isMissingNode()) {
            return;
        }
        type(profile, "type is required when seccompProfile is set", field, errors);
        FieldPath path = field.child(PROFILE_PATH);
        if (profile.path("type").asString("").equals("Localhost")) {
            if (profile.has(PROFILE_PATH)) {
                Paths.descending(profile.path(PROFILE_PATH).asString(""), path, errors);
            } else {
                errors.add(FieldError.required(path, "must be set when seccomp type is Localhost"));
            }
        } else if (profile.has(PROFILE_PATH)) {
            errors.add(FieldError.invalid(path, profile, "can only be set when seccomp type is Localhost"));
        }
    }

    private static void type(JsonNode profile, String missing, FieldPath field, List<FieldError> errors) {
        String type = profile.path("type").asString("");
        if (type.isEmpty()) {
            errors.add(FieldError.required(field.child("type"), missing));
        } else if (!PROFILES.contains(type)) {
            errors.add(FieldError.notSupported(field.child("type"), type, PROFILES));
        }
    }

    private static void appArmor(JsonNode profile, FieldPath field, List<FieldError> errors) {
        if (profile.isMissingNode()) {
            return;
        }
        type(profile, "type is required when appArmorProfile is set", field, errors);
        FieldPath name = field.child(PROFILE_PATH);
        String value = profile.path(PROFILE_PATH).asString("");
        switch (profile.path("type").asString("")) {
            case "Localhost" -> {
                if (!value.equals(value.strip())) {
                    errors.add(FieldError.invalid(name, value, "must not be padded with whitespace"));
                } else if (value.isEmpty()) {
                    errors.add(FieldError.required(name, "must be set when AppArmor type is Localhost"));
                }
                if (value.length() > MAX_PROFILE_PATH) {
                    errors.add(FieldError.tooLong(name, MAX_PROFILE_PATH));
                }
            }
            case "RuntimeDefault", "Unconfined" -> {
                if (profile.has(PROFILE_PATH)) {
                    errors.add(FieldError.invalid(name, value, "can only be set when AppArmor type is Localhost"));
                }
            }
            default -> {
                // the type is at fault
            }
        }
    }
}
