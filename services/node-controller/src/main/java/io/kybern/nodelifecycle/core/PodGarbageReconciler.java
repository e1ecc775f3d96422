package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes pods that nobody else can: those on a node that no longer exists, those that were deleted before they had a node, and
 * those being deleted on a node that was taken out of service. See "Pod garbage collection" and "Non-graceful node shutdown" in the
 * Kubernetes documentation. A pod being deleted on a node that only does not answer stays: it may still run there.
 */
public final class PodGarbageReconciler implements Reconciler {

    private static final Logger log = LoggerFactory.getLogger(PodGarbageReconciler.class);

    private static final String OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

    /** A node that was deleted by mistake may register again within this time; Kubernetes' number. */
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
                remove(key, pod, PodPatches.failed());
            }
            return Outcome.done();
        }
        Optional<Node> node = nodes.get(ObjectKey.clusterScoped(name));
        if (node.isEmpty()) {
            return orphan(key, pod, name);
        }
        missingSince.remove(name);
        if (Owners.isTerminating(pod) && isOutOfService(node.get())) {
            remove(key, pod, PodPatches.failed());
        }
        return Outcome.done();
    }

    private Outcome orphan(ObjectKey key, Pod pod, String node) {
        Instant now = clock.instant();
        Instant end = missingSince.computeIfAbsent(node, missing -> now).plus(QUARANTINE);
        if (end.isAfter(now)) {
            return Outcome.again(Duration.between(now, end), "the node may come back");
        }
        if (nodeApi.get(ObjectKey.clusterScoped(node)).isEmpty()) {
            remove(key, pod, PodPatches.failed("DeletionByPodGC", "PodGC: node no longer exists", now));
        }
        return Outcome.done();
    }

    private static boolean isOutOfService(Node node) {
        return !NodeConditions.ready(node).equals("True")
                && NodeConditions.taints(node).stream().anyMatch(taint -> OUT_OF_SERVICE.equals(taint.getKey()));
    }

    /** Nobody will say any more how the pod ended, so it is said here before the pod goes. */
    private void remove(ObjectKey key, Pod pod, String lastWord) {
        log.atInfo().addKeyValue("pod", key).log("A pod that nobody else can remove is removed");
        try {
            if (!PodStates.hasEnded(pod)) {
                podApi.patch(key, "status", PatchType.STRATEGIC, lastWord);
            }
            podApi.delete(key, DeleteRequest.ofUid(pod.getMetadata().getUid()).now());
        } catch (ApiFailure failure) {
            if (!failure.isNotFound() && !failure.isConflict()) {
                throw failure;
            }
        }
    }
}
