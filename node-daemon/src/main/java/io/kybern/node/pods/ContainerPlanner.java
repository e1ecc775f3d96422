package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compares a pod's spec with what the engine shows and says what is missing. Pure: the same input gives the same plan.
 * Init containers and sidecars as in <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/init-containers/">init containers</a> and <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/">sidecar containers</a>.
 */
final class ContainerPlanner {

    private final Pod pod;
    private final ObservedPod observed;
    private final Function<ObservedContainer, ContainerVerdict> verdicts;
    private final RestartBackOff backOff;
    private final Instant now;
    private final int round;
    private final List<ContainerAction> actions = new ArrayList<>();
    private final Map<String, RestartBackOff.Wait> waits = new HashMap<>();
    private boolean over;

    private ContainerPlanner(
            Pod pod,
            ObservedPod observed,
            Function<ObservedContainer, ContainerVerdict> verdicts,
            RestartBackOff backOff,
            Instant now) {
        this.pod = pod;
        this.observed = observed;
        this.verdicts = verdicts;
        this.backOff = backOff;
        this.now = now;
        this.round = RestartRounds.now(pod, observed);
    }

    static Plan plan(
            Pod pod,
            ObservedPod observed,
            Function<ObservedContainer, ContainerVerdict> verdicts,
            RestartBackOff backOff,
            Instant now) {
        ContainerPlanner planner = new ContainerPlanner(pod, observed, verdicts, backOff, now);
        planner.run();
        return new Plan(planner.actions, planner.waits, planner.over, planner.wakeAt());
    }

    private @Nullable Instant wakeAt() {
        return waits.values().stream()
                .map(RestartBackOff.Wait::until)
                .min(Instant::compareTo)
                .orElse(null);
    }

    private void run() {
        if (observed.sandbox().isEmpty()) {
            withoutSandbox();
            return;
        }
        ephemeralContainers();
        if (ofEarlierRounds()) {
            return;
        }
        boolean initialized =
                pod.getSpec().getContainers().stream().anyMatch(c -> current(c).isPresent());
        if (initContainers(initialized)) {
            appContainers();
        }
    }

    /** Ends what runs of an earlier round; whether anything did. */
    private boolean ofEarlierRounds() {
        List<ObservedContainer> left = observed.running().stream()
                .filter(c -> c.kind() != ContainerKind.EPHEMERAL && c.round() < round)
                .toList();
        left.forEach(c -> stop(c, "Stopping container " + c.name(), 0));
        return !left.isEmpty();
    }

    private Optional<ObservedContainer> current(Container container) {
        return observed.current(container.getName()).filter(c -> c.round() == round);
    }

    /** Each is started once, whatever the others do. */
    private void ephemeralContainers() {
        for (Container container : Specs.ephemeralContainers(pod)) {
            if (observed.latest(container.getName()).isEmpty()) {
                actions.add(new ContainerAction.StartContainer(container, ContainerKind.EPHEMERAL, 0, 0));
            }
        }
    }

    private void withoutSandbox() {
        List<ObservedContainer> running = observed.running();
        if (!running.isEmpty()) {
            for (ObservedContainer c : running) {
                actions.add(new ContainerAction.StopContainer(
                        c, "Pod sandbox changed, it will be killed and re-created.", -1));
            }
            return;
        }
        boolean everStarted =
                !observed.sandboxes().isEmpty() && !observed.containers().isEmpty();
        boolean mayRestart = pod.getSpec().getContainers().stream().anyMatch(c -> RestartRules.everRestarts(pod, c));
        if (everStarted && (!mayRestart || everythingEnded())) {
            over = true;
            return;
        }
        int attempt = observed.sandboxes().stream()
                .findFirst()
                .map(s -> s.attempt() + 1)
                .orElse(0);
        actions.add(new ContainerAction.CreateSandbox(attempt));
    }

    private boolean everythingEnded() {
        return pod.getSpec().getContainers().stream().allMatch(c -> observed.latest(c.getName())
                .filter(l -> l.ended() && !RestartRules.restarts(pod, c, l.exitCode()))
                .isPresent());
    }

    /** Whether the app containers' turn has come. */
    private boolean initContainers(boolean initialized) {
        for (Container container : Specs.initContainers(pod)) {
            boolean sidecar = Specs.isSidecar(container);
            Optional<ObservedContainer> current = current(container);
            boolean through = sidecar ? sidecar(container, current) : initContainer(container, current, initialized);
            if (over || (!through && !initialized)) {
                return false;
            }
        }
        return true;
    }

    private boolean initContainer(Container container, Optional<ObservedContainer> current, boolean initialized) {
        if (current.isEmpty()) {
            if (!initialized) {
                start(container, ContainerKind.INIT);
            }
            return initialized;
        }
        ObservedContainer c = current.get();
        if (c.succeeded()) {
            return true;
        }
        if (c.ended()) {
            if (!RestartRules.restarts(pod, container, c.exitCode())) {
                over = true;
            } else {
                start(container, ContainerKind.INIT);
            }
            return false;
        }
        if (!c.running()) {
            start(container, ContainerKind.INIT);
            return false;
        }
        judge(container, c, true);
        return false;
    }

    private boolean sidecar(Container container, Optional<ObservedContainer> current) {
        if (current.isEmpty() || !current.get().running()) {
            start(container, ContainerKind.SIDECAR);
            return false;
        }
        judge(container, current.get(), true);
        return verdicts.apply(current.get()).started();
    }

    private void appContainers() {
        boolean allEnded = true;
        for (Container container : pod.getSpec().getContainers()) {
            Optional<ObservedContainer> latest =
                    observed.latest(container.getName()).filter(c -> c.round() == round);
            if (latest.isPresent() && latest.get().running()) {
                allEnded = false;
                judge(container, latest.get(), RestartRules.everRestarts(pod, container));
            } else if (latest.isEmpty()
                    || !latest.get().ended()
                    || RestartRules.restarts(pod, container, latest.get().exitCode())) {
                allEnded = false;
                start(container, ContainerKind.APP);
            }
        }
        over = allEnded;
    }

    /** Stops a running container that is outdated or that a probe has given up. */
    private void judge(Container container, ObservedContainer running, boolean restarted) {
        String name = container.getName();
        if (!running.hash().equals(PodLabels.hash(container))) {
            stop(running, "Container " + name + " definition changed, will be restarted", -1);
            return;
        }
        ContainerVerdict verdict = verdicts.apply(running);
        if (verdict.failed() != null) {
            String suffix = restarted ? ", will be restarted" : "";
            stop(
                    running,
                    "Container " + name + " failed " + verdict.failed() + " probe" + suffix,
                    verdict.graceSeconds());
        }
    }

    private void stop(ObservedContainer running, String message, long graceSeconds) {
        actions.add(new ContainerAction.StopContainer(running, message, graceSeconds));
    }

    private void start(Container container, ContainerKind kind) {
        Optional<ObservedContainer> latest = observed.latest(container.getName());
        if (latest.isPresent() && latest.get().ended()) {
            var wait = backOff.waitAfter(container.getName(), latest.get().endedAt(), now);
            if (wait.isPresent()) {
                waits.put(container.getName(), wait.get());
                return;
            }
        }
        int attempt = latest.map(l -> l.attempt() + 1).orElse(0);
        actions.add(new ContainerAction.StartContainer(container, kind, attempt, round));
    }
}
