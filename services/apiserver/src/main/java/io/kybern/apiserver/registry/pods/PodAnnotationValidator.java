package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Paths;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Checks the annotations of a pod that mean something to Kubernetes, some of them names of what are fields by now. */
final class PodAnnotationValidator {

    /** Marks the pod that stands for one which its node runs by itself. */
    static final String MIRROR = "kubernetes.io/config.mirror";

    /** Before the name of a container: the profile of AppArmor that confines it. */
    static final String APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

    /** The seccomp profile of a pod. */
    static final String SECCOMP = "seccomp.security.alpha.kubernetes.io/pod";

    /** Before the name of a container: its seccomp profile. */
    static final String SECCOMP_OF_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";

    private static final String DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
    private static final Pattern COST = Pattern.compile("0|-?[1-9][0-9]{0,9}|-0[0-9]{0,9}");
    private static final String LOCAL = "localhost/";
    private static final String RUNTIME = "runtime/default";
    private static final String DOCKER = "docker/default";
    private static final String UNCONFINED = "unconfined";

    private PodAnnotationValidator() {}

    static void validate(JsonNode annotations, JsonNode spec, FieldPath field, List<FieldError> errors) {
        Map<String, String> all = new TreeMap<>(Values.strings(annotations));
        String mirror = all.get(MIRROR);
        if (mirror != null && spec.path("nodeName").asString("").isEmpty()) {
            errors.add(FieldError.invalid(
                    field.key(MIRROR), mirror, "must set spec.nodeName if mirror pod annotation is set"));
        }
        String cost = all.get(DELETION_COST);
        if (cost != null && !isCost(cost)) {
            errors.add(FieldError.invalid(field.key(DELETION_COST), cost, "must be a 32bit integer"));
        }
        all.forEach((key, value) -> {
            if (key.equals(SECCOMP) || key.startsWith(SECCOMP_OF_CONTAINER)) {
                seccomp(value, field.child(key), errors);
            }
        });
        all.forEach((key, value) -> {
            if (key.startsWith(APPARMOR)) {
                appArmor(key, value, spec, field, errors);
            }
        });
    }

    private static boolean isCost(String text) {
        if (!COST.matcher(text).matches()) {
            return false;
        }
        long value = Long.parseLong(text);
        return value == (int) value;
    }

    private static void seccomp(String profile, FieldPath field, List<FieldError> errors) {
        if (profile.startsWith(LOCAL)) {
            Paths.descending(profile.substring(LOCAL.length()), field, errors);
        } else if (!List.of(RUNTIME, DOCKER, UNCONFINED).contains(profile)) {
            errors.add(FieldError.invalid(field, profile, "must be a valid seccomp profile"));
        }
    }

    private static void appArmor(String key, String profile, JsonNode spec, FieldPath field, List<FieldError> errors) {
        String container = key.substring(APPARMOR.length());
        boolean[] found = {false};
        PodContainers.each(
                spec,
                field,
                (each, path) -> found[0] |= each.path("name").asString("").equals(container));
        if (!found[0]) {
            errors.add(FieldError.invalid(field.key(key), container, "container not found"));
        }
        if (!profile.isEmpty()
                && !profile.equals(RUNTIME)
                && !profile.equals(UNCONFINED)
                && !profile.startsWith(LOCAL)) {
            errors.add(FieldError.invalid(
                    field.key(key), profile, "invalid AppArmor profile name: \"%s\"".formatted(profile)));
        }
    }

    /** Adds what of a change may not be. */
    static void change(JsonNode now, JsonNode before, FieldPath field, List<FieldError> errors) {
        new TreeMap<>(Values.strings(before)).forEach((key, value) -> {
            if (value.equals(now.path(key).asString(null))) {
                return;
            }
            if (key.startsWith(APPARMOR)) {
                errors.add(FieldError.forbidden(field.key(key), "may not remove or update AppArmor annotations"));
            }
            if (key.equals(MIRROR)) {
                errors.add(FieldError.forbidden(field.key(key), "may not remove or update mirror pod annotation"));
            }
        });
        new TreeMap<>(Values.strings(now)).forEach((key, value) -> {
            if (before.has(key)) {
                return;
            }
            if (key.startsWith(APPARMOR)) {
                errors.add(FieldError.forbidden(field.key(key), "may not add AppArmor annotations"));
            }
            if (key.equals(MIRROR)) {
                errors.add(FieldError.forbidden(field.key(key), "may not add mirror pod annotation"));
            }
        });
    }

    /** Annotations that say what fields say too must say the same. */
    static void match(JsonNode annotations, JsonNode spec, FieldPath field, List<FieldError> errors) {
        JsonNode context = spec.path("securityContext");
        String ofPod = annotations.path(SECCOMP).asString(null);
        if (ofPod != null) {
            FieldPath path = field.child("securityContext", "seccompProfile");
            same(ofPod, context.path("seccompProfile"), List.of(RUNTIME, DOCKER), "seccomp", path, errors);
        }
        PodContainers.each(spec, field, (container, path) -> {
            String name = container.path("name").asString("");
            String profile = annotations.path(SECCOMP_OF_CONTAINER + name).asString(null);
            if (profile != null) {
                JsonNode own = container.path("securityContext").path("seccompProfile");
                FieldPath at = path.child("securityContext", "seccompProfile");
                same(profile, own, List.of(RUNTIME, DOCKER), "seccomp", at, errors);
            }
        });
        if (WindowsValidator.isWindows(spec)) {
            return;
        }
        PodContainers.each(spec, field, (container, path) -> {
            String name = container.path("name").asString("");
            String profile = annotations.path(APPARMOR + name).asString(null);
            JsonNode own = container.path("securityContext").path("appArmorProfile");
            if (profile != null) {
                JsonNode wanted = own.isMissingNode() ? context.path("appArmorProfile") : own;
                FieldPath at = path.child("securityContext", "appArmorProfile");
                same(profile, wanted, List.of(RUNTIME), "apparmor", at, errors);
            }
        });
    }

    private static void same(
            String annotation,
            JsonNode profile,
            List<String> defaults,
            String what,
            FieldPath field,
            List<FieldError> errors) {
        boolean agree =
                switch (profile.path("type").asString("")) {
                    case "Unconfined" -> annotation.equals(UNCONFINED);
                    case "RuntimeDefault" -> defaults.contains(annotation);
                    case "Localhost" -> annotation.startsWith(LOCAL);
                    default -> true;
                };
        if (!agree) {
            errors.add(FieldError.forbidden(field.child("type"), what + " type in annotation and field must match"));
        } else if (profile.path("type").asString("").equals("Localhost")
                && !annotation
                        .substring(LOCAL.length())
                        .equals(profile.path("localhostProfile").asString(null))) {
            errors.add(FieldError.forbidden(
                    field.child("localhostProfile"), what + " profile in annotation and field must match"));
        }
    }
}
