package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Removes pods that nobody else can: those on a node that no longer exists, and those that were deleted before they had a node.
 */
public final class PodGarbageReconciler implements Reconciler {

    /** A node that was deleted by mistake may register again within this time. */
    private static final Duration QUARANTINE = Duration.ofSeconds(40);

    private final Informer<Pod> pods;
    private final Informer<Node> nodes;
    private final ObjectApi<Pod> podApi;
    private final ObjectApi<Node> nodeApi;
    private final Clock clock;
    private final Map<String, Instant> missingSince = new ConcurrentHashMap<>();

    public PodGarbageReconciler(
            Informer<Pod> pods, Informer<Node> nodes, ObjectApi<Pod> podApi, ObjectApi<Node> nodeApi, Clock clock) {
        this.pods = pods;
        this.nodes = nodes;
        this.podApi = podApi;
        this.nodeApi = nodeApi;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Pod> found = pods.get(key);
        if (found.isEmpty()) {
            return Outcome.done();
        }
        Pod pod = found.get();
        String name = Objects.requireNonNullElse(pod.getSpec().getNodeName(), "");
        if (name.isEmpty()) {
            if (Owners.isTerminating(pod)) {
                remove(key, pod);
            }
            return Outcome.done();
        }
        ObjectKey node = ObjectKey.clusterScoped(name);
        if (nodes.get(node).isPresent()) {
            missingSince.remove(name);
            return Outcome.done();
        }
        Instant now = clock.instant();
        Instant end = missingSince.computeIfAbsent(name, missing -> now).plus(QUARANTINE);
        if (end.isAfter(now)) {
            return Outcome.again(Duration.between(now, end), "the node may come back");
        }
        if (nodeApi.get(node).isEmpty()) {
            remove(key, pod);
        }
        return Outcome.done();
    }

    private void remove(ObjectKey key, Pod pod) {
        try {
            podApi.delete(key, DeleteRequest.ofUid(pod.getMetadata().getUid()).now());
        } catch (ApiFailure failure) {
            if (!failure.isNotFound() && !failure.isConflict()) {
                throw failure;
            }
        }
    }
}
