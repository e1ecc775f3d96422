package io.kybern.workload.core.statefulset;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which pods of a StatefulSet come and go now.
 *
 * <p>Goals: never two pods of one identity; unless the set is parallel, one change at a time: up in the order of the ordinals, down
 * against it, each step only when the pods before it are available. Scaling comes before updating.
 *
 * <p>Follows "Deployment and Scaling Guarantees" and "Update strategies" of the Kubernetes page "StatefulSets".
 */
final class SetPlanner {

    private final SetSettings settings;
    private final String updateRevision;
    private final Instant now;
    private final TreeMap<Integer, Pod> replicas = new TreeMap<>();
    private final TreeMap<Integer, Pod> condemned = new TreeMap<>();
    private final List<SetAction> actions = new ArrayList<>();

    private SetPlanner(StatefulSet set, Collection<Pod> pods, String updateRevision, Instant now) {
        this.settings = SetSettings.of(set);
        this.updateRevision = updateRevision;
        this.now = now;
        for (Pod pod : pods) {
            int ordinal = SetPods.ordinal(set, pod);
            if (ordinal >= 0) {
                (settings.has(ordinal) ? replicas : condemned).put(ordinal, pod);
            }
        }
    }

    /**
     * What to do, in this order.
     *
     * @param updateRevision the name of the state that the set asks for
     */
    static List<SetAction> plan(StatefulSet set, Collection<Pod> pods, String updateRevision, Instant now) {
        SetPlanner planner = new SetPlanner(set, pods, updateRevision, now);
        if (!planner.fill() && !planner.shrink()) {
            planner.update();
        }
        return planner.actions;
    }

    /** Brings the pods that are to be there; true if everything else has to wait. */
    private boolean fill() {
        for (int ordinal = settings.start(); ordinal < settings.start() + settings.replicas(); ordinal++) {
            if (fill(ordinal, replicas.get(ordinal)) && !settings.parallel()) {
                return true;
            }
        }
        return false;
    }

    /** True if the pods after it have to wait. */
    private boolean fill(int ordinal, @Nullable Pod pod) {
        if (pod == null) {
            boolean before = !settings.onDelete() && ordinal < settings.start() + settings.partition();
            actions.add(new SetAction.Create(ordinal, !before));
            return true;
        }
        if (PodStates.hasEnded(pod)) {
            if (!Owners.isTerminating(pod)) {
                actions.add(new SetAction.Recreate(pod));
            }
            return true;
        }
        if (isUnavailable(pod)) {
            return true;
        }
        if (!Owners.labels(pod)
                .entrySet()
                .containsAll(SetPodFactory.identity(pod.getMetadata().getName(), ordinal)
                        .entrySet())) {
            actions.add(new SetAction.Identify(pod, ordinal));
        }
        return false;
    }

    /** Takes away the pods that are too many; true if updating has to wait. */
    private boolean shrink() {
        @Nullable Pod firstUnhealthy = firstUnhealthy();
        for (Map.Entry<Integer, Pod> entry : condemned.descendingMap().entrySet()) {
            Pod pod = entry.getValue();
            if (Owners.isTerminating(pod)) {
                if (!settings.parallel()) {
                    return true;
                }
                continue;
            }
            if (!settings.parallel() && isUnavailable(pod) && pod != firstUnhealthy) {
                return true;
            }
            actions.add(new SetAction.Delete(pod, "the set is scaled down"));
            if (!settings.parallel()) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Pod firstUnhealthy() {
        for (TreeMap<Integer, Pod> pods : List.of(replicas, condemned)) {
            for (Pod pod : pods.values()) {
                if (isUnavailable(pod)) {
                    return pod;
                }
            }
        }
        return null;
    }

    private void update() {
        if (settings.onDelete()) {
            return;
        }
        int unavailable =
                (int) replicas.values().stream().filter(this::isUnavailable).count();
        int missing = settings.replicas() - replicas.size();
        int left = settings.maxUnavailable() - unavailable - missing;
        for (Map.Entry<Integer, Pod> entry : replicas.tailMap(settings.start() + settings.partition(), true)
                .descendingMap()
                .entrySet()) {
            Pod pod = entry.getValue();
            boolean old = !SetPods.revision(pod).equals(updateRevision) && !Owners.isTerminating(pod);
            if (!old) {
                continue;
            }
            // what does not work loses nothing, but a set in order has no such pods here
            if (left <= 0 && !isUnavailable(pod)) {
                return;
            }
            if (isUnavailable(pod) || left-- > 0) {
                actions.add(new SetAction.Delete(pod, "the set is updated"));
            }
        }
    }

    private boolean isUnavailable(Pod pod) {
        return Owners.isTerminating(pod)
                || !SetPods.isRunningAndReady(pod)
                || !PodStates.isAvailable(pod, settings.minReadySeconds(), now);
    }
}
