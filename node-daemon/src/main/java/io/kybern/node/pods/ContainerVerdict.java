package io.kybern.node.pods;

import org.jspecify.annotations.Nullable;

/**
 * What the probes say about one running instance of a container.
 *
 * @param started its startup probe succeeded, or there is none
 * @param ready its readiness probe succeeds, or there is none
 * @param failed the probe that wants it restarted: {@code liveness} or {@code startup}; null if none does
 * @param graceSeconds how long the failed probe lets it end; negative for the pod's own setting
 */
record ContainerVerdict(
        boolean started, boolean ready, @Nullable String failed, long graceSeconds) {

    /** A container without probes. */
    static ContainerVerdict fine() {
        return new ContainerVerdict(true, true, null, -1);
    }
}
