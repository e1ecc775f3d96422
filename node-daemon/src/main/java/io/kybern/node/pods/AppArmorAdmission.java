package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.AppArmorProfile;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Refuses pods that want to be confined by AppArmor where that cannot be had. See <a
 * href="https://kubernetes.io/docs/tutorials/security/apparmor/">AppArmor</a>. Pure.
 */
final class AppArmorAdmission {

    private AppArmorAdmission() {}

    /** @param enabled whether the machine has AppArmor */
    static Optional<PodRecord.FailureVerdict> judge(Pod pod, boolean enabled) {
        var podContext = pod.getSpec().getSecurityContext();
        @Nullable AppArmorProfile ofPod = podContext == null ? null : podContext.getAppArmorProfile();
        List<String> types = Stream.concat(Specs.allContainers(pod).stream(), Specs.ephemeralContainers(pod).stream())
                .map(c ->
                        c.getSecurityContext() == null || c.getSecurityContext().getAppArmorProfile() == null
                                ? Optional.ofNullable(ofPod)
                                : Optional.of(c.getSecurityContext().getAppArmorProfile()))
                .flatMap(Optional::stream)
                .map(AppArmorProfile::getType)
                .toList();
        if (!enabled && types.stream().anyMatch(type -> !"Unconfined".equals(type))) {
            return refused("AppArmor is not enabled on the host");
        }
        // a pod must not run with less than it believes to have
        return types.contains("Localhost")
                ? refused("profiles of the host are not supported on this node")
                : Optional.empty();
    }

    private static Optional<PodRecord.FailureVerdict> refused(String why) {
        return Optional.of(new PodRecord.FailureVerdict("AppArmor", "Cannot enforce AppArmor: " + why));
    }
}
