package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Checks the operating system that a pod is for: each has fields that the other does not know. */
final class WindowsValidator {

    private static final String NOT_ON_WINDOWS = "cannot be set for a windows pod";
    private static final String NOT_ON_LINUX = "windows options cannot be set for a linux pod";
    private static final String OPTIONS = "windowsOptions";
    private static final String USER = "runAsUserName";
    private static final List<String> SYSTEMS = List.of("linux", "windows");
    private static final int MAX_CREDENTIALS = 64 * 1024;
    private static final int MAX_DOMAIN = 256;
    private static final int MAX_USER = 104;
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
    private static final Pattern NETBIOS = Pattern.compile("[^\\\\/:*?\"<>|.][^\\\\/:*?\"<>|]{0,14}");
    private static final Pattern DNS = Pattern.compile(
            "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*");
    private static final Pattern NOT_IN_NAMES = Pattern.compile("[\"/\\\\:;|=,+*?<>@\\[\\]]");
    private static final Pattern DOTS = Pattern.compile("[. ]+");

    /** What a Windows pod has not, in the order in which it is looked for; these three are fields of the spec. */
    private static final List<String> OF_SPEC = List.of("hostUsers", "hostPID", "hostIPC");

    private static final List<String> OF_CONTAINER = List.of(
            "appArmorProfile",
            "seLinuxOptions",
            "seccompProfile",
            "capabilities",
            "readOnlyRootFilesystem",
            "privileged",
            "allowPrivilegeEscalation",
            "procMount",
            "runAsUser",
            "runAsGroup");

    private WindowsValidator() {}

    static boolean isWindows(JsonNode spec) {
        return spec.path("os").path("name").asString("").equals("windows");
    }

    static void system(JsonNode spec, FieldPath field, List<FieldError> errors) {
        if (!spec.path("os").isObject()) {
            return;
        }
        String name = spec.path("os").path("name").asString("");
        if (name.isEmpty()) {
            errors.add(FieldError.required(field.child("os", "name"), "cannot be empty"));
        } else if (!SYSTEMS.contains(name)) {
            errors.add(FieldError.notSupported(field.child("os"), name, SYSTEMS));
        } else if (name.equals("linux")) {
            linux(spec, field, errors);
        } else {
            windows(spec, field, errors);
        }
    }

    private static void linux(JsonNode spec, FieldPath field, List<FieldError> errors) {
        if (spec.path("securityContext").has(OPTIONS)) {
            errors.add(FieldError.forbidden(field.child("securityContext", OPTIONS), NOT_ON_LINUX));
        }
        PodContainers.each(spec, field, (container, path) -> {
            if (container.path("securityContext").has(OPTIONS)) {
                errors.add(FieldError.forbidden(path.child("securityContext", OPTIONS), NOT_ON_LINUX));
            }
        });
    }

    private static void windows(JsonNode spec, FieldPath field, List<FieldError> errors) {
        JsonNode context = spec.path("securityContext");
        FieldPath contextField = field.child("securityContext");
        none(context, contextField, List.of("appArmorProfile", "seLinuxOptions"), errors);
        for (String shared : OF_SPEC) {
            // false counts as not set, except where it means that the pod has users of its own
            if (spec.has(shared)
                    && (shared.equals("hostUsers") || spec.path(shared).asBoolean(false))) {
                errors.add(FieldError.forbidden(field.child(shared), NOT_ON_WINDOWS));
            }
        }
        none(context, contextField, List.of("seccompProfile", "fsGroup", "fsGroupChangePolicy"), errors);
        if (!context.path("sysctls").isEmpty()) {
            errors.add(FieldError.forbidden(contextField.child("sysctls"), NOT_ON_WINDOWS));
        }
        none(spec, field, List.of("shareProcessNamespace"), errors);
        none(
                context,
                contextField,
                List.of(
                        "runAsUser",
                        "runAsGroup",
                        "supplementalGroups",
                        "supplementalGroupsPolicy",
                        "seLinuxChangePolicy"),
                errors);
        PodContainers.each(
                spec,
                field,
                (container, path) ->
                        none(container.path("securityContext"), path.child("securityContext"), OF_CONTAINER, errors));
    }

    private static void none(JsonNode object, FieldPath field, List<String> names, List<FieldError> errors) {
        for (String name : names) {
            if (object.has(name)) {
                errors.add(FieldError.forbidden(field.child(name), NOT_ON_WINDOWS));
            }
        }
    }

    /** Containers that are processes of their host: all of a pod are, or none. */
    static void hostProcesses(JsonNode spec, FieldPath field, List<FieldError> errors) {
        JsonNode ofPod = spec.path("securityContext").path(OPTIONS).path("hostProcess");
        int[] counts = {0, 0};
        PodContainers.each(spec, field, (container, path) -> {
            JsonNode own = container.path("securityContext").path(OPTIONS).path("hostProcess");
            if (ofPod.isBoolean() && own.isBoolean() && ofPod.asBoolean() != own.asBoolean()) {
                errors.add(FieldError.invalid(
                        path.child("securityContext", OPTIONS).child("hostProcess"),
                        own,
                        "pod hostProcess value must be identical if both are specified, was " + ofPod.asBoolean()));
            }
            counts[0]++;
            counts[1] += (own.isBoolean() ? own : ofPod).asBoolean(false) ? 1 : 0;
        });
        if (counts[1] == 0) {
            return;
        }
        if (counts[1] != counts[0]) {
            errors.add(FieldError.invalid(
                    field,
                    "",
                    "If pod contains any hostProcess containers then all containers must be HostProcess containers"));
        }
        if (!spec.path("hostNetwork").asBoolean(false)) {
            errors.add(FieldError.invalid(
                    field.child("hostNetwork"),
                    false,
                    "hostNetwork must be true if pod contains any hostProcess containers"));
        }
    }

    /** Checks what a security context says for Windows. */
    static void options(JsonNode options, FieldPath field, List<FieldError> errors) {
        if (options.has("gmsaCredentialSpecName")) {
            String name = options.path("gmsaCredentialSpecName").asString("");
            Names.dns1123Subdomain(name)
                    .forEach(fault ->
                            errors.add(FieldError.invalid(field.child("gmsaCredentialSpecName"), name, fault)));
        }
        if (options.has("gmsaCredentialSpec")) {
            String credentials = options.path("gmsaCredentialSpec").asString("");
            if (credentials.isEmpty()) {
                errors.add(FieldError.invalid(
                        field.child("gmsaCredentialSpec"),
                        credentials,
                        "gmsaCredentialSpec cannot be an empty string"));
            } else if (credentials.length() > MAX_CREDENTIALS) {
                errors.add(FieldError.invalid(
                        field.child("gmsaCredentialSpec"),
                        credentials,
                        "gmsaCredentialSpec size must be under 64 KiB"));
            }
        }
        if (options.has(USER)) {
            String user = options.path(USER).asString("");
            userFault(user, fault -> errors.add(FieldError.invalid(field.child(USER), user, USER + fault)));
        }
    }

    private static void userFault(String name, Consumer<String> faults) {
        String[] parts = name.split("\\\\", -1);
        if (name.isEmpty()) {
            faults.accept(" cannot be an empty string");
        } else if (CONTROL.matcher(name).find()) {
            faults.accept(" cannot contain control characters");
        } else if (parts.length > 2) {
            faults.accept(" cannot contain more than one backslash");
        } else {
            if (parts.length == 2 && parts[0].length() >= MAX_DOMAIN) {
                faults.accept("'s Domain length must be under 256 characters");
            }
            if (parts.length == 2
                    && !NETBIOS.matcher(parts[0]).matches()
                    && !DNS.matcher(parts[0]).matches()) {
                faults.accept("'s Domain doesn't match the NetBios nor the DNS format");
            }
            String user = parts[parts.length - 1];
            if (user.isEmpty()) {
                faults.accept("'s User cannot be empty");
            } else if (user.length() > MAX_USER) {
                faults.accept("'s User length must not be longer than 104 characters");
            }
            if (DOTS.matcher(user).matches()) {
                faults.accept("'s User cannot contain only periods or spaces");
            }
            if (NOT_IN_NAMES.matcher(user).find()) {
                faults.accept("'s User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
            }
        }
    }
}
