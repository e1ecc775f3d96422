package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.AppArmorProfile;
import io.fabric8.kubernetes.api.model.AppArmorProfileBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.SecurityContext;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which profiles confine a container: those of its own security context, else those of the pod's. */
final class Confinement {

    /** How AppArmor was asked for before there were fields for it. */
    private static final String ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";

    private static final String UNCONFINED = "unconfined";

    private Confinement() {}

    /** What the engine is told about system calls: a profile, or that there is none; null for its own. */
    static @Nullable String seccomp(Pod pod, Container container, HostProfiles profiles) throws ContainerFailure {
        SecurityContext own = container.getSecurityContext();
        PodSecurityContext ofPod = pod.getSpec().getSecurityContext();
        SeccompProfile profile = own == null ? null : own.getSeccompProfile();
        if (profile == null && ofPod != null) {
            profile = ofPod.getSeccompProfile();
        }
        if (profile == null) {
            // as kubelets do unless they are told otherwise by seccompDefault
            return UNCONFINED;
        }
        return switch (profile.getType()) {
            case "Unconfined" -> UNCONFINED;
            case "Localhost" ->
                profiles.seccomp(container.getName(), Objects.requireNonNullElse(profile.getLocalhostProfile(), ""));
            default -> null;
        };
    }

    /** What the engine is told about AppArmor: a profile, or that there is none; null for its own. */
    static @Nullable String appArmor(Pod pod, Container container, HostProfiles profiles) throws ContainerFailure {
        Optional<AppArmorProfile> profile = appArmor(pod, container);
        if (profile.isEmpty() || !profiles.appArmorEnabled()) {
            return null;
        }
        switch (profile.get().getType()) {
            case "Unconfined" -> {
                return UNCONFINED;
            }
            case "Localhost" -> {
                String name = Objects.requireNonNullElse(profile.get().getLocalhostProfile(), "");
                profiles.checkAppArmor(name);
                return name;
            }
            default -> {
                return null;
            }
        }
    }

    /** What a container wants of AppArmor; empty if it says nothing. */
    static Optional<AppArmorProfile> appArmor(Pod pod, Container container) {
        SecurityContext own = container.getSecurityContext();
        if (own != null && own.getAppArmorProfile() != null) {
            return Optional.of(own.getAppArmorProfile());
        }
        Map<String, String> annotations =
                Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.<String, String>of());
        String annotation = annotations.get(ANNOTATION + container.getName());
        if (annotation != null) {
            return Optional.of(annotated(annotation));
        }
        PodSecurityContext ofPod = pod.getSpec().getSecurityContext();
        return Optional.ofNullable(ofPod == null ? null : ofPod.getAppArmorProfile());
    }

    private static AppArmorProfile annotated(String value) {
        AppArmorProfileBuilder profile = new AppArmorProfileBuilder();
        if (value.startsWith("localhost/")) {
            return profile.withType("Localhost")
                    .withLocalhostProfile(value.substring("localhost/".length()))
                    .build();
        }
        return profile.withType(value.equals(UNCONFINED) ? "Unconfined" : "RuntimeDefault")
                .build();
    }
}
