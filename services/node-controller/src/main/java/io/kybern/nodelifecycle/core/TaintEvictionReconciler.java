package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.model.PodStates;
import io.kybern.controller.model.Tolerations;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Deletes pods from nodes whose NoExecute taints they do not tolerate, or not for so long. The time counts from when the taint was
 * added, if it tells, and so survives a restart of this process; the taints that people add do not tell, and count from when they were
 * first seen with the pod. See "Taint based Evictions" in the Kubernetes documentation.
 */
public final class TaintEvictionReconciler implements Reconciler {

    private static final String REASON = "TaintManagerEviction";

    private final Informer<Pod> pods;
    private final Informer<Node> nodes;
    private final ObjectApi<Pod> api;
    private final EventRecorder recorder;
    private final Clock clock;
    private final Set<ObjectKey> waiting = ConcurrentHashMap.newKeySet();
    private final Map<ObjectKey, FirstSeen> firstSeen = new ConcurrentHashMap<>();

    /** When the taints of a pod's node that do not tell when they were added were first seen, by their key and value. */
    private record FirstSeen(String uid, Map<String, Instant> taints) {}

    public TaintEvictionReconciler(
            Informer<Pod> pods, Informer<Node> nodes, ObjectApi<Pod> api, EventRecorder recorder, Clock clock) {
        this.pods = pods;
        this.nodes = nodes;
        this.api = api;
        this.recorder = recorder;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Pod> pod = pods.get(key).filter(PodStates::isActive);
        if (pod.isEmpty()) {
            waiting.remove(key);
            firstSeen.remove(key);
            return Outcome.done();
        }
        Instant now = clock.instant();
        Instant end = leavesAt(pod.get(), dated(pod.get(), noExecuteTaints(pod.get()), now), now);
        if (end == null) {
            if (waiting.remove(key)) {
                recorder.normal(pod.get(), REASON, "Cancelling deletion of Pod " + key);
            }
            return Outcome.done();
        }
        if (end.isAfter(now)) {
            waiting.add(key);
            return Outcome.again(Duration.between(now, end), "the pod tolerates the taint for so long");
        }
        evict(pod.get());
        waiting.remove(key);
        return Outcome.done();
    }

    private List<Taint> noExecuteTaints(Pod pod) {
        String name = Objects.requireNonNullElse(pod.getSpec().getNodeName(), "");
        return name.isEmpty()
                ? List.of()
                : nodes.get(ObjectKey.clusterScoped(name)).map(NodeConditions::taints).orElse(List.of()).stream()
                        .filter(taint -> "NoExecute".equals(taint.getEffect()))
                        .toList();
    }

    /** The same taints, each with a time. */
    private List<Taint> dated(Pod pod, List<Taint> taints, Instant now) {
        ObjectKey key = ObjectKeys.of(pod);
        String uid = pod.getMetadata().getUid();
        FirstSeen before = firstSeen.get(key);
        Map<String, Instant> seen = new HashMap<>();
        List<Taint> dated = new ArrayList<>();
        for (Taint taint : taints) {
            if (taint.getTimeAdded() != null) {
                dated.add(taint);
                continue;
            }
            String name = taint.getKey() + "=" + Objects.requireNonNullElse(taint.getValue(), "");
            Instant since =
                    before != null && before.uid().equals(uid) ? before.taints().getOrDefault(name, now) : now;
            seen.put(name, since);
            dated.add(new TaintBuilder(taint).withTimeAdded(since.toString()).build());
        }
        if (seen.isEmpty()) {
            firstSeen.remove(key);
        } else {
            firstSeen.put(key, new FirstSeen(uid, Map.copyOf(seen)));
        }
        return dated;
    }

    /** When the pod must leave; null if it may stay. */
    static @Nullable Instant leavesAt(Pod pod, List<Taint> taints, Instant now) {
        Instant earliest = null;
        List<Toleration> tolerations =
                Objects.requireNonNullElse(pod.getSpec().getTolerations(), List.<Toleration>of());
        for (Taint taint : taints) {
            Optional<Toleration> toleration = Tolerations.covering(tolerations, taint);
            if (toleration.isEmpty()) {
                return now;
            }
            Long seconds = toleration.get().getTolerationSeconds();
            if (seconds != null) {
                Instant added = PodStates.instant(taint.getTimeAdded());
                Instant since = added.equals(Instant.EPOCH) ? now : added;
                Instant end = since.plusSeconds(Math.max(seconds, 0));
                earliest = earliest == null || end.isBefore(earliest) ? end : earliest;
            }
        }
        return earliest;
    }

    private void evict(Pod pod) {
        ObjectKey key = ObjectKeys.of(pod);
        recorder.normal(pod, REASON, "Marking for deletion Pod " + key);
        try {
            if (PodStates.condition(pod, PodPatches.DISRUPTION).isEmpty()) {
                String patch = PodPatches.disrupted(
                        "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", clock.instant());
                api.patch(key, "status", PatchType.STRATEGIC, patch);
            }
            api.delete(key, DeleteRequest.ofUid(pod.getMetadata().getUid()));
        } catch (ApiFailure failure) {
            if (!failure.isNotFound() && !failure.isConflict()) {
                throw failure;
            }
        }
    }
}
