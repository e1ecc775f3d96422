package io.kybern.lifecycle.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.controller.recorder.EventRecorder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what has no owner left, and carries out the two ways of deletion that concern dependents. See "Garbage Collection" in the
 * Kubernetes documentation.
 *
 * <p>Every write names the state that was seen, so one that was overtaken fails and is decided anew.
 */
public final class GarbageReconciler implements Reconciler {

    private static final Logger log = LoggerFactory.getLogger(GarbageReconciler.class);
    private static final String ORPHAN = "orphan";
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);
    private static final Duration CATCH_UP = Duration.ofMillis(500);

    /** Six times the interval at which every cache is told how far it is: longer only if something is broken for good. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final AnyObjects objects;
    private final OwnerStates owners;
    private final Clock clock;
    private final ReferencePatches patches = new ReferencePatches();

    public GarbageReconciler(AnyObjects objects, EventRecorder recorder, Clock clock) {
        this.objects = objects;
        this.clock = clock;
        this.owners = new OwnerStates(objects, recorder);
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<AnyObjects.Entry> entry = objects.entry(key);
        Optional<? extends HasMetadata> object =
                entry.flatMap(each -> each.cache().get(AnyObjects.objectKey(key)));
        if (entry.isEmpty() || object.isEmpty()) {
            return Outcome.done();
        }
        try {
            return reconcile(new AnyObjects.Found(entry.get(), object.get()));
        } catch (ApiFailure failure) {
            if (failure.isNotFound()) {
                return Outcome.done();
            }
            if (failure.isConflict()) {
                return Outcome.again(LOOK_AGAIN, "the object changed meanwhile");
            }
            throw failure;
        }
    }

    private Outcome reconcile(AnyObjects.Found found) {
        HasMetadata object = found.object();
        if (Owners.isTerminating(object)) {
            if (OwnerStates.isBeingEmptied(object)) {
                return foreground(found);
            }
            return OwnerStates.finalizers(object).contains(ORPHAN) ? orphan(found) : Outcome.done();
        }
        if (!Owners.references(object).isEmpty()) {
            collect(found);
        }
        return Outcome.done();
    }

    /** Deletes the dependents that block; the object may go once none of those is left. */
    private Outcome foreground(AnyObjects.Found found) {
        List<AnyObjects.Found> blocking = blocking(found.object());
        for (AnyObjects.Found dependent : blocking) {
            if (!Owners.isTerminating(dependent.object())) {
                collect(dependent);
            }
        }
        if (blocking.isEmpty()) {
            removeFinalizer(found, OwnerStates.FOREGROUND);
            return Outcome.done();
        }
        if (holdsUpOwners(found.object()) && waitsForItself(found.object())) {
            found.entry()
                    .api()
                    .patch(ObjectKeys.of(found.object()), PatchType.MERGE, patches.unblocking(found.object()));
        }
        return Outcome.again(LOOK_AGAIN, "dependents block the deletion");
    }

    private List<AnyObjects.Found> blocking(HasMetadata owner) {
        String uid = owner.getMetadata().getUid();
        return objects.dependents(uid).stream()
                .filter(dependent -> Owners.references(dependent.object()).stream()
                        .anyMatch(
                                each -> each.getUid().equals(uid) && Boolean.TRUE.equals(each.getBlockOwnerDeletion())))
                .toList();
    }

    private static boolean holdsUpOwners(HasMetadata object) {
        return Owners.references(object).stream().anyMatch(owner -> Boolean.TRUE.equals(owner.getBlockOwnerDeletion()));
    }

    /**
     * Whether those that the object waits for wait for it in the end. Such a circle would never go; it is broken by no longer holding
     * up the object's owners.
     */
    private boolean waitsForItself(HasMetadata object) {
        String uid = object.getMetadata().getUid();
        Set<String> seen = new HashSet<>();
        Deque<HasMetadata> ahead = new ArrayDeque<>(List.of(object));
        while (!ahead.isEmpty()) {
            for (AnyObjects.Found dependent : blocking(ahead.pop())) {
                if (dependent.object().getMetadata().getUid().equals(uid)) {
                    return true;
                }
                if (OwnerStates.isBeingEmptied(dependent.object())
                        && seen.add(dependent.object().getMetadata().getUid())) {
                    ahead.push(dependent.object());
                }
            }
        }
        return false;
    }

    /**
     * Takes the object out of its dependents' owners, and then lets it go. A dependent that is overlooked here would be deleted as
     * soon as its owner is gone, so the caches must show everything that happened before.
     */
    private Outcome orphan(AnyObjects.Found found) {
        Instant since = PodStates.instant(found.object().getMetadata().getDeletionTimestamp());
        boolean patient = clock.instant().isBefore(since.plus(PATIENCE));
        if (patient && !objects.show(ObjectKeys.revision(found.object()))) {
            return Outcome.again(CATCH_UP, "the caches may not show all dependents yet");
        }
        String uid = found.object().getMetadata().getUid();
        for (AnyObjects.Found dependent : objects.dependents(uid)) {
            removeOwners(dependent, List.of(uid));
        }
        removeFinalizer(found, ORPHAN);
        return Outcome.done();
    }

    private void collect(AnyObjects.Found found) {
        OwnerStates.Sorted sorted = owners.of(found.object());
        if (!sorted.solid().isEmpty()) {
            if (!sorted.notSolid().isEmpty()) {
                removeOwners(found, sorted.notSolid());
            }
            return;
        }
        boolean hasDependents =
                !objects.dependents(found.object().getMetadata().getUid()).isEmpty();
        delete(found, !sorted.waiting().isEmpty() && hasDependents ? "Foreground" : policy(found.object()));
    }

    private static String policy(HasMetadata object) {
        List<String> finalizers = OwnerStates.finalizers(object);
        if (finalizers.contains(ORPHAN)) {
            return "Orphan";
        }
        return finalizers.contains(OwnerStates.FOREGROUND) ? "Foreground" : "Background";
    }

    private static void delete(AnyObjects.Found found, String policy) {
        HasMetadata object = found.object();
        log.atInfo()
                .addKeyValue("type", found.entry().type().groupResource())
                .addKeyValue("object", ObjectKeys.of(object))
                .addKeyValue("propagation", policy)
                .log("An object without owners is deleted");
        found.entry()
                .api()
                .delete(
                        ObjectKeys.of(object),
                        DeleteRequest.ofUid(object.getMetadata().getUid())
                                .atVersion(object.getMetadata().getResourceVersion())
                                .propagating(policy));
    }

    private void removeOwners(AnyObjects.Found found, List<String> uids) {
        found.entry()
                .api()
                .patch(ObjectKeys.of(found.object()), PatchType.MERGE, patches.withoutOwners(found.object(), uids));
    }

    private void removeFinalizer(AnyObjects.Found found, String finalizer) {
        found.entry()
                .api()
                .patch(
                        ObjectKeys.of(found.object()),
                        PatchType.MERGE,
                        patches.withoutFinalizer(found.object(), finalizer));
    }
}
