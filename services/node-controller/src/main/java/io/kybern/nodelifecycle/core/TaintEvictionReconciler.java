package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Deletes pods from nodes whose NoExecute taints they do not tolerate, or not for so long. The time counts from when the taint was
 * added, so it survives a restart of this process.
 */
public final class TaintEvictionReconciler implements Reconciler {

    private final Informer<Pod> pods;
    private final Informer<Node> nodes;
    private final ObjectApi<Pod> api;
    private final EventRecorder recorder;
    private final Clock clock;

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
        Optional<Pod> pod = pods.get(key).filter(each -> !Owners.isTerminating(each) && !PodStates.hasEnded(each));
        Optional<Node> node = pod.map(each -> each.getSpec().getNodeName())
                .filter(name -> !name.isEmpty())
                .flatMap(name -> nodes.get(ObjectKey.clusterScoped(name)));
        if (pod.isEmpty() || node.isEmpty()) {
            return Outcome.done();
        }
        Instant now = clock.instant();
        Instant end = leavesAt(
                pod.get(),
                NodeConditions.taints(node.get()).stream()
                        .filter(taint -> "NoExecute".equals(taint.getEffect()))
                        .toList(),
                now);
        if (end == null) {
            return Outcome.done();
        }
        if (end.isAfter(now)) {
            return Outcome.again(Duration.between(now, end), "the pod tolerates the taint for so long");
        }
        evict(pod.get());
        return Outcome.done();
    }

    /** When the pod must leave; null if it may stay. */
    static @Nullable Instant leavesAt(Pod pod, List<Taint> taints, Instant now) {
        Instant earliest = null;
        List<Toleration> tolerations =
                Objects.requireNonNullElse(pod.getSpec().getTolerations(), List.<Toleration>of());
        for (Taint taint : taints) {
            List<Toleration> matching =
                    tolerations.stream().filter(each -> tolerates(each, taint)).toList();
            if (matching.isEmpty()) {
                return now;
            }
            Instant since = PodStates.instant(taint.getTimeAdded());
            Instant start = since.equals(Instant.EPOCH) ? now : since;
            Long shortest = matching.stream()
                    .map(Toleration::getTolerationSeconds)
                    .filter(Objects::nonNull)
                    .min(Long::compare)
                    .orElse(null);
            if (shortest != null) {
                Instant end = start.plusSeconds(Math.max(shortest, 0));
                earliest = earliest == null || end.isBefore(earliest) ? end : earliest;
            }
        }
        return earliest;
    }

    private static boolean tolerates(Toleration toleration, Taint taint) {
        String effect = toleration.getEffect();
        if (effect != null && !effect.isEmpty() && !effect.equals(taint.getEffect())) {
            return false;
        }
        String key = toleration.getKey();
        boolean anyKey = key == null || key.isEmpty();
        if (!anyKey && !key.equals(taint.getKey())) {
            return false;
        }
        if ("Exists".equals(toleration.getOperator())) {
            return true;
        }
        return !anyKey
                && Objects.requireNonNullElse(toleration.getValue(), "")
                        .equals(Objects.requireNonNullElse(taint.getValue(), ""));
    }

    private void evict(Pod pod) {
        ObjectKey key = ObjectKeys.of(pod);
        recorder.normal(pod, "TaintManagerEviction", "Marking for deletion Pod " + key);
        try {
            api.delete(key, DeleteRequest.ofUid(pod.getMetadata().getUid()));
        } catch (ApiFailure failure) {
            if (!failure.isNotFound() && !failure.isConflict()) {
                throw failure;
            }
        }
    }
}
