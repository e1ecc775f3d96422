package io.kybern.workload.core.statefulset;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatusBuilder;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.workload.core.history.Revisions;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Counts what a StatefulSet reports. */
final class SetStatusPlanner {

    private SetStatusPlanner() {}

    /** The name of the state that pods had before the update that is under way; that of the newest one if there is none. */
    static String currentRevision(StatefulSet set, Revisions revisions) {
        String update = Revisions.name(revisions.update());
        String current = set.getStatus() == null ? null : set.getStatus().getCurrentRevision();
        return current != null && revisions.named(current).isPresent() ? current : update;
    }

    static StatefulSetStatus status(StatefulSet set, Collection<Pod> pods, Revisions revisions, Instant now) {
        SetSettings settings = SetSettings.of(set);
        String current = currentRevision(set, revisions);
        String update = Revisions.name(revisions.update());
        int replicas = 0;
        int ready = 0;
        int available = 0;
        int old = 0;
        int updated = 0;
        for (Pod pod : pods) {
            replicas++;
            if (SetPods.isRunningAndReady(pod)) {
                ready++;
                available += PodStates.isAvailable(pod, settings.minReadySeconds(), now) ? 1 : 0;
            }
            if (!Owners.isTerminating(pod)) {
                old += SetPods.revision(pod).equals(current) ? 1 : 0;
                updated += SetPods.revision(pod).equals(update) ? 1 : 0;
            }
        }
        boolean complete = !settings.onDelete()
                && updated == settings.replicas()
                && replicas == settings.replicas()
                && ready == settings.replicas();
        return new StatefulSetStatusBuilder(requireNonNullElse(set.getStatus(), new StatefulSetStatus()))
                .withObservedGeneration(set.getMetadata().getGeneration())
                .withReplicas(replicas)
                .withReadyReplicas(orNull(ready))
                .withAvailableReplicas(available)
                .withCurrentReplicas(orNull(complete ? updated : old))
                .withUpdatedReplicas(orNull(updated))
                .withCurrentRevision(complete ? update : current)
                .withUpdateRevision(update)
                .withCollisionCount(revisions.collisions())
                .build();
    }

    private static @Nullable Integer orNull(int count) {
        return count == 0 ? null : count;
    }

    /** How long until the next ready pod becomes available. */
    static Optional<Duration> untilNextAvailable(StatefulSet set, Collection<Pod> pods, Instant now) {
        int seconds = SetSettings.of(set).minReadySeconds();
        return pods.stream()
                .flatMap(pod -> PodStates.untilAvailable(pod, seconds, now).stream())
                .min(Duration::compareTo);
    }
}
