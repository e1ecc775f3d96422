package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Refuses pods that want to be confined by AppArmor where that cannot be had. See <a
 * href="https://kubernetes.io/docs/tutorials/security/apparmor/">AppArmor</a>. Pure.
 */
final class AppArmorAdmission {

    private AppArmorAdmission() {}

    /** @param enabled whether the machine has AppArmor */
    static Optional<PodRecord.FailureVerdict> judge(Pod pod, boolean enabled) {
        boolean wanted = Stream.concat(Specs.allContainers(pod).stream(), Specs.ephemeralContainers(pod).stream())
                .map(container -> Confinement.appArmor(pod, container))
                .flatMap(Optional::stream)
                .anyMatch(profile -> !"Unconfined".equals(profile.getType()));
        // a pod must not run with less than it believes to have
        return enabled || !wanted
                ? Optional.empty()
                : Optional.of(new PodRecord.FailureVerdict(
                        "AppArmor", "Cannot enforce AppArmor: AppArmor is not enabled on the host"));
    }
}
