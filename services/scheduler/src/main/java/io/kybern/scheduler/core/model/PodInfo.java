package io.kybern.scheduler.core.model;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.WeightedPodAffinityTerm;
import io.kybern.api.ObjectKey;
import io.kybern.controller.model.NodeMatcher;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A pod with everything that scheduling asks of it again and again, computed once. Immutable; one per object version. */
public final class PodInfo {

    /** The owners whose pods are spread by default, because they are replicas of one thing. */
    private static final Set<String> REPLICATED_BY = Set.of("ReplicaSet", "ReplicationController", "StatefulSet");

    private final Pod pod;
    private final ObjectKey key;
    private final Map<String, String> labels;
    private final PodRequests requests;
    private final List<HostPort> hostPorts;
    private final List<Toleration> tolerations;
    private final NodeMatcher nodes;
    private final Affinities affinities;
    private final List<SpreadConstraint> spread;
    private final List<ClaimUse> claims;
    private final @Nullable String replicasOf;

    private PodInfo(Pod pod) {
        this.pod = pod;
        this.key = new ObjectKey(
                pod.getMetadata().getNamespace(), pod.getMetadata().getName());
        this.labels = pod.getMetadata().getLabels() == null
                ? Map.of()
                : Map.copyOf(pod.getMetadata().getLabels());
        this.requests = PodRequests.of(pod.getSpec());
        this.hostPorts = List.copyOf(HostPort.of(pod.getSpec()));
        this.tolerations = List.copyOf(pod.getSpec().getTolerations());
        this.nodes = NodeMatcher.of(pod.getSpec());
        this.affinities = Affinities.of(pod.getSpec().getAffinity(), key.namespace(), labels);
        this.spread = pod.getSpec().getTopologySpreadConstraints().stream()
                .map(c -> SpreadConstraint.of(c, labels))
                .toList();
        this.claims = ClaimUse.of(pod);
        this.replicasOf = pod.getMetadata().getOwnerReferences().stream()
                .filter(o -> Boolean.TRUE.equals(o.getController()) && REPLICATED_BY.contains(o.getKind()))
                .map(OwnerReference::getUid)
                .findFirst()
                .orElse(null);
    }

    /** Reads a pod; it must have a namespace, a name, a uid and a specification. */
    public static PodInfo of(Pod pod) {
        return new PodInfo(pod);
    }

    /** The object itself; not to be changed. */
    public Pod pod() {
        return pod;
    }

    /** Namespace and name. */
    public ObjectKey key() {
        return key;
    }

    /** What tells this pod from an earlier or later one of the same name. */
    public String uid() {
        return pod.getMetadata().getUid();
    }

    /** The pod's namespace. */
    public String namespace() {
        return key.namespace();
    }

    /** The pod's labels. */
    public Map<String, String> labels() {
        return labels;
    }

    /** Higher goes first; zero if the pod has none. */
    public int priority() {
        Integer priority = pod.getSpec().getPriority();
        return priority == null ? 0 : priority;
    }

    /** What the pod asks of its node. */
    public PodRequests requests() {
        return requests;
    }

    /** The ports of the node that the pod takes. */
    public List<HostPort> hostPorts() {
        return hostPorts;
    }

    /** The taints that the pod bears. */
    public List<Toleration> tolerations() {
        return tolerations;
    }

    /** The nodes that the pod wants. */
    public NodeMatcher nodes() {
        return nodes;
    }

    /** The pods that this one wants near or far. */
    public Affinities affinities() {
        return affinities;
    }

    /** How the pod wants to be spread; empty if it does not say. */
    public List<SpreadConstraint> spread() {
        return spread;
    }

    /** The claims among the pod's volumes. */
    public List<ClaimUse> claims() {
        return claims;
    }

    /** The uid of the controller of which this pod is one replica of several, null if none. */
    public @Nullable String replicasOf() {
        return replicasOf;
    }

    /** The node that the pod is bound to or asks for by name, empty if neither. */
    public String nodeName() {
        String name = pod.getSpec().getNodeName();
        return name == null ? "" : name;
    }

    /** The node that was promised to the pod by preemption, empty if none. */
    public String nominatedNode() {
        String name = pod.getStatus() == null ? null : pod.getStatus().getNominatedNodeName();
        return name == null ? "" : name;
    }

    /**
     * The same pod with another promise.
     *
     * @param node the node that is promised to it, empty for none
     */
    public PodInfo promised(String node) {
        return new PodInfo(new PodBuilder(pod)
                .editOrNewStatus()
                .withNominatedNodeName(node.isEmpty() ? null : node)
                .endStatus()
                .build());
    }

    /** When the node took the pod, or the end of time if it has not. */
    public Instant startTime() {
        String time = pod.getStatus() == null ? null : pod.getStatus().getStartTime();
        return time == null ? Instant.MAX : Instant.parse(time);
    }

    /** Whether the pod is on its way out to make room for another. */
    public boolean isPreempted() {
        return isTerminating()
                && pod.getStatus() != null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(c -> "DisruptionTarget".equals(c.getType())
                                && "True".equals(c.getStatus())
                                && "PreemptionByScheduler".equals(c.getReason()));
    }

    /** The scheduler that is to place the pod. */
    public String schedulerName() {
        String name = pod.getSpec().getSchedulerName();
        return name == null ? "default-scheduler" : name;
    }

    /** What must be removed before the pod may be placed. */
    public List<String> gates() {
        return pod.getSpec().getSchedulingGates().stream()
                .map(PodSchedulingGate::getName)
                .toList();
    }

    /** Whether the pod is being deleted. */
    public boolean isTerminating() {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    /** Whether the pod has ended and holds no resources any more. */
    public boolean isFinished() {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return "Succeeded".equals(phase) || "Failed".equals(phase);
    }

    /** The images that the pod runs. */
    public List<String> images() {
        return pod.getSpec().getContainers().stream().map(Container::getImage).toList();
    }

    @Override
    public String toString() {
        return key.toString();
    }

    /** The terms of a pod's affinity and anti-affinity to other pods. */
    public record Affinities(
            List<AffinityTerm> required,
            List<AffinityTerm> requiredAnti,
            List<AffinityTerm> preferred,
            List<AffinityTerm> preferredAnti) {

        private static final Affinities NONE = new Affinities(List.of(), List.of(), List.of(), List.of());

        static Affinities of(@Nullable Affinity affinity, String namespace, Map<String, String> labels) {
            if (affinity == null || (affinity.getPodAffinity() == null && affinity.getPodAntiAffinity() == null)) {
                return NONE;
            }
            List<PodAffinityTerm> near = List.of();
            List<PodAffinityTerm> far = List.of();
            List<WeightedPodAffinityTerm> likes = List.of();
            List<WeightedPodAffinityTerm> dislikes = List.of();
            if (affinity.getPodAffinity() != null) {
                near = affinity.getPodAffinity().getRequiredDuringSchedulingIgnoredDuringExecution();
                likes = affinity.getPodAffinity().getPreferredDuringSchedulingIgnoredDuringExecution();
            }
            if (affinity.getPodAntiAffinity() != null) {
                far = affinity.getPodAntiAffinity().getRequiredDuringSchedulingIgnoredDuringExecution();
                dislikes = affinity.getPodAntiAffinity().getPreferredDuringSchedulingIgnoredDuringExecution();
            }
            return new Affinities(
                    AffinityTerm.all(near, namespace, labels),
                    AffinityTerm.all(far, namespace, labels),
                    weighted(likes, namespace, labels),
                    weighted(dislikes, namespace, labels));
        }

        private static List<AffinityTerm> weighted(
                List<WeightedPodAffinityTerm> terms, String namespace, Map<String, String> labels) {
            return terms.stream()
                    .map(t -> AffinityTerm.of(t.getPodAffinityTerm(), namespace, labels, t.getWeight()))
                    .toList();
        }

        /** Whether the pod says anything about other pods. */
        public boolean isEmpty() {
            return required.isEmpty() && requiredAnti.isEmpty() && preferred.isEmpty() && preferredAnti.isEmpty();
        }
    }
}
