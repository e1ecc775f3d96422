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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Compares a pod's spec with what the engine shows and says what is missing. Pure: the same input gives the same plan.
 * Init containers and sidecars as in <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/init-containers/">init containers</a> and <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/">sidecar containers</a>.
 */
final class ContainerPlanner {

    private static final String RESTARTED = ", will be restarted";

    private final Pod pod;
    private final ObservedPod observed;
    private final Function<ObservedContainer, ContainerVerdict> verdicts;
    private final Predicate<ObservedContainer> again;
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
            Predicate<ObservedContainer> again,
            RestartBackOff backOff,
            Instant now) {
        this.pod = pod;
        this.observed = observed;
        this.verdicts = verdicts;
        this.again = again;
        this.backOff = backOff;
        this.now = now;
        this.round = RestartRounds.now(pod, observed);
    }

    /**
     * Plans.
     *
     * @param again whether a container was stopped only to be started again
     */
    static Plan plan(
            Pod pod,
            ObservedPod observed,
            Function<ObservedContainer, ContainerVerdict> verdicts,
            Predicate<ObservedContainer> again,
            RestartBackOff backOff,
            Instant now) {
        ContainerPlanner planner = new ContainerPlanner(pod, observed, verdicts, again, backOff, now);
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
        left.forEach(c -> stop(c, "Stopping container " + c.name(), 0, false));
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
                        c, "Pod sandbox changed, it will be killed and re-created.", -1, false));
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
        List<Container> containers = Specs.initContainers(pod);
        int reached = 0;
        for (int i = 0; i < containers.size(); i++) {
            reached = current(containers.get(i)).isPresent() ? i : reached;
        }
        for (int i = 0; i < containers.size(); i++) {
            Container container = containers.get(i);
            boolean sidecar = Specs.isSidecar(container);
            // the turn of a later one came: whatever became of this one since, the pod was through with it
            boolean passed = initialized || i < reached;
            boolean through = sidecar ? sidecar(container) : passed || initContainer(container);
            if (over || (!through && !passed)) {
                return false;
            }
        }
        return true;
    }

    private boolean initContainer(Container container) {
        Optional<ObservedContainer> current = current(container);
        if (current.isEmpty()) {
            start(container, ContainerKind.INIT);
            return false;
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
        }
        // one that runs is left alone until it ends, even if its image was changed meanwhile
        return false;
    }

    private boolean sidecar(Container container) {
        Optional<ObservedContainer> current = current(container);
        if (current.isEmpty() || !current.get().running()) {
            start(container, ContainerKind.SIDECAR);
            return false;
        }
        judge("Init container " + container.getName(), container, current.get());
        return verdicts.apply(current.get()).started();
    }

    private void appContainers() {
        boolean allEnded = true;
        for (Container container : pod.getSpec().getContainers()) {
            Optional<ObservedContainer> latest =
                    observed.latest(container.getName()).filter(c -> c.round() == round);
            if (latest.isPresent() && latest.get().running()) {
                allEnded = false;
                judge("Container " + container.getName(), container, latest.get());
            } else if (latest.isEmpty()
                    || !latest.get().ended()
                    || again.test(latest.get())
                    || RestartRules.restarts(pod, container, latest.get().exitCode())) {
                allEnded = false;
                start(container, ContainerKind.APP);
            }
        }
        over = allEnded;
    }

    /** Stops a running container that is outdated or that a probe has given up. */
    private void judge(String title, Container container, ObservedContainer running) {
        boolean sidecar = running.kind() == ContainerKind.SIDECAR;
        if (!running.hash().equals(PodLabels.hash(container))) {
            // whatever the policy says: it did not end, the pod was given another one
            stop(running, title + " definition changed" + (sidecar ? "" : RESTARTED), -1, true);
            return;
        }
        ContainerVerdict verdict = verdicts.apply(running);
        if (verdict.failed() != null) {
            boolean restarts = RestartRules.everRestarts(pod, container);
            stop(
                    running,
                    title + " failed " + verdict.failed() + " probe" + (restarts && !sidecar ? RESTARTED : ""),
                    verdict.graceSeconds(),
                    RestartRules.policy(pod, container) != Specs.RestartPolicy.NEVER);
        }
    }

    private void stop(ObservedContainer running, String message, long graceSeconds, boolean again) {
        actions.add(new ContainerAction.StopContainer(running, message, graceSeconds, again));
    }

    private void start(Container container, ContainerKind kind) {
        Optional<ObservedContainer> latest = observed.latest(container.getName());
        if (latest.isPresent() && latest.get().ended()) {
            var wait = backOff.waitAfter(
                    RestartBackOff.key(container), latest.get().endedAt(), now);
            if (wait.isPresent()) {
                waits.put(container.getName(), wait.get());
                return;
            }
        }
        int attempt = latest.map(l -> l.attempt() + 1).orElse(0);
        actions.add(new ContainerAction.StartContainer(container, kind, attempt, round));
    }
}
