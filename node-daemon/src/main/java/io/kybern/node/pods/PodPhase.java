package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
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
        Map<String, ContainerStatus> initByName =
                inits.stream().collect(Collectors.toMap(ContainerStatus::getName, Function.identity()));
        for (Container init : Specs.initContainers(pod)) {
            ContainerStatus status = initByName.get(init.getName());
            if (status == null || Specs.isSidecar(init)) {
                continue;
            }
            boolean failed = ended(status) && exitCode(status) != 0;
            if (failed && (over || !RestartRules.restarts(pod, init, exitCode(status)))) {
                return FAILED;
            }
        }
        if (!initialized(pod, initByName, apps)) {
            return over ? FAILED : PENDING;
        }
        int waiting = 0;
        int running = 0;
        int stopped = 0;
        int succeeded = 0;
        for (ContainerStatus status : apps) {
            ContainerState state = status.getState();
            if (state != null && state.getRunning() != null) {
                running++;
            } else if (state != null && state.getTerminated() != null) {
                stopped++;
                succeeded += exitCode(status) == 0 ? 1 : 0;
            } else if (status.getLastState() != null && status.getLastState().getTerminated() != null) {
                stopped++;
            } else {
                waiting++;
            }
        }
        if (over) {
            return stopped == apps.size() && succeeded == apps.size() ? SUCCEEDED : FAILED;
        }
        if (waiting > 0) {
            return stopped > 0 ? RUNNING : PENDING;
        }
        return RUNNING;
    }

    private static boolean initialized(Pod pod, Map<String, ContainerStatus> inits, List<ContainerStatus> apps) {
        boolean appSeen = apps.stream().anyMatch(s -> s.getContainerID() != null);
        if (appSeen) {
            return true;
        }
        for (Container init : Specs.initContainers(pod)) {
            ContainerStatus status = inits.get(init.getName());
            boolean done = status != null
                    && (Specs.isSidecar(init)
                            ? Boolean.TRUE.equals(status.getStarted())
                            : ended(status) && exitCode(status) == 0);
            if (!done) {
                return false;
            }
        }
        return true;
    }

    private static boolean ended(ContainerStatus status) {
        return status.getState() != null && status.getState().getTerminated() != null;
    }

    private static int exitCode(ContainerStatus status) {
        Integer code = status.getState().getTerminated().getExitCode();
        return code == null ? 0 : code;
    }
}
