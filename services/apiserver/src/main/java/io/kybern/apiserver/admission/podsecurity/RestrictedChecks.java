package io.kybern.apiserver.admission.podsecurity;

import static io.kybern.apiserver.admission.podsecurity.ReviewedPod.plural;
import static io.kybern.apiserver.admission.podsecurity.ReviewedPod.quoted;
import static io.kybern.apiserver.admission.podsecurity.ReviewedPod.setters;
import static io.kybern.apiserver.admission.podsecurity.ReviewedPod.several;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** The controls that the standard Restricted has besides; see "Pod Security Standards" in the Kubernetes documentation. */
final class RestrictedChecks {

    private static final Set<String> VOLUMES = Set.of(
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "image",
            "persistentVolumeClaim",
            "projected",
            "secret");
    private static final Set<String> CAPABILITIES = Set.of("NET_BIND_SERVICE");
    private static final int PRIVILEGE_ESCALATION = 8;
    /** Since then Windows is looked at as such, which has none of these. */
    private static final int WINDOWS = 25;

    private static final int OWN_USERS = 35;
    private static final int RUN_AS_USER = 23;

    private RestrictedChecks() {}

    private static boolean isPassedOver(ReviewedPod pod, int minor) {
        return minor >= WINDOWS && pod.isOnWindows();
    }

    static Optional<Violation> privilegeEscalation(ReviewedPod pod, int minor) {
        if (minor < PRIVILEGE_ESCALATION || isPassedOver(pod, minor)) {
            return Optional.empty();
        }
        return Check.of(
                "allowPrivilegeEscalation != false",
                setters(false, pod.securing(context -> context.path("allowPrivilegeEscalation")
                        .asBoolean(true))),
                "must set securityContext.allowPrivilegeEscalation=false");
    }

    static Optional<Violation> capabilities(ReviewedPod pod, int minor) {
        if (isPassedOver(pod, minor)) {
            return Optional.empty();
        }
        List<String> details = new ArrayList<>();
        List<String> keeping = pod.securing(context -> !dropsAll(context));
        if (!keeping.isEmpty()) {
            details.add(several("container", keeping) + " must set securityContext.capabilities.drop=[\"ALL\"]");
        }
        List<String> adding = pod.securing(
                context -> !BaselineChecks.added(context, CAPABILITIES).isEmpty());
        if (!adding.isEmpty()) {
            details.add("%s must not include %s in securityContext.capabilities.add"
                    .formatted(
                            several("container", adding),
                            quoted(pod.found(context -> BaselineChecks.added(context, CAPABILITIES)))));
        }
        return details.isEmpty()
                ? Optional.empty()
                : Optional.of(new Violation("unrestricted capabilities", String.join("; ", details)));
    }

    private static boolean dropsAll(JsonNode context) {
        for (JsonNode dropped : context.path("capabilities").path("drop")) {
            if (dropped.asString("").equals("ALL")) {
                return true;
            }
        }
        return false;
    }

    static Optional<Violation> volumes(ReviewedPod pod, int minor) {
        List<String> bad = new ArrayList<>();
        TreeSet<String> types = new TreeSet<>();
        for (JsonNode volume : pod.spec().path("volumes")) {
            Set<String> sources = volume.propertyNames().stream()
                    .filter(field -> !field.equals("name"))
                    .collect(Collectors.toSet());
            if (sources.stream().noneMatch(VOLUMES::contains)) {
                bad.add(ReviewedPod.name(volume));
                types.add(sources.stream().findFirst().orElse("unknown"));
            }
        }
        return bad.isEmpty()
                ? Optional.empty()
                : Optional.of(new Violation(
                        "restricted volume types",
                        "%s %s %s %s"
                                .formatted(
                                        several("volume", bad),
                                        bad.size() == 1 ? "uses" : "use",
                                        plural("restricted volume type", types.size()),
                                        quoted(types))));
    }

    static Optional<Violation> runAsNonRoot(ReviewedPod pod, int minor) {
        if (minor >= OWN_USERS && pod.hasOwnUsers()) {
            return Optional.empty();
        }
        Optional<Violation> explicit = Check.of(
                "runAsNonRoot != true",
                setters(isFalse(pod.security()), pod.securing(RestrictedChecks::isFalse)),
                "must not set securityContext.runAsNonRoot=false");
        if (explicit.isPresent() || pod.security().path("runAsNonRoot").asBoolean(false)) {
            return explicit;
        }
        List<String> silent =
                pod.securing(context -> !context.path("runAsNonRoot").isBoolean());
        return silent.isEmpty()
                ? Optional.empty()
                : Optional.of(new Violation(
                        "runAsNonRoot != true",
                        "pod or %s must set securityContext.runAsNonRoot=true"
                                .formatted(several("container", silent))));
    }

    private static boolean isFalse(JsonNode context) {
        return context.path("runAsNonRoot").isBoolean()
                && !context.path("runAsNonRoot").asBoolean();
    }

    static Optional<Violation> runAsUser(ReviewedPod pod, int minor) {
        if (minor < RUN_AS_USER || minor >= OWN_USERS && pod.hasOwnUsers()) {
            return Optional.empty();
        }
        return Check.of(
                "runAsUser=0",
                setters(isRoot(pod.security()), pod.securing(RestrictedChecks::isRoot)),
                "must not set runAsUser=0");
    }

    private static boolean isRoot(JsonNode context) {
        return context.path("runAsUser").isNumber() && context.path("runAsUser").asLong() == 0;
    }

    static Optional<Violation> seccomp(ReviewedPod pod, int minor) {
        if (isPassedOver(pod, minor)) {
            return Optional.empty();
        }
        Optional<Violation> explicit = BaselineChecks.badSeccomp(pod);
        if (explicit.isPresent() || pod.security().path("seccompProfile").isObject()) {
            return explicit;
        }
        List<String> silent =
                pod.securing(context -> !context.path("seccompProfile").isObject());
        return silent.isEmpty()
                ? Optional.empty()
                : Optional.of(new Violation(
                        "seccompProfile",
                        "pod or %s must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\""
                                .formatted(several("container", silent))));
    }
}
