package io.kybern.deployment.core;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Adoption;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.client.Written;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.controller.model.Selectors;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what {@link RolloutPlanner} plans for a Deployment, and reports how far it has come. */
public final class DeploymentReconciler implements Reconciler {

    private static final Logger log = LoggerFactory.getLogger(DeploymentReconciler.class);

    private final Access access;
    private final Adoption<ReplicaSet> adoption;
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final Clock clock;

    /**
     * Where the objects are.
     *
     * @param deployments the cache of the deployments
     * @param sets the cache of the ReplicaSets
     * @param pods the cache of the pods
     * @param deploymentApi writes statuses and revisions
     * @param setApi creates, changes and deletes
     */
    public record Access(
            Informer<Deployment> deployments,
            Informer<ReplicaSet> sets,
            Informer<Pod> pods,
            ObjectApi<Deployment> deploymentApi,
            ObjectApi<ReplicaSet> setApi) {}

    /**
     * @param fence where own writes are noted
     */
    public DeploymentReconciler(Access access, WriteFence fence, EventRecorder recorder, Clock clock) {
        this.access = access;
        this.adoption = new Adoption<>(access.setApi());
        this.fence = fence;
        this.recorder = recorder;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Deployment> found = access.deployments().get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        Deployment deployment = found.get();
        LabelSelector selector = Selectors.of(deployment.getSpec().getSelector());
        if (selector.isEverything()) {
            recorder.warning(
                    deployment,
                    "SelectingAll",
                    "This deployment is selecting all pods. A non-empty selector is required.");
            reportStatus(deployment, observed(deployment));
            return Outcome.done();
        }
        List<ReplicaSet> sets = claim(deployment, selector);
        Instant now = clock.instant();
        RolloutPlan plan = RolloutPlanner.plan(deployment, sets, setsWithRunningPods(deployment, sets), now);
        carryOut(deployment, plan, now);
        return plan.checkAgain() == null
                ? Outcome.done()
                : Outcome.again(plan.checkAgain(), "the progress deadline may have passed");
    }

    private List<ReplicaSet> claim(Deployment deployment, LabelSelector selector) {
        ObjectKey key = ObjectKeys.of(deployment);
        String uid = deployment.getMetadata().getUid();
        boolean terminating = Owners.isTerminating(deployment);
        List<ReplicaSet> sets = new ArrayList<>();
        for (ReplicaSet set : access.sets().byIndex(Informers.BY_CONTROLLER, uid)) {
            if (selector.matches(Owners.labels(set))) {
                sets.add(set);
            } else if (!terminating) {
                adoption.release(set, uid).ifPresent(written -> fence.wrote(key, access.sets(), written.revision()));
            }
        }
        List<ReplicaSet> orphans = access.sets().byNamespace(key.namespace()).stream()
                .filter(set -> Owners.controllerOf(set).isEmpty())
                .filter(set -> !Owners.isTerminating(set))
                .filter(set -> selector.matches(Owners.labels(set)))
                .toList();
        if (!terminating && !orphans.isEmpty() && Adoption.mayAdopt(deployment, access.deploymentApi())) {
            for (ReplicaSet orphan : orphans) {
                adoption.adopt(orphan, Owners.controllerReference(deployment)).ifPresent(written -> {
                    fence.wrote(key, access.sets(), written.revision());
                    sets.add(written.object());
                });
            }
        }
        return sets;
    }

    /** Only Recreate asks: it waits for the last old pod to end. */
    private Set<String> setsWithRunningPods(Deployment deployment, List<ReplicaSet> sets) {
        Set<String> uids = new HashSet<>();
        if (RolloutBounds.of(deployment).recreate()) {
            for (ReplicaSet set : sets) {
                String uid = set.getMetadata().getUid();
                if (access.pods().byIndex(Informers.BY_CONTROLLER, uid).stream()
                        .anyMatch(pod -> !PodStates.hasEnded(pod))) {
                    uids.add(uid);
                }
            }
        }
        return uids;
    }

    private void carryOut(Deployment deployment, RolloutPlan plan, Instant now) {
        DeploymentStatus status = plan.status();
        Deployment current = deployment;
        RuntimeException failure = null;
        for (RolloutAction action : plan.actions()) {
            try {
                switch (action) {
                    case RolloutAction.CreateSet create -> create(deployment, create);
                    case RolloutAction.UpdateSet update -> update(deployment, update);
                    case RolloutAction.DeleteSet delete -> delete(deployment, delete);
                    case RolloutAction.NoteRevision note -> current = noteRevision(deployment, note);
                }
            } catch (NameTaken taken) {
                status = StatusPlanner.afterCollision(deployment);
                failure = taken;
            } catch (ApiFailure refused) {
                if (action instanceof RolloutAction.CreateSet create) {
                    String name = create.wanted().getMetadata().getName();
                    status = StatusPlanner.afterCreateFailure(
                            deployment, name, String.valueOf(refused.getMessage()), now);
                }
                failure = refused;
            }
            if (failure != null) {
                break;
            }
        }
        if (failure == null || status != plan.status()) {
            report(current, status, failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void report(
            Deployment deployment,
            DeploymentStatus status,
            @org.jspecify.annotations.Nullable RuntimeException failure) {
        try {
            reportStatus(deployment, status);
        } catch (ApiFailure refused) {
            if (failure == null) {
                throw refused;
            }
            failure.addSuppressed(refused);
        }
    }

    private void create(Deployment deployment, RolloutAction.CreateSet action) {
        ReplicaSet wanted = action.wanted();
        String name = wanted.getMetadata().getName();
        try {
            long revision = access.setApi().create(wanted).revision();
            fence.wrote(ObjectKeys.of(deployment), access.sets(), revision);
        } catch (ApiFailure refused) {
            if (refused.isAlreadyExists()) {
                checkCollision(deployment, wanted);
                return;
            }
            if (!refused.isNamespaceTerminating()) {
                recorder.warning(
                        deployment,
                        Conditions.SET_CREATE_ERROR,
                        "Failed to create new replica set \"" + name + "\": " + refused.getMessage());
            }
            throw refused;
        }
        int replicas = requireNonNullElse(wanted.getSpec().getReplicas(), 0);
        if (replicas > 0) {
            recorder.normal(
                    deployment, "ScalingReplicaSet", "Scaled up replica set " + name + " from 0 to " + replicas);
        }
    }

    /** Two templates have one hash, or the cache does not show the set that an earlier pass created. */
    private void checkCollision(Deployment deployment, ReplicaSet wanted) {
        Optional<ReplicaSet> other = access.setApi().get(ObjectKeys.of(wanted));
        boolean own = other.filter(set -> Owners.isControlledBy(
                                set, deployment.getMetadata().getUid())
                        && Templates.sameApartFromHash(
                                set.getSpec().getTemplate(), wanted.getSpec().getTemplate()))
                .isPresent();
        if (own) {
            fence.wrote(ObjectKeys.of(deployment), access.sets(), ObjectKeys.revision(other.orElseThrow()));
        } else if (other.isPresent()) {
            throw NameTaken.by(wanted.getMetadata().getName());
        }
    }

    private void update(Deployment deployment, RolloutAction.UpdateSet action) {
        long revision = access.setApi().update(action.wanted()).revision();
        fence.wrote(ObjectKeys.of(deployment), access.sets(), revision);
        if (action.from() != action.to()) {
            recorder.normal(
                    deployment,
                    "ScalingReplicaSet",
                    "Scaled %s replica set %s from %d to %d"
                            .formatted(
                                    action.to() > action.from() ? "up" : "down",
                                    action.wanted().getMetadata().getName(),
                                    action.from(),
                                    action.to()));
        }
    }

    private void delete(Deployment deployment, RolloutAction.DeleteSet action) {
        ReplicaSet old = action.old();
        try {
            long revision = access.setApi()
                    .delete(
                            ObjectKeys.of(old),
                            DeleteRequest.ofUid(old.getMetadata().getUid()).propagating("Background"));
            fence.wrote(ObjectKeys.of(deployment), access.sets(), revision);
        } catch (ApiFailure refused) {
            if (!refused.isNotFound()) {
                throw refused;
            }
            log.atDebug()
                    .addKeyValue("replicaSet", old.getMetadata().getName())
                    .log("The old ReplicaSet is gone already");
        }
    }

    private Deployment noteRevision(Deployment deployment, RolloutAction.NoteRevision action) {
        String patch = "{\"metadata\":{\"uid\":\"%s\",\"annotations\":{\"%s\":\"%s\"}}}"
                .formatted(deployment.getMetadata().getUid(), Annotations.REVISION, action.revision());
        Written<Deployment> written = access.deploymentApi().patch(ObjectKeys.of(deployment), PatchType.MERGE, patch);
        fence.wrote(ObjectKeys.of(deployment), access.deployments(), written.revision());
        return written.object();
    }

    private void reportStatus(Deployment deployment, DeploymentStatus status) {
        DeploymentStatus before = requireNonNullElse(deployment.getStatus(), new DeploymentStatus());
        if (Numbers.of(before).equals(Numbers.of(status))
                && requireNonNullElse(before.getConditions(), List.of()).equals(status.getConditions())) {
            return;
        }
        try {
            long revision = access.deploymentApi()
                    .updateStatus(
                            new DeploymentBuilder(deployment).withStatus(status).build())
                    .revision();
            fence.wrote(ObjectKeys.of(deployment), access.deployments(), revision);
        } catch (ApiFailure refused) {
            if (!refused.isNotFound()) {
                throw refused;
            }
            log.debug("The Deployment is gone; nobody asks for its status");
        }
    }

    private static DeploymentStatus observed(Deployment deployment) {
        DeploymentStatus before = requireNonNullElse(deployment.getStatus(), new DeploymentStatus());
        return new DeploymentStatusBuilder(before)
                .withObservedGeneration(deployment.getMetadata().getGeneration())
                .build();
    }

    /** The numbers of a status, absent ones being zero. */
    private record Numbers(
            long observedGeneration,
            int replicas,
            int updated,
            int ready,
            int available,
            int unavailable,
            int terminating,
            int collisions) {
        static Numbers of(DeploymentStatus status) {
            return new Numbers(
                    Objects.requireNonNullElse(status.getObservedGeneration(), 0L),
                    StatusPlanner.number(status.getReplicas()),
                    StatusPlanner.number(status.getUpdatedReplicas()),
                    StatusPlanner.number(status.getReadyReplicas()),
                    StatusPlanner.number(status.getAvailableReplicas()),
                    StatusPlanner.number(status.getUnavailableReplicas()),
                    StatusPlanner.number(status.getTerminatingReplicas()),
                    StatusPlanner.number(status.getCollisionCount()));
        }
    }
}
