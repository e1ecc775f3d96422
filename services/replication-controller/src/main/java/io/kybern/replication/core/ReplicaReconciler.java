package io.kybern.replication.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.SlowStart;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Adoption;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.controller.model.PodTemplates;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import io.kybern.replication.core.StatusPlanner.Failure;
import io.kybern.replication.core.StatusPlanner.Observed;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps as many pods as a ReplicaSet or a ReplicationController asks for, and reports how many there are. */
public final class ReplicaReconciler<O extends HasMetadata> implements Reconciler {

    /** The index of the pod cache that finds pods without a controller by their namespace. */
    public static final String ORPHANS = "orphans";

    private static final Logger log = LoggerFactory.getLogger(ReplicaReconciler.class);

    private final ReplicaKind<O> kind;
    private final Access<O> access;
    private final Adoption<Pod> adoption;
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final Clock clock;
    private final SlowStart slowStart;

    /**
     * Where the objects are.
     *
     * @param owners the cache of the owners
     * @param pods the cache of the pods, with the index {@link #ORPHANS}
     * @param ownerApi writes statuses
     * @param podApi creates and deletes
     */
    public record Access<O extends HasMetadata>(
            Informer<O> owners, Informer<Pod> pods, ObjectApi<O> ownerApi, ObjectApi<Pod> podApi) {}

    /** The values that {@link #ORPHANS} finds a pod by. */
    public static Collection<String> orphanIndex(Pod pod) {
        return Owners.controllerOf(pod).isPresent()
                ? List.of()
                : List.of(pod.getMetadata().getNamespace());
    }

    /**
     * @param fence where own writes are noted
     * @param executor runs requests side by side
     */
    public ReplicaReconciler(
            ReplicaKind<O> kind,
            Access<O> access,
            WriteFence fence,
            EventRecorder recorder,
            Clock clock,
            ExecutorService executor) {
        this.kind = kind;
        this.access = access;
        this.adoption = new Adoption<>(access.podApi());
        this.fence = fence;
        this.recorder = recorder;
        this.clock = clock;
        this.slowStart = new SlowStart(executor);
    }

    @Override
    public Outcome reconcile(ObjectKey key) throws InterruptedException {
        Optional<O> found = access.owners().get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        O owner = found.get();
        ReplicaSpec spec = kind.spec(owner);
        Collection<Pod> owned = access.pods()
                .byIndex(Informers.BY_CONTROLLER, owner.getMetadata().getUid());
        List<Pod> active = claim(owner, spec, owned);
        Instant now = clock.instant();
        Attempt attempt = Owners.isTerminating(owner)
                ? Attempt.SUCCESS
                : act(owner, spec, ReplicaPlanner.scale(spec, active, related(owner, active), now));
        int terminating = (int) owned.stream().filter(PodStates::isTerminating).count();
        RuntimeException failure = attempt.exception();
        try {
            reportStatus(owner, spec, new Observed(active, terminating), attempt.failure(), now);
        } catch (ApiFailure refused) {
            if (failure == null) {
                throw refused;
            }
            failure.addSuppressed(refused);
        }
        if (failure != null) {
            throw failure;
        }
        return StatusPlanner.untilNextAvailable(spec, active, now)
                .map(after -> Outcome.again(after, "a ready pod becomes available"))
                .orElse(Outcome.done());
    }

    private record Attempt(
            @Nullable Failure failure, @Nullable RuntimeException exception) {
        static final Attempt SUCCESS = new Attempt(null, null);
    }

    private List<Pod> claim(O owner, ReplicaSpec spec, Collection<Pod> owned) {
        ObjectKey key = ObjectKeys.of(owner);
        PodClaims claims = ReplicaPlanner.claim(
                spec,
                Owners.isTerminating(owner),
                owned,
                access.pods().byIndex(ORPHANS, owner.getMetadata().getNamespace()));
        List<Pod> active = new ArrayList<>(claims.kept());
        if (!claims.adopted().isEmpty() && Adoption.mayAdopt(owner, access.ownerApi())) {
            for (Pod pod : claims.adopted()) {
                adoption.adopt(pod, Owners.controllerReference(owner)).ifPresent(written -> {
                    fence.wrote(key, access.pods(), written.revision());
                    active.add(written.object());
                });
            }
        }
        for (Pod pod : claims.released()) {
            adoption.release(pod, owner.getMetadata().getUid())
                    .ifPresent(written -> fence.wrote(key, access.pods(), written.revision()));
        }
        return active;
    }

    /** The active pods of all owners that the owner's own controller has, so that scaling down sees a whole Deployment. */
    private Collection<Pod> related(O owner, List<Pod> active) {
        Optional<OwnerReference> controller = Owners.controllerOf(owner);
        if (controller.isEmpty()) {
            return active;
        }
        List<Pod> related = new ArrayList<>();
        for (O sibling : access.owners()
                .byIndex(Informers.BY_CONTROLLER, controller.get().getUid())) {
            access.pods().byIndex(Informers.BY_CONTROLLER, sibling.getMetadata().getUid()).stream()
                    .filter(PodStates::isActive)
                    .forEach(related::add);
        }
        return related;
    }

    private Attempt act(O owner, ReplicaSpec spec, ReplicaAction action) throws InterruptedException {
        return switch (action) {
            case ReplicaAction.Nothing nothing -> Attempt.SUCCESS;
            case ReplicaAction.Create create -> create(owner, spec.template(), create);
            case ReplicaAction.Delete delete -> delete(owner, delete);
        };
    }

    private Attempt create(O owner, @Nullable PodTemplateSpec template, ReplicaAction.Create action)
            throws InterruptedException {
        if (template == null) {
            return failed("FailedCreate", new IllegalStateException("unable to create pods, no template"));
        }
        log.atInfo()
                .addKeyValue("count", action.count())
                .addKeyValue("why", action.reason())
                .log("Creating pods");
        SlowStart.Result result = slowStart.run(action.count(), () -> createOne(owner, template));
        RuntimeException failure = result.failure();
        if (failure instanceof ApiFailure refused && refused.isNamespaceTerminating()) {
            log.debug("The namespace is being deleted; no pods are created in it");
            return Attempt.SUCCESS;
        }
        return failure == null ? Attempt.SUCCESS : failed("FailedCreate", failure);
    }

    private void createOne(O owner, PodTemplateSpec template) {
        try {
            var written = access.podApi().create(PodTemplates.pod(owner, template));
            fence.wrote(ObjectKeys.of(owner), access.pods(), written.revision());
            recorder.normal(
                    owner,
                    "SuccessfulCreate",
                    "Created pod: " + written.object().getMetadata().getName());
        } catch (ApiFailure failure) {
            if (!failure.isNamespaceTerminating()) {
                recorder.warning(owner, "FailedCreate", "Error creating: " + failure.getMessage());
            }
            throw failure;
        }
    }

    private Attempt delete(O owner, ReplicaAction.Delete action) throws InterruptedException {
        log.atInfo()
                .addKeyValue("count", action.pods().size())
                .addKeyValue("why", action.reason())
                .log("Deleting pods");
        List<Runnable> calls = new ArrayList<>();
        action.pods().forEach(pod -> calls.add(() -> deleteOne(owner, pod)));
        RuntimeException failure = slowStart.together(calls).failure();
        return failure == null ? Attempt.SUCCESS : failed("FailedDelete", failure);
    }

    private void deleteOne(O owner, Pod pod) {
        try {
            long revision = access.podApi()
                    .delete(
                            ObjectKeys.of(pod),
                            DeleteRequest.ofUid(pod.getMetadata().getUid()));
            fence.wrote(ObjectKeys.of(owner), access.pods(), revision);
            recorder.normal(
                    owner,
                    "SuccessfulDelete",
                    "Deleted pod: " + pod.getMetadata().getName());
        } catch (ApiFailure failure) {
            if (failure.isNotFound() || failure.isConflict()) {
                log.atDebug().addKeyValue("pod", pod.getMetadata().getName()).log("The pod is gone already");
                return;
            }
            recorder.warning(owner, "FailedDelete", "Error deleting: " + failure.getMessage());
            throw failure;
        }
    }

    private static Attempt failed(String reason, RuntimeException failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return new Attempt(new Failure(reason, message), failure);
    }

    private void reportStatus(O owner, ReplicaSpec spec, Observed observed, @Nullable Failure failure, Instant now) {
        ReplicaStatus before = kind.status(owner);
        ReplicaStatus after = StatusPlanner.status(spec, generation(owner), before, observed, failure, now);
        // what the kind does not report is no difference
        if (kind.status(kind.withStatus(owner, after)).equals(before)) {
            return;
        }
        try {
            long revision = access.ownerApi()
                    .updateStatus(kind.withStatus(owner, after))
                    .revision();
            fence.wrote(ObjectKeys.of(owner), access.owners(), revision);
        } catch (ApiFailure refused) {
            if (!refused.isNotFound()) {
                throw refused;
            }
            log.debug("The owner is gone; nobody asks for its status");
        }
    }

    private static long generation(HasMetadata object) {
        Long generation = object.getMetadata().getGeneration();
        return generation == null ? 0 : generation;
    }
}
