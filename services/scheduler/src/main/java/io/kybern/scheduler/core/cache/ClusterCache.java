package io.kybern.scheduler.core.cache;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Service;
import io.kybern.api.ObjectKey;
import io.kybern.scheduler.core.model.DisruptionBudget;
import io.kybern.scheduler.core.model.LabelMatcher;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The nodes, and the pods that are on them or will be once they are bound.
 *
 * <p>Owned by the scheduler thread: every method must be called on it. {@link #snapshot} hands out immutable values and
 * rebuilds only what changed since the last one: a node whose generation is the same is the same value.
 */
public final class ClusterCache {

    private final Map<String, NodeState> nodes = new HashMap<>();
    private final Map<String, PlacedPod> pods = new HashMap<>();
    private final Map<String, Map<String, String>> namespaces = new HashMap<>();
    private final Map<ObjectKey, LabelMatcher> services = new HashMap<>();
    private final Map<ObjectKey, DisruptionBudget> budgets = new HashMap<>();
    private final Map<String, Integer> imageNodes = new HashMap<>();
    private final Map<String, NodeInfo> frozen = new LinkedHashMap<>();
    private Map<String, List<LabelMatcher>> servicesByNamespace = Map.of();
    private Map<String, Map<String, String>> frozenNamespaces = Map.of();
    private Map<String, Integer> frozenImageNodes = Map.of();
    private Map<String, List<DisruptionBudget>> budgetsByNamespace = Map.of();
    private long generation;
    private boolean orderChanged = true;
    private boolean contentsChanged = true;
    private boolean servicesChanged;
    private boolean budgetsChanged;
    private boolean namespacesChanged;
    private boolean imagesChanged;
    private @Nullable Snapshot last;

    /** Counts a pod on a node before the API server has bound it. */
    public void assume(PodInfo pod, String node) {
        place(pod, node, true);
    }

    /** Takes an assumed pod back; does nothing if the pod was bound in the meantime or is unknown. */
    public void forget(PodInfo pod) {
        PlacedPod placed = pods.get(pod.uid());
        if (placed != null && placed.assumed()) {
            remove(placed);
        }
    }

    /** Whether the pod counts on a node, assumed or bound. */
    public boolean contains(String uid) {
        return pods.containsKey(uid);
    }

    /** Whether the pod counts on a node without the API server having said so. */
    public boolean isAssumed(String uid) {
        PlacedPod placed = pods.get(uid);
        return placed != null && placed.assumed();
    }

    /**
     * Takes note of a bound pod, new or changed; confirms an assumed one, also if it went elsewhere.
     *
     * @return what was known of the pod before, null if it was not on a node
     */
    public @Nullable PodInfo put(PodInfo pod) {
        PlacedPod before = pods.get(pod.uid());
        place(pod, pod.nodeName(), false);
        return before == null ? null : before.pod();
    }

    /** Drops a pod; returns what was known of it, null if nothing. */
    public @Nullable PodInfo remove(String uid) {
        PlacedPod placed = pods.get(uid);
        if (placed != null) {
            remove(placed);
            return placed.pod();
        }
        return null;
    }

    /** Takes note of a node, new or changed; returns what was known of it. */
    public NodeInfo.@Nullable Facts putNode(Node node) {
        NodeInfo.Facts facts = new NodeInfo.Facts(node);
        NodeState state = nodes.computeIfAbsent(facts.name(), n -> new NodeState());
        NodeInfo.Facts before = state.facts;
        if (before == null || !before.zone().equals(facts.zone())) {
            orderChanged = true;
        }
        if (before == null || !before.images().equals(facts.images())) {
            countImages(before, -1);
            countImages(facts, 1);
        }
        state.facts = facts;
        changed(state);
        return before;
    }

    /** Drops a node; its pods are kept in mind until they are gone themselves. */
    public void removeNode(String name) {
        NodeState state = nodes.get(name);
        if (state != null && state.facts != null) {
            countImages(state.facts, -1);
            state.facts = null;
            orderChanged = true;
            changed(state);
            dropIfEmpty(name, state);
        }
    }

    /** Takes note of a namespace's labels; null if it is gone. Answers whether that changed anything. */
    public boolean putNamespace(String name, @Nullable Map<String, String> labels) {
        Map<String, String> before =
                labels == null ? namespaces.remove(name) : namespaces.put(name, Map.copyOf(labels));
        boolean changed = labels == null ? before != null : !labels.equals(before);
        namespacesChanged |= changed;
        contentsChanged |= changed;
        return changed;
    }

    /** Takes note of a Service's selector; null if it is gone. */
    public void putService(ObjectKey key, @Nullable Service service) {
        Map<String, String> selector = service == null || service.getSpec() == null
                ? null
                : service.getSpec().getSelector();
        if (selector == null || selector.isEmpty()) {
            servicesChanged |= services.remove(key) != null;
        } else {
            services.put(key, LabelMatcher.ofLabels(selector));
            servicesChanged = true;
        }
        contentsChanged |= servicesChanged;
    }

    /** Takes note of a PodDisruptionBudget; null if it is gone. */
    public void putBudget(ObjectKey key, @Nullable DisruptionBudget budget) {
        if (budget == null) {
            budgetsChanged |= budgets.remove(key) != null;
        } else {
            budgets.put(key, budget);
            budgetsChanged = true;
        }
        contentsChanged |= budgetsChanged;
    }

    /** The state now, as a value. */
    public Snapshot snapshot() {
        if (last != null && !contentsChanged && !orderChanged) {
            return last;
        }
        if (orderChanged) {
            reorder();
        }
        List<NodeInfo> withAffinity = new ArrayList<>();
        List<NodeInfo> withAnti = new ArrayList<>();
        for (Map.Entry<String, NodeInfo> entry : frozen.entrySet()) {
            NodeState state = state(entry.getKey());
            NodeInfo info = entry.getValue();
            if (info.generation() != state.generation) {
                info = state.freeze();
                entry.setValue(info);
            }
            if (state.affinityPods > 0) {
                withAffinity.add(info);
                if (state.requiredAntiPods > 0) {
                    withAnti.add(info);
                }
            }
        }
        freezeTheRest();
        contentsChanged = false;
        last = new Snapshot(
                List.copyOf(frozen.values()),
                new HashMap<>(frozen),
                withAffinity,
                withAnti,
                frozenNamespaces,
                servicesByNamespace,
                frozenImageNodes,
                budgetsByNamespace);
        return last;
    }

    private void freezeTheRest() {
        if (namespacesChanged) {
            frozenNamespaces = Map.copyOf(namespaces);
            namespacesChanged = false;
        }
        if (imagesChanged) {
            frozenImageNodes = Map.copyOf(imageNodes);
            imagesChanged = false;
        }
        if (servicesChanged) {
            servicesByNamespace = byNamespace(services);
            servicesChanged = false;
        }
        if (budgetsChanged) {
            budgetsByNamespace = byNamespace(budgets);
            budgetsChanged = false;
        }
    }

    private static <T> Map<String, List<T>> byNamespace(Map<ObjectKey, T> values) {
        Map<String, List<T>> grouped = new HashMap<>();
        values.forEach((key, value) ->
                grouped.computeIfAbsent(key.namespace(), n -> new ArrayList<>()).add(value));
        return Map.copyOf(grouped);
    }

    private NodeState state(String name) {
        NodeState state = nodes.get(name);
        if (state == null) {
            throw new IllegalStateException("node " + name + " is in the snapshot but not in the cache");
        }
        return state;
    }

    private void reorder() {
        Map<String, List<String>> zones = new TreeMap<>();
        nodes.entrySet().stream()
                .filter(e -> e.getValue().facts != null)
                .sorted(Map.Entry.comparingByKey())
                .forEach(e -> zones.computeIfAbsent(e.getValue().zone(), z -> new ArrayList<>())
                        .add(e.getKey()));
        Map<String, NodeInfo> known = new HashMap<>(frozen);
        frozen.clear();
        for (int turn = 0;
                frozen.size() < zones.values().stream().mapToInt(List::size).sum();
                turn++) {
            for (List<String> zone : zones.values()) {
                if (turn < zone.size()) {
                    String name = zone.get(turn);
                    NodeInfo info = known.get(name);
                    frozen.put(name, info != null ? info : state(name).freeze());
                }
            }
        }
        orderChanged = false;
    }

    private void place(PodInfo pod, String node, boolean assumed) {
        PlacedPod before = pods.remove(pod.uid());
        if (before != null) {
            remove(before);
        }
        NodeState state = nodes.computeIfAbsent(node, n -> new NodeState());
        state.add(pod);
        pods.put(pod.uid(), new PlacedPod(pod, node, assumed));
        changed(state);
    }

    private void remove(PlacedPod placed) {
        pods.remove(placed.pod().uid());
        NodeState state = nodes.get(placed.node());
        if (state != null) {
            state.remove(placed.pod());
            changed(state);
            dropIfEmpty(placed.node(), state);
        }
    }

    private void dropIfEmpty(String name, NodeState state) {
        if (state.facts == null && state.pods.isEmpty()) {
            nodes.remove(name);
        }
    }

    private void changed(NodeState state) {
        state.generation = ++generation;
        contentsChanged = true;
    }

    private void countImages(NodeInfo.@Nullable Facts facts, int by) {
        if (facts != null) {
            imagesChanged = true;
            facts.images().keySet().forEach(image -> {
                int count = imageNodes.merge(image, by, Integer::sum);
                if (count == 0) {
                    imageNodes.remove(image);
                }
            });
        }
    }

    private record PlacedPod(PodInfo pod, String node, boolean assumed) {}

    private static final class NodeState {
        private NodeInfo.@Nullable Facts facts;
        private final Map<String, PodInfo> pods = new LinkedHashMap<>();
        private long generation;
        private int affinityPods;
        private int requiredAntiPods;

        void add(PodInfo pod) {
            pods.put(pod.uid(), pod);
            count(pod, 1);
        }

        void remove(PodInfo pod) {
            if (pods.remove(pod.uid()) != null) {
                count(pod, -1);
            }
        }

        private void count(PodInfo pod, int by) {
            affinityPods += pod.affinities().isEmpty() ? 0 : by;
            requiredAntiPods += pod.affinities().requiredAnti().isEmpty() ? 0 : by;
        }

        String zone() {
            return facts == null ? "" : facts.zone();
        }

        NodeInfo freeze() {
            if (facts == null) {
                throw new IllegalStateException("a node without an object is not part of a snapshot");
            }
            return NodeInfo.of(facts, List.copyOf(pods.values()), generation);
        }
    }
}
