package io.kybern.workload.core.daemonset;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.workload.core.daemonset.NodeFit.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides on which nodes pods of a DaemonSet come and go now: first each node has one pod, then old pods are replaced by new ones, within the
 * bounds of the update.
 *
 * <p>Follows the Kubernetes pages "DaemonSet" and "Perform a Rolling Update on a DaemonSet", and KEP-1591 (surge).
 */
final class DaemonPlanner {

    /** A node that refuses a pod would refuse the next one too. */
    static final Duration FIRST_DELAY = Duration.ofSeconds(1);

    private static final Comparator<Pod> OLDEST_FIRST = Comparator.comparing(
                    (Pod pod) -> pod.getSpec().getNodeName() == null)
            .thenComparing(pod -> PodStates.instant(pod.getMetadata().getCreationTimestamp()))
            .thenComparing(pod -> pod.getMetadata().getName());

    private final Map<String, Verdict> verdicts = new TreeMap<>();
    private final Map<String, List<Pod>> byNode = new TreeMap<>();
    private final List<Pod> lost = new ArrayList<>();
    private final DaemonSettings settings;
    private final String hash;
    private final Instant now;
    private final List<String> creations = new ArrayList<>();
    private final List<Pod> deletions = new ArrayList<>();
    private final List<Pod> ended = new ArrayList<>();
    private @Nullable Duration wait;

    private DaemonPlanner(DaemonSet set, Collection<Node> nodes, Collection<Pod> pods, String hash, Instant now) {
        NodeFit fit = new NodeFit(set);
        nodes.forEach(node -> verdicts.put(node.getMetadata().getName(), fit.judge(node)));
        int desired =
                (int) verdicts.values().stream().filter(Verdict.RUN::equals).count();
        this.settings = DaemonSettings.of(set, desired);
        this.hash = hash;
        this.now = now;
        for (Pod pod : pods) {
            String node = DaemonPods.node(pod).orElse("");
            if (verdicts.containsKey(node)) {
                byNode.computeIfAbsent(node, name -> new ArrayList<>()).add(pod);
            } else if (pod.getSpec().getNodeName() == null && !Owners.isTerminating(pod)) {
                // its node went before it was bound; bound ones are collected with their node
                lost.add(pod);
            }
        }
        byNode.values().forEach(list -> list.sort(OLDEST_FIRST));
    }

    /**
     * What to do.
     *
     * @param hash of the state that the set asks for
     */
    static DaemonPlan plan(DaemonSet set, Collection<Node> nodes, Collection<Pod> pods, String hash, Instant now) {
        DaemonPlanner planner = new DaemonPlanner(set, nodes, pods, hash, now);
        planner.deletions.addAll(planner.lost);
        planner.verdicts.forEach(planner::place);
        if (planner.creations.isEmpty() && planner.deletions.isEmpty() && !planner.settings.onDelete()) {
            if (planner.settings.surges()) {
                planner.surge();
            } else {
                planner.replace();
            }
        }
        return new DaemonPlan(planner.creations, planner.deletions, planner.ended, planner.wait);
    }

    private void place(String node, Verdict verdict) {
        List<Pod> pods = byNode.getOrDefault(node, List.of());
        if (verdict == Verdict.LEAVE) {
            pods.stream().filter(pod -> !Owners.isTerminating(pod)).forEach(deletions::add);
            return;
        }
        if (pods.isEmpty()) {
            if (verdict == Verdict.RUN) {
                creations.add(node);
            }
            return;
        }
        List<Pod> running = new ArrayList<>();
        for (Pod pod : pods) {
            if (Owners.isTerminating(pod)) {
                continue;
            }
            if (!PodStates.hasEnded(pod)) {
                running.add(pod);
            } else if (mayReplace(pod)) {
                deletions.add(pod);
                ended.add(pod);
            }
        }
        if (running.size() > 1) {
            thin(running);
        }
    }

    /** A pod that failed as soon as it was there is left for a moment, so that a node which refuses pods is not flooded with them. */
    private boolean mayReplace(Pod pod) {
        Duration left = FIRST_DELAY.minus(
                Duration.between(PodStates.instant(pod.getMetadata().getCreationTimestamp()), now));
        if (PodStates.phase(pod).equals("Failed") && left.isPositive()) {
            wait = wait == null || left.compareTo(wait) < 0 ? left : wait;
            return false;
        }
        return true;
    }

    private void thin(List<Pod> running) {
        if (!settings.surges()) {
            deletions.addAll(running.subList(1, running.size()));
            return;
        }
        @Nullable Pod fresh = null;
        @Nullable Pod old = null;
        for (Pod pod : running) {
            if (DaemonPods.isOf(pod, hash) && fresh == null) {
                fresh = pod;
            } else if (!DaemonPods.isOf(pod, hash) && old == null) {
                old = pod;
            } else {
                deletions.add(pod);
            }
        }
        if (fresh != null && old != null && (!PodStates.isReady(old) || isAvailable(fresh))) {
            deletions.add(old);
        }
    }

    private boolean isAvailable(Pod pod) {
        return PodStates.isAvailable(pod, settings.minReadySeconds(), now);
    }

    /** The pods of a node that are to stay, by whether they are up to date. */
    private record Pair(@Nullable Pod fresh, @Nullable Pod old) {}

    private Pair pair(String node) {
        @Nullable Pod fresh = null;
        @Nullable Pod old = null;
        for (Pod pod : byNode.getOrDefault(node, List.of())) {
            if (Owners.isTerminating(pod)) {
                continue;
            }
            if (DaemonPods.isOf(pod, hash)) {
                fresh = pod;
            } else {
                old = pod;
            }
        }
        return new Pair(fresh, old);
    }

    /** Takes old pods away, as many as may be unavailable at once; new ones come in a later pass. */
    private void replace() {
        int unavailable = 0;
        List<Pod> candidates = new ArrayList<>();
        for (Map.Entry<String, Verdict> entry : verdicts.entrySet()) {
            Pair pair = pair(entry.getKey());
            if (entry.getValue() != Verdict.RUN && pair.old() == null) {
                continue;
            }
            Pod fresh = pair.fresh();
            Pod old = pair.old();
            if (old == null) {
                unavailable += fresh != null && isAvailable(fresh) ? 0 : 1;
            } else if (fresh != null) {
                unavailable++;
            } else if (isAvailable(old)) {
                candidates.add(old);
            } else {
                // what does not work loses nothing
                deletions.add(old);
                unavailable++;
            }
        }
        int left = Math.max(0, settings.maxUnavailable() - unavailable);
        deletions.addAll(candidates.subList(0, Math.min(left, candidates.size())));
    }

    /** Brings new pods beside old ones, and takes the old ones away when the new ones are available. */
    private void surge() {
        int surging = 0;
        List<String> candidates = new ArrayList<>();
        for (Map.Entry<String, Verdict> entry : verdicts.entrySet()) {
            Pair pair = pair(entry.getKey());
            Pod old = pair.old();
            Pod fresh = pair.fresh();
            if (old == null) {
                continue;
            }
            if (fresh != null) {
                if (isAvailable(fresh)) {
                    deletions.add(old);
                } else {
                    surging++;
                }
            } else if (entry.getValue() == Verdict.RUN) {
                if (isAvailable(old)) {
                    candidates.add(entry.getKey());
                } else {
                    creations.add(entry.getKey());
                }
            }
        }
        int left = Math.max(0, settings.maxSurge() - surging);
        creations.addAll(candidates.subList(0, Math.min(left, candidates.size())));
    }
}
