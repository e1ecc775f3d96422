package io.kybern.controller.model;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Puts the pods that are missed least first.
 *
 * <p>Goals: lose no work that was begun, then no capacity, then keep the pods spread over the nodes, then keep the ones that have
 * proved themselves. Algorithm, each criterion breaking the ties of those before it:
 *
 * <ol>
 *   <li>without a node before with a node
 *   <li>Pending before Unknown before Running
 *   <li>not ready before ready
 *   <li>lower {@code controller.kubernetes.io/pod-deletion-cost}
 *   <li>more related pods on the same node
 *   <li>ready for a shorter time, on a logarithmic scale so that pods of about the same age are chosen from at random
 *   <li>more restarts
 *   <li>younger, on the same scale
 *   <li>by uid, which is random
 * </ol>
 *
 * <p>Example: of three ready pods of equal cost, two on node a and one on node b, the younger one of those on a comes first.
 *
 * <p>See "ReplicaSet: scaling down", "pod deletion cost" and KEP-2185 of Kubernetes.
 */
public final class PodRanking {

    private static final String DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

    private final Map<String, Long> podsPerNode;
    private final Instant now;

    /**
     * @param related the pods beside which the ranked ones run
     * @param now the time that ages are counted to
     */
    public PodRanking(Collection<Pod> related, Instant now) {
        this.podsPerNode = related.stream()
                .filter(pod -> !node(pod).isEmpty())
                .collect(Collectors.groupingBy(PodRanking::node, Collectors.counting()));
        this.now = now;
    }

    /** The pods, those to be deleted first at the front. */
    public List<Pod> ranked(Collection<Pod> pods) {
        return pods.stream()
                .map(pod -> new Ranked(pod, rank(pod)))
                .sorted(Comparator.comparing(Ranked::rank, Rank.ORDER))
                .map(Ranked::pod)
                .toList();
    }

    private record Ranked(Pod pod, Rank rank) {}

    private record Rank(
            boolean assigned,
            int phase,
            boolean ready,
            int cost,
            long sameNode,
            int readyAge,
            Restarts restarts,
            int age,
            String uid) {

        static final Comparator<Rank> ORDER = Comparator.comparing(Rank::assigned)
                .thenComparing(Rank::phase)
                .thenComparing(Rank::ready)
                .thenComparing(Rank::cost)
                .thenComparing(Rank::sameNode, Comparator.reverseOrder())
                .thenComparing(Rank::readyAge)
                .thenComparing(Rank::restarts, Comparator.reverseOrder())
                .thenComparing(Rank::age)
                .thenComparing(Rank::uid);
    }

    private record Restarts(int ordinary, int sidecars) implements Comparable<Restarts> {
        @Override
        public int compareTo(Restarts other) {
            int byOrdinary = Integer.compare(ordinary, other.ordinary);
            return byOrdinary != 0 ? byOrdinary : Integer.compare(sidecars, other.sidecars);
        }
    }

    private Rank rank(Pod pod) {
        boolean ready = PodStates.isReady(pod);
        return new Rank(
                !node(pod).isEmpty(),
                phase(pod),
                ready,
                cost(pod),
                podsPerNode.getOrDefault(node(pod), 0L),
                ready ? magnitude(PodStates.readySince(pod).orElse(Instant.EPOCH)) : 0,
                restarts(pod),
                magnitude(PodStates.instant(pod.getMetadata().getCreationTimestamp())),
                Objects.requireNonNullElse(pod.getMetadata().getUid(), ""));
    }

    private static String node(Pod pod) {
        return pod.getSpec() == null
                ? ""
                : Objects.requireNonNullElse(pod.getSpec().getNodeName(), "");
    }

    private static int phase(Pod pod) {
        return switch (PodStates.phase(pod)) {
            case "Running" -> 2;
            case "Unknown" -> 1;
            default -> 0;
        };
    }

    private static int cost(Pod pod) {
        try {
            return Integer.parseInt(Owners.annotations(pod).getOrDefault(DELETION_COST, "0"));
        } catch (NumberFormatException e) {
            // the API server refuses such values; old objects may still have them
            return 0;
        }
    }

    /** The power of two of the time since then; less than any other for the future. */
    private int magnitude(Instant since) {
        long seconds = Duration.between(since, now).toSeconds();
        return seconds <= 0 ? -1 : 63 - Long.numberOfLeadingZeros(seconds);
    }

    private static Restarts restarts(Pod pod) {
        if (pod.getStatus() == null) {
            return new Restarts(0, 0);
        }
        Set<String> sidecars = pod.getSpec().getInitContainers().stream()
                .filter(container -> "Always".equals(container.getRestartPolicy()))
                .map(Container::getName)
                .collect(Collectors.toSet());
        Map<Boolean, Integer> most = new HashMap<>();
        for (ContainerStatus status : pod.getStatus().getContainerStatuses()) {
            most.merge(false, count(status), Math::max);
        }
        for (ContainerStatus status : pod.getStatus().getInitContainerStatuses()) {
            if (sidecars.contains(status.getName())) {
                most.merge(true, count(status), Math::max);
            }
        }
        return new Restarts(most.getOrDefault(false, 0), most.getOrDefault(true, 0));
    }

    private static int count(ContainerStatus status) {
        return Objects.requireNonNullElse(status.getRestartCount(), 0);
    }
}
