package io.kybern.deployment.core;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.kybern.controller.model.Owners;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides, without side effects, what comes next for a Deployment.
 *
 * <p>Goals: never more pods than replicas + maxSurge, never fewer available ones than replicas − maxUnavailable, whatever the delay
 * with which ReplicaSets report. Algorithm: a Deployment that was resized or is paused is scaled, in proportion if several
 * ReplicaSets are active; otherwise the new ReplicaSet grows by what the surge allows, and when it cannot, old ones shrink by what
 * availability allows, unavailable pods first. Each pass takes one such step; the change that it causes brings the next.
 *
 * <p>Example: 3 replicas, surge 1, unavailable 0. The new set is created with 1 pod; when that is available the old set goes to 2,
 * then the new one to 2, and so on.
 *
 * <p>See "Deployments" of the Kubernetes documentation.
 */
final class RolloutPlanner {

    private static final Comparator<SetDraft> BY_AGE =
            Comparator.comparing(SetDraft::created).thenComparing(SetDraft::name);

    private final Deployment deployment;
    private final RolloutBounds bounds;
    private final List<SetDraft> old = new ArrayList<>();
    private final List<RolloutAction> deletions = new ArrayList<>();
    private final Set<String> setsWithRunningPods;
    private final Instant now;
    private @Nullable SetDraft current;

    private RolloutPlanner(
            Deployment deployment, Collection<ReplicaSet> sets, Set<String> setsWithRunningPods, Instant now) {
        this.deployment = deployment;
        this.bounds = RolloutBounds.of(deployment);
        this.setsWithRunningPods = Set.copyOf(setsWithRunningPods);
        this.now = now;
        List<SetDraft> drafts =
                sets.stream().map(SetDraft::ofExisting).sorted(BY_AGE).toList();
        for (SetDraft draft : drafts) {
            if (current == null
                    && Templates.sameApartFromHash(
                            draft.observed().getSpec().getTemplate(),
                            deployment.getSpec().getTemplate())) {
                current = draft;
            } else {
                old.add(draft);
            }
        }
    }

    /**
     * Plans the next step.
     *
     * @param sets the ReplicaSets of the Deployment
     * @param setsWithRunningPods uids of those with pods that have not ended yet; only asked for with the strategy Recreate
     */
    static RolloutPlan plan(
            Deployment deployment, Collection<ReplicaSet> sets, Set<String> setsWithRunningPods, Instant now) {
        return new RolloutPlanner(deployment, sets, setsWithRunningPods, now).plan();
    }

    private RolloutPlan plan() {
        StatusPlanner status = new StatusPlanner(deployment, bounds, now);
        if (Owners.isTerminating(deployment)) {
            return finish(status, false);
        }
        status.notePause();
        SetDraft known = current;
        if (known != null) {
            prepareCurrent(known);
            status.noteFound(known.name());
        }
        if (Boolean.TRUE.equals(deployment.getSpec().getPaused()) || isResized()) {
            ProportionalScaling.apply(deployment, bounds, current, old);
            cleanUp();
            return finish(status, false);
        }
        if (bounds.recreate()) {
            recreate(status);
        } else {
            roll(status);
        }
        return finish(status, true);
    }

    private void prepareCurrent(SetDraft set) {
        long revision = old.stream()
                        .mapToLong(draft -> Annotations.revision(draft.observed()))
                        .max()
                        .orElse(0)
                + 1;
        set.annotations(Annotations.ofNewSet(Owners.annotations(deployment), set.annotations(), revision));
        set.minReadySeconds(requireNonNullElse(deployment.getSpec().getMinReadySeconds(), 0));
    }

    /** Whether an active ReplicaSet was last scaled for another size of the Deployment. */
    private boolean isResized() {
        return all().stream()
                .filter(draft -> draft.replicas() > 0)
                .anyMatch(draft -> draft.annotations().containsKey(Annotations.DESIRED_REPLICAS)
                        && Annotations.number(draft.observed(), Annotations.DESIRED_REPLICAS) != bounds.replicas());
    }

    private void roll(StatusPlanner status) {
        SetDraft set = currentOrCreated(status);
        if (growCurrent(set)) {
            return;
        }
        shrinkOld(set);
    }

    private SetDraft currentOrCreated(StatusPlanner status) {
        SetDraft known = current;
        if (known != null) {
            return known;
        }
        SetDraft created = SetDraft.ofNew(newSet());
        current = created;
        prepareCurrent(created);
        status.noteCreated(created.name());
        return created;
    }

    private ReplicaSet newSet() {
        DeploymentStatus status = deployment.getStatus();
        String hash =
                Templates.hash(deployment.getSpec().getTemplate(), status == null ? null : status.getCollisionCount());
        return new ReplicaSetBuilder()
                .withNewMetadata()
                .withNamespace(deployment.getMetadata().getNamespace())
                .withName(deployment.getMetadata().getName() + "-" + hash)
                .withLabels(Templates.withHash(deployment.getSpec().getTemplate(), hash)
                        .getMetadata()
                        .getLabels())
                .withOwnerReferences(Owners.controllerReference(deployment))
                .endMetadata()
                .withNewSpec()
                .withReplicas(0)
                .withSelector(new LabelSelectorBuilder(deployment.getSpec().getSelector())
                        .addToMatchLabels(Map.of(Templates.HASH_LABEL, hash))
                        .build())
                .withTemplate(Templates.withHash(deployment.getSpec().getTemplate(), hash))
                .endSpec()
                .build();
    }

    private boolean growCurrent(SetDraft set) {
        int before = set.replicas();
        int after = before;
        if (before > bounds.replicas()) {
            after = bounds.replicas();
        } else if (before < bounds.replicas()) {
            int total = all().stream().mapToInt(SetDraft::replicas).sum();
            int room = Math.max(0, bounds.maxTotal() - total);
            after = before + Math.min(room, bounds.replicas() - before);
        }
        set.scale(after, bounds);
        return set.exists() && after != before;
    }

    private void shrinkOld(SetDraft set) {
        int total = all().stream().mapToInt(SetDraft::replicas).sum();
        int stillUnavailable = set.replicas() - set.available();
        int allowed = total - bounds.minAvailable() - stillUnavailable;
        if (allowed <= 0) {
            return;
        }
        for (SetDraft draft : old) {
            int unavailable = Math.min(allowed, draft.unavailable());
            if (unavailable > 0) {
                draft.scale(draft.replicas() - unavailable, bounds);
                allowed -= unavailable;
            }
        }
        int spare = all().stream().mapToInt(SetDraft::available).sum() - bounds.minAvailable();
        for (SetDraft draft : old) {
            int fewer = Math.min(draft.replicas(), Math.min(spare, allowed));
            if (fewer > 0) {
                draft.scale(draft.replicas() - fewer, bounds);
                spare -= fewer;
                allowed -= fewer;
            }
        }
    }

    private void recreate(StatusPlanner status) {
        boolean shrunk = false;
        for (SetDraft draft : old) {
            if (draft.replicas() > 0) {
                draft.scale(0, bounds);
                shrunk = true;
            }
        }
        if (shrunk || old.stream().anyMatch(this::hasRunningPods)) {
            return;
        }
        currentOrCreated(status).scale(bounds.replicas(), bounds);
    }

    private boolean hasRunningPods(SetDraft draft) {
        return setsWithRunningPods.contains(draft.observed().getMetadata().getUid());
    }

    /** Deletes the oldest ReplicaSets without pods beyond the history that is to be kept. */
    private void cleanUp() {
        Integer limit = deployment.getSpec().getRevisionHistoryLimit();
        if (limit == null) {
            return;
        }
        List<SetDraft> candidates = old.stream()
                .filter(draft -> !Owners.isTerminating(draft.observed()))
                .sorted(Comparator.<SetDraft>comparingLong(draft -> Annotations.revision(draft.observed()))
                        .thenComparing(BY_AGE))
                .toList();
        for (SetDraft draft : candidates.subList(0, Math.max(0, candidates.size() - limit))) {
            boolean empty = draft.reportedReplicas() == 0 && draft.observedReplicas() == 0 && draft.replicas() == 0;
            if (empty && draft.isObserved()) {
                deletions.add(new RolloutAction.DeleteSet(draft.observed()));
            }
        }
    }

    private List<SetDraft> all() {
        List<SetDraft> all = new ArrayList<>(old);
        if (current != null) {
            all.add(current);
        }
        return all;
    }

    private RolloutPlan finish(StatusPlanner planner, boolean rollout) {
        DeploymentStatus status = planner.status(current, old, rollout);
        if (rollout && StatusPlanner.isComplete(deployment, bounds, status)) {
            cleanUp();
        }
        List<RolloutAction> actions = new ArrayList<>();
        for (SetDraft draft : all()) {
            if (draft.changed()) {
                actions.add(
                        draft.exists()
                                ? new RolloutAction.UpdateSet(
                                        draft.wanted(), draft.observedReplicas(), draft.replicas())
                                : new RolloutAction.CreateSet(draft.wanted()));
            }
        }
        SetDraft set = current;
        String revision = set == null ? null : set.annotations().get(Annotations.REVISION);
        if (revision != null
                && !Owners.isTerminating(deployment)
                && !revision.equals(Owners.annotations(deployment).get(Annotations.REVISION))) {
            actions.add(new RolloutAction.NoteRevision(revision));
        }
        actions.addAll(deletions);
        return new RolloutPlan(actions, status, planner.checkAgain(status));
    }
}
