package io.kybern.lifecycle.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.model.Owners;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what has no owner left, and carries out the two ways of deletion that concern dependents. See "Garbage Collection" in the
 * Kubernetes documentation. An owner counts as absent only after the API server itself has said so.
 */
public final class GarbageReconciler implements Reconciler {

    private static final Logger log = LoggerFactory.getLogger(GarbageReconciler.class);
    private static final String FOREGROUND = "foregroundDeletion";
    private static final String ORPHAN = "orphan";
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    private final AnyObjects objects;
    private final ReferencePatches patches;

    public GarbageReconciler(AnyObjects objects) {
        this.objects = objects;
        this.patches = new ReferencePatches();
    }

    /** What becomes of one owner of an object. */
    private enum OwnerState {
        /** It exists. */
        SOLID,
        /** It does not exist, or another object has its name. */
        DANGLING,
        /** It is being deleted and waits for this dependent. */
        WAITING
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
            List<String> finalizers = finalizers(object);
            if (finalizers.contains(FOREGROUND)) {
                return foreground(found);
            }
            if (finalizers.contains(ORPHAN)) {
                return orphan(found);
            }
            return Outcome.done();
        }
        return Owners.references(object).isEmpty() ? Outcome.done() : collect(found);
    }

    /** Deletes the dependents; the object may go once none of those is left that blocks it. */
    private Outcome foreground(AnyObjects.Found found) {
        String uid = found.object().getMetadata().getUid();
        boolean blocked = false;
        for (AnyObjects.Found dependent : objects.dependents(uid)) {
            boolean blocks = Owners.references(dependent.object()).stream()
                    .anyMatch(
                            owner -> owner.getUid().equals(uid) && Boolean.TRUE.equals(owner.getBlockOwnerDeletion()));
            blocked |= blocks;
            if (!Owners.isTerminating(dependent.object())) {
                collect(dependent);
            }
        }
        if (blocked) {
            return Outcome.again(LOOK_AGAIN, "dependents block the deletion");
        }
        removeFinalizer(found, FOREGROUND);
        return Outcome.done();
    }

    /** Takes the object out of its dependents' owners, and then lets it go. */
    private Outcome orphan(AnyObjects.Found found) {
        String uid = found.object().getMetadata().getUid();
        for (AnyObjects.Found dependent : objects.dependents(uid)) {
            removeOwners(dependent, List.of(uid));
        }
        removeFinalizer(found, ORPHAN);
        return Outcome.done();
    }

    private Outcome collect(AnyObjects.Found found) {
        List<OwnerReference> solid = new ArrayList<>();
        List<OwnerReference> dangling = new ArrayList<>();
        List<OwnerReference> waiting = new ArrayList<>();
        for (OwnerReference owner : Owners.references(found.object())) {
            switch (state(found, owner)) {
                case SOLID -> solid.add(owner);
                case DANGLING -> dangling.add(owner);
                case WAITING -> waiting.add(owner);
            }
        }
        if (!solid.isEmpty()) {
            List<String> gone = new ArrayList<>();
            dangling.forEach(owner -> gone.add(owner.getUid()));
            waiting.forEach(owner -> gone.add(owner.getUid()));
            if (!gone.isEmpty()) {
                removeOwners(found, gone);
            }
            return Outcome.done();
        }
        String uid = found.object().getMetadata().getUid();
        boolean hasDependents = !objects.dependents(uid).isEmpty();
        delete(found, !waiting.isEmpty() && hasDependents ? "Foreground" : policy(found.object()));
        return Outcome.done();
    }

    private static String policy(HasMetadata object) {
        List<String> finalizers = finalizers(object);
        if (finalizers.contains(ORPHAN)) {
            return "Orphan";
        }
        return finalizers.contains(FOREGROUND) ? "Foreground" : "Background";
    }

    private OwnerState state(AnyObjects.Found dependent, OwnerReference owner) {
        Optional<AnyObjects.Entry> type = objects.ofOwner(owner);
        String namespace =
                Objects.requireNonNullElse(dependent.object().getMetadata().getNamespace(), "");
        boolean impossible = type.isEmpty() || type.get().type().namespaced() && namespace.isEmpty();
        if (impossible) {
            // a type that is not known here, or an owner that nobody can find: nothing is deleted on a guess
            return OwnerState.SOLID;
        }
        AnyObjects.Entry entry = type.get();
        ObjectKey key = new ObjectKey(entry.type().namespaced() ? namespace : "", owner.getName());
        Optional<? extends HasMetadata> found = entry.cache()
                .get(key)
                .filter(each -> each.getMetadata().getUid().equals(owner.getUid()));
        if (found.isEmpty()) {
            found = entry.api()
                    .get(key)
                    .filter(each -> each.getMetadata().getUid().equals(owner.getUid()));
        }
        if (found.isEmpty()) {
            return OwnerState.DANGLING;
        }
        boolean waits = Owners.isTerminating(found.get())
                && finalizers(found.get()).contains(FOREGROUND)
                && Boolean.TRUE.equals(owner.getBlockOwnerDeletion());
        return waits ? OwnerState.WAITING : OwnerState.SOLID;
    }

    private void delete(AnyObjects.Found found, String policy) {
        HasMetadata object = found.object();
        log.atInfo()
                .addKeyValue("kind", object.getKind())
                .addKeyValue("object", ObjectKeys.of(object))
                .addKeyValue("propagation", policy)
                .log("an object without owners is deleted");
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

    private static List<String> finalizers(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getFinalizers(), List.<String>of());
    }
}
