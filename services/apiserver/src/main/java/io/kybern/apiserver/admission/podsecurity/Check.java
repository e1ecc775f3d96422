package io.kybern.apiserver.admission.podsecurity;

import java.util.Optional;

/** One control of a standard. */
@FunctionalInterface
interface Check {

    /**
     * Looks for what the control does not allow.
     *
     * @param minor the version of Kubernetes whose standard is asked for
     */
    Optional<Violation> find(ReviewedPod pod, int minor);

    /** A violation if somebody is there who commits it. */
    static Optional<Violation> of(String reason, String who, String does) {
        return who.isEmpty() ? Optional.empty() : Optional.of(new Violation(reason, who + " " + does));
    }
}
