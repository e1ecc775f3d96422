package io.kybern.scheduler.core.model;

import io.fabric8.kubernetes.api.model.ContainerImage;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A node and the pods on it, assumed ones included, at one moment.
 *
 * <p>Immutable, so that a scheduling cycle and whatever it hands out never see a change. What the node object says is
 * read once per object ({@link Facts}) and shared by all later moments.
 */
public final class NodeInfo {

    private final Facts facts;
    private final List<PodInfo> pods;
    private final Resources requested;
    private final Resources nonZeroRequested;
    private final long generation;

    private NodeInfo(Facts facts, List<PodInfo> pods, Resources requested, Resources nonZero, long generation) {
        this.facts = facts;
        this.pods = pods;
        this.requested = requested;
        this.nonZeroRequested = nonZero;
        this.generation = generation;
    }

    /**
     * A node with pods.
     *
     * @param generation grows with each change of this node in the scheduler's cache
     */
    public static NodeInfo of(Facts facts, List<PodInfo> pods, long generation) {
        Resources requested = Resources.ZERO;
        Resources nonZero = Resources.ZERO;
        for (PodInfo pod : pods) {
            requested = requested.plus(pod.requests().actual());
            nonZero = nonZero.plus(pod.requests().nonZero());
        }
        return new NodeInfo(facts, List.copyOf(pods), requested, nonZero, generation);
    }

    /** The same node as it would be with one more pod. */
    public NodeInfo with(PodInfo pod) {
        List<PodInfo> more = new ArrayList<>(pods.size() + 1);
        more.addAll(pods);
        more.add(pod);
        return new NodeInfo(
                facts,
                List.copyOf(more),
                requested.plus(pod.requests().actual()),
                nonZeroRequested.plus(pod.requests().nonZero()),
                generation);
    }

    /** The same node as it would be without that pod. */
    public NodeInfo without(PodInfo pod) {
        List<PodInfo> fewer =
                pods.stream().filter(p -> !p.uid().equals(pod.uid())).toList();
        return fewer.size() == pods.size() ? this : of(facts, fewer, generation);
    }

    /** The node's name. */
    public String name() {
        return facts.name;
    }

    /** The node object itself; not to be changed. */
    public Node node() {
        return facts.node;
    }

    /** The node's labels. */
    public Map<String, String> labels() {
        return facts.labels;
    }

    /** The node's taints. */
    public List<Taint> taints() {
        return facts.taints;
    }

    /** Whether the node was cordoned. */
    public boolean isUnschedulable() {
        return Boolean.TRUE.equals(facts.node.getSpec().getUnschedulable());
    }

    /** What the node offers to pods. */
    public Resources allocatable() {
        return facts.allocatable;
    }

    /** How many pods the node takes. */
    public long allowedPods() {
        return facts.allowedPods;
    }

    /** The bytes of each image on the node, by every name it has. */
    public Map<String, Long> images() {
        return facts.images;
    }

    /** The pods on the node. */
    public List<PodInfo> pods() {
        return pods;
    }

    /** What the pods ask for. */
    public Resources requested() {
        return requested;
    }

    /** What the pods ask for, with a small amount in place of a missing request. */
    public Resources nonZeroRequested() {
        return nonZeroRequested;
    }

    /** Grows with each change of this node in the scheduler's cache. */
    public long generation() {
        return generation;
    }

    @Override
    public String toString() {
        return facts.name;
    }

    /** What one version of the node object says. */
    public static final class Facts {
        private final Node node;
        private final String name;
        private final Map<String, String> labels;
        private final List<Taint> taints;
        private final Resources allocatable;
        private final long allowedPods;
        private final Map<String, Long> images;

        /** Reads a node object, with or without a status. */
        public Facts(Node node) {
            this.node = node;
            this.name = node.getMetadata().getName();
            this.labels = node.getMetadata().getLabels() == null
                    ? Map.of()
                    : Map.copyOf(node.getMetadata().getLabels());
            this.taints = List.copyOf(node.getSpec().getTaints());
            Map<String, Quantity> offered =
                    node.getStatus() == null || node.getStatus().getAllocatable() == null
                            ? Map.of()
                            : node.getStatus().getAllocatable();
            this.allocatable = Resources.of(offered);
            this.allowedPods = offered.containsKey("pods") ? Resources.value(offered.get("pods")) : 0;
            Map<String, Long> sizes = new HashMap<>();
            if (node.getStatus() != null) {
                for (ContainerImage image : node.getStatus().getImages()) {
                    long bytes = image.getSizeBytes() == null ? 0 : image.getSizeBytes();
                    image.getNames().forEach(n -> sizes.put(n, bytes));
                }
            }
            this.images = Map.copyOf(sizes);
        }

        /** The node's name. */
        public String name() {
            return name;
        }

        /** The failure zone, empty if the node names none. */
        public String zone() {
            return labels.getOrDefault("topology.kubernetes.io/region", "")
                    + ":"
                    + labels.getOrDefault("topology.kubernetes.io/zone", "");
        }

        /** The node object itself. */
        public Node node() {
            return node;
        }

        /** The node's labels. */
        public Map<String, String> labels() {
            return labels;
        }

        /** The images on the node. */
        public Map<String, Long> images() {
            return images;
        }

        /** Whether both offer the same. */
        public boolean sameResources(Facts other) {
            return allocatable.equals(other.allocatable) && allowedPods == other.allowedPods;
        }

        /** Whether both have the same taints and are cordoned alike. */
        public boolean sameTaints(Facts other) {
            return taints.equals(other.taints)
                    && Objects.equals(
                            node.getSpec().getUnschedulable(),
                            other.node.getSpec().getUnschedulable());
        }
    }
}
