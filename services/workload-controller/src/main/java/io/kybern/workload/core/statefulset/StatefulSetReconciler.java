package io.kybern.workload.core.statefulset;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.Selectors;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import io.kybern.workload.core.PodClaimer;
import io.kybern.workload.core.history.RevisionHistory;
import io.kybern.workload.core.history.Revisions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the pods of StatefulSets, each with its own name and its own claims. */
public final class StatefulSetReconciler implements Reconciler {

    private static final Logger log = LoggerFactory.getLogger(StatefulSetReconciler.class);

    private static final Duration WAIT_FOR_CLAIM = Duration.ofSeconds(1);

    private final Access access;
    private final PodClaimer<StatefulSet> claimer;
    private final RevisionHistory<StatefulSet> history;
    private final SetClaims claims;
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final Clock clock;

    /**
     * Where the objects are.
     *
     * @param pods the cache of the pods, with the index {@link PodClaimer#ORPHANS}
     */
    public record Access(
            Informer<StatefulSet> sets,
            Informer<Pod> pods,
            Informer<PersistentVolumeClaim> claims,
            Informer<ControllerRevision> revisions,
            Writes writes) {}

    /** Where changes go. */
    public record Writes(
            ObjectApi<StatefulSet> sets,
            ObjectApi<Pod> pods,
            ObjectApi<PersistentVolumeClaim> claims,
            ObjectApi<ControllerRevision> revisions) {}

    /** @param fence where own writes are noted */
    public StatefulSetReconciler(Access access, WriteFence fence, EventRecorder recorder, Clock clock) {
        Writes writes = access.writes();
        this.access = access;
        this.claimer = new PodClaimer<>(access.pods(), writes.pods(), writes.sets(), fence, null);
        this.history = new RevisionHistory<>(
                access.revisions(), writes.revisions(), writes.sets(), fence, "controller.kubernetes.io/hash");
        this.claims = new SetClaims(access.claims(), writes.claims(), fence, recorder);
        this.fence = fence;
        this.recorder = recorder;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<StatefulSet> found = access.sets().get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        StatefulSet set = found.get();
        LabelSelector selector = Selectors.of(set.getSpec().getSelector());
        List<Pod> pods = claimer.claim(set, selector, pod -> SetPods.ordinal(set, pod) >= 0);
        Revisions revisions = history.resolve(set, selector, set.getSpec().getTemplate(), collisions(set));
        Instant now = clock.instant();
        Progress progress = Owners.isTerminating(set) ? Progress.WHOLE : act(set, revisions, pods, now);
        RuntimeException failure = progress.failure();
        try {
            report(set, SetStatusPlanner.status(set, pods, revisions, now));
            truncate(set, revisions, pods);
        } catch (ApiFailure refused) {
            if (failure == null) {
                throw refused;
            }
            failure.addSuppressed(refused);
        }
        if (failure != null) {
            throw failure;
        }
        if (progress.waitsFor() != null) {
            return Outcome.again(WAIT_FOR_CLAIM, progress.waitsFor());
        }
        return SetStatusPlanner.untilNextAvailable(set, pods, now)
                .map(after -> Outcome.again(after, "a ready pod becomes available"))
                .orElse(Outcome.done());
    }

    private static int collisions(StatefulSet set) {
        return set.getStatus() == null ? 0 : requireNonNullElse(set.getStatus().getCollisionCount(), 0);
    }

    /**
     * How far a pass came.
     *
     * @param failure what went wrong
     * @param waitsFor what has to happen first
     */
    private record Progress(
            @Nullable RuntimeException failure, @Nullable String waitsFor) {
        static final Progress WHOLE = new Progress(null, null);
    }

    private Progress act(StatefulSet set, Revisions revisions, List<Pod> pods, Instant now) {
        SetSettings settings = SetSettings.of(set);
        try {
            for (Pod pod : pods) {
                claims.own(set, pod, !settings.has(SetPods.ordinal(set, pod)));
            }
            for (SetAction action : SetPlanner.plan(set, pods, Revisions.name(revisions.update()), now)) {
                Optional<String> waitsFor = act(set, revisions, action);
                if (waitsFor.isPresent()) {
                    return new Progress(null, waitsFor.get());
                }
            }
            return Progress.WHOLE;
        } catch (ApiFailure failure) {
            if (failure.isNamespaceTerminating()) {
                log.debug("The namespace is being deleted; no pods are created in it");
                return Progress.WHOLE;
            }
            return new Progress(failure, null);
        }
    }

    private Optional<String> act(StatefulSet set, Revisions revisions, SetAction action) {
        switch (action) {
            case SetAction.Create create -> {
                return create(set, revisions, create);
            }
            case SetAction.Delete delete -> {
                log.atInfo()
                        .addKeyValue("pod", delete.pod().getMetadata().getName())
                        .addKeyValue("why", delete.why())
                        .log("Deleting a pod");
                delete(set, delete.pod());
            }
            case SetAction.Recreate recreate -> {
                String phase = requireNonNullElse(recreate.pod().getStatus().getPhase(), "");
                boolean failed = phase.equals("Failed");
                recorder.warning(
                        set,
                        failed ? "RecreatingFailedPod" : "RecreatingTerminatedPod",
                        "StatefulSet " + set.getMetadata().getNamespace() + "/"
                                + set.getMetadata().getName() + " is recreating "
                                + (failed ? "failed" : "terminated") + " Pod "
                                + recreate.pod().getMetadata().getName());
                delete(set, recreate.pod());
            }
            case SetAction.Identify identify -> {
                Pod pod = new PodBuilder(identify.pod())
                        .editMetadata()
                        .addToLabels(SetPodFactory.identity(
                                identify.pod().getMetadata().getName(), identify.ordinal()))
                        .endMetadata()
                        .build();
                var written = access.writes().pods().update(pod);
                fence.wrote(ObjectKeys.of(set), access.pods(), written.revision());
            }
        }
        return Optional.empty();
    }

    private Optional<String> create(StatefulSet set, Revisions revisions, SetAction.Create create) {
        ControllerRevision revision = create.updated()
                ? revisions.update()
                : revisions
                        .named(SetStatusPlanner.currentRevision(set, revisions))
                        .orElse(revisions.update());
        PodTemplateSpec template = Revisions.template(revision);
        Pod pod = SetPodFactory.pod(set, template, Revisions.name(revision), create.ordinal());
        String name = pod.getMetadata().getName();
        String owner = set.getMetadata().getName();
        Optional<String> waitsFor = claims.create(set, create.ordinal());
        if (waitsFor.isPresent()) {
            return waitsFor;
        }
        try {
            var written = access.writes().pods().create(pod);
            fence.wrote(ObjectKeys.of(set), access.pods(), written.revision());
            recorder.normal(set, "SuccessfulCreate", "create Pod " + name + " in StatefulSet " + owner + " successful");
            return Optional.empty();
        } catch (ApiFailure failure) {
            if (!failure.isNamespaceTerminating() && !failure.isAlreadyExists()) {
                recorder.warning(
                        set,
                        "FailedCreate",
                        "create Pod " + name + " in StatefulSet " + owner + " failed error: " + failure.getMessage());
            }
            throw failure;
        }
    }

    private void delete(StatefulSet set, Pod pod) {
        String name = pod.getMetadata().getName();
        String owner = set.getMetadata().getName();
        try {
            long revision = access.writes()
                    .pods()
                    .delete(
                            ObjectKeys.of(pod),
                            DeleteRequest.ofUid(pod.getMetadata().getUid()));
            fence.wrote(ObjectKeys.of(set), access.pods(), revision);
            recorder.normal(set, "SuccessfulDelete", "delete Pod " + name + " in StatefulSet " + owner + " successful");
        } catch (ApiFailure failure) {
            if (failure.isNotFound() || failure.isConflict()) {
                return;
            }
            recorder.warning(
                    set,
                    "FailedDelete",
                    "delete Pod " + name + " in StatefulSet " + owner + " failed error: " + failure.getMessage());
            throw failure;
        }
    }

    private void report(StatefulSet set, StatefulSetStatus status) {
        if (status.equals(set.getStatus())) {
            return;
        }
        var written = access.writes()
                .sets()
                .updateStatus(new StatefulSetBuilder(set).withStatus(status).build());
        fence.wrote(ObjectKeys.of(set), access.sets(), written.revision());
    }

    private void truncate(StatefulSet set, Revisions revisions, List<Pod> pods) {
        Set<String> live = new HashSet<>();
        live.add(SetStatusPlanner.currentRevision(set, revisions));
        pods.forEach(pod -> live.add(SetPods.revision(pod)));
        history.truncate(set, revisions, live, SetSettings.of(set).historyLimit());
    }
}
