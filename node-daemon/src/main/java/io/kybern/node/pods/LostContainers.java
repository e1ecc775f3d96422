package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;

/**
 * What is said of the containers of a pod that is over, of which nobody knows how they ended: in a pod that got past its init
 * containers each counts as failed, so that no pod is over whose containers still wait. Pure. See <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination">pod termination</a>.
 */
record LostContainers(List<ContainerStatus> inits, List<ContainerStatus> apps) {

    LostContainers {
        inits = List.copyOf(inits);
        apps = List.copyOf(apps);
    }

    static LostContainers of(Pod pod, List<ContainerStatus> inits, List<ContainerStatus> apps) {
        List<ContainerStatus> outInits = new ArrayList<>(inits);
        int started = lastStarted(inits);
        for (int i = 0; i <= started; i++) {
            outInits.set(i, lost(inits.get(i)));
        }
        List<ContainerStatus> outApps = initialized(pod, inits, apps)
                ? apps.stream().map(LostContainers::lost).toList()
                : apps;
        return new LostContainers(outInits, outApps);
    }

    /** The same container as one that failed, unless it is known how it ended. */
    static ContainerStatus lost(ContainerStatus status) {
        if (status.getState() != null && status.getState().getTerminated() != null) {
            return status;
        }
        return new ContainerStatusBuilder(status)
                .withReady(false)
                .withStarted(false)
                .withState(new ContainerStateBuilder()
                        .withNewTerminated()
                        .withExitCode(137)
                        .withReason("ContainerStatusUnknown")
                        .withMessage("The container could not be located when the pod was terminated")
                        .endTerminated()
                        .build())
                .build();
    }

    /** Whether it ended well. */
    static boolean completed(ContainerStatus status) {
        return status.getState() != null
                && status.getState().getTerminated() != null
                && Integer.valueOf(0).equals(status.getState().getTerminated().getExitCode());
    }

    private static int lastStarted(List<ContainerStatus> inits) {
        for (int i = inits.size() - 1; i >= 0; i--) {
            if (everStarted(inits.get(i))) {
                return i;
            }
        }
        return -1;
    }

    private static boolean everStarted(ContainerStatus status) {
        boolean waits = status.getState() == null || status.getState().getWaiting() != null;
        return !waits || status.getLastState() != null && status.getLastState().getTerminated() != null;
    }

    private static boolean initialized(Pod pod, List<ContainerStatus> inits, List<ContainerStatus> apps) {
        List<Container> specs = Specs.initContainers(pod);
        if (specs.isEmpty() || apps.stream().anyMatch(LostContainers::everStarted)) {
            return true;
        }
        ContainerStatus last = inits.getLast();
        return Specs.isSidecar(specs.getLast()) ? Boolean.TRUE.equals(last.getStarted()) : completed(last);
    }
}
