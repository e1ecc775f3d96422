package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A pod's phase from its containers' states. Pure. See <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase">pod phase</a>.
 */
final class PodPhase {

    static final String PENDING = "Pending";
    static final String RUNNING = "Running";
    static final String SUCCEEDED = "Succeeded";
    static final String FAILED = "Failed";

    private PodPhase() {}

    /** The phase; {@code over} says that nothing runs and nothing will be started again. */
    static String of(Pod pod, List<ContainerStatus> inits, List<ContainerStatus> apps, boolean over) {
        Map<String, ContainerStatus> byName =
                inits.stream().collect(Collectors.toMap(ContainerStatus::getName, Function.identity()));
        boolean initializes = false;
        int waiting = 0;
        for (Container init : Specs.initContainers(pod)) {
            ContainerStatus status = byName.get(init.getName());
            if (Specs.isSidecar(init)) {
                waiting += status == null || waits(status) && !endedBefore(status) ? 1 : 0;
            } else if (status == null || !ended(status) && !completedBefore(status)) {
                initializes = true;
            } else if (ended(status) && exitCode(status) != 0) {
                if (over || !RestartRules.restarts(pod, init, exitCode(status))) {
                    return FAILED;
                }
                initializes = true;
            }
        }
        int stopped = 0;
        int succeeded = 0;
        for (ContainerStatus status : apps) {
            if (ended(status)) {
                stopped++;
                succeeded += exitCode(status) == 0 ? 1 : 0;
            } else if (waits(status)) {
                waiting += endedBefore(status) ? 0 : 1;
            }
        }
        if (over) {
            return stopped == apps.size() && succeeded == apps.size() ? SUCCEEDED : FAILED;
        }
        return initializes || waiting > 0 ? PENDING : RUNNING;
    }

    private static boolean waits(ContainerStatus status) {
        return !ended(status) && (status.getState() == null || status.getState().getRunning() == null);
    }

    private static boolean endedBefore(ContainerStatus status) {
        return status.getLastState() != null && status.getLastState().getTerminated() != null;
    }

    /** It waits to be run once more after it had done its work. */
    private static boolean completedBefore(ContainerStatus status) {
        return waits(status)
                && endedBefore(status)
                && Integer.valueOf(0)
                        .equals(status.getLastState().getTerminated().getExitCode());
    }

    private static boolean ended(ContainerStatus status) {
        return status.getState() != null && status.getState().getTerminated() != null;
    }

    private static int exitCode(ContainerStatus status) {
        Integer code = status.getState().getTerminated().getExitCode();
        return code == null ? 0 : code;
    }
}
