package io.kybern.lifecycle.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.kybern.api.ObjectKey;
import io.kybern.controller.model.Owners;
import io.kybern.controller.recorder.EventRecorder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What has become of an object's owners. The caches are believed that an owner exists; that it does not, or takes its dependents with
 * it, only the API server may say, and only of the very object that is meant by its uid.
 */
final class OwnerStates {

    static final String FOREGROUND = "foregroundDeletion";

    private final AnyObjects objects;
    private final EventRecorder recorder;

    OwnerStates(AnyObjects objects, EventRecorder recorder) {
        this.objects = objects;
        this.recorder = recorder;
    }

    /**
     * An object's owners, by what has become of them.
     *
     * @param solid they exist, or nobody can say
     * @param dangling they do not exist, or another object has the name
     * @param waiting they are being deleted after their dependents
     */
    record Sorted(List<OwnerReference> solid, List<OwnerReference> dangling, List<OwnerReference> waiting) {

        /** The uids of those that no longer own. */
        List<String> notSolid() {
            List<String> uids = new ArrayList<>();
            dangling.forEach(owner -> uids.add(owner.getUid()));
            waiting.forEach(owner -> uids.add(owner.getUid()));
            return uids;
        }
    }

    Sorted of(HasMetadata dependent) {
        Sorted sorted = new Sorted(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (OwnerReference owner : Owners.references(dependent)) {
            sort(dependent, owner, sorted);
        }
        return sorted;
    }

    private void sort(HasMetadata dependent, OwnerReference owner, Sorted into) {
        Optional<AnyObjects.Entry> type = objects.ofOwner(owner);
        if (type.isEmpty()) {
            // a type that nobody here knows: nothing is deleted on a guess
            into.solid().add(owner);
            return;
        }
        String namespace = Objects.requireNonNullElse(dependent.getMetadata().getNamespace(), "");
        boolean namespaced = type.get().type().namespaced();
        if (namespaced && namespace.isEmpty()) {
            reportNamespace(dependent, owner, namespace);
            into.solid().add(owner);
            return;
        }
        Optional<HasMetadata> found =
                find(type.get(), owner, new ObjectKey(namespaced ? namespace : "", owner.getName()));
        if (found.isEmpty()) {
            if (namespaced && isElsewhere(type.get(), owner)) {
                reportNamespace(dependent, owner, namespace);
            }
            into.dangling().add(owner);
        } else if (isBeingEmptied(found.get())) {
            into.waiting().add(owner);
        } else {
            into.solid().add(owner);
        }
    }

    private static Optional<HasMetadata> find(AnyObjects.Entry type, OwnerReference owner, ObjectKey key) {
        Optional<? extends HasMetadata> cached =
                type.cache().get(key).filter(each -> hasUid(each, owner.getUid()) && !isBeingEmptied(each));
        if (cached.isPresent()) {
            return Optional.of(cached.get());
        }
        return type.api().get(key).filter(each -> hasUid(each, owner.getUid())).map(each -> each);
    }

    private static boolean hasUid(HasMetadata object, String uid) {
        return object.getMetadata().getUid().equals(uid);
    }

    /** Whether the object is being deleted, and goes after its dependents. */
    static boolean isBeingEmptied(HasMetadata object) {
        return Owners.isTerminating(object) && finalizers(object).contains(FOREGROUND);
    }

    static List<String> finalizers(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getFinalizers(), List.<String>of());
    }

    private static boolean isElsewhere(AnyObjects.Entry type, OwnerReference owner) {
        return type.cache().list().stream().anyMatch(each -> hasUid(each, owner.getUid()));
    }

    private void reportNamespace(HasMetadata dependent, OwnerReference owner, String namespace) {
        recorder.warning(
                dependent,
                "OwnerRefInvalidNamespace",
                "ownerRef [%s/%s, namespace: %s, name: %s, uid: %s] does not exist in namespace \"%s\""
                        .formatted(
                                owner.getApiVersion(),
                                owner.getKind(),
                                namespace,
                                owner.getName(),
                                owner.getUid(),
                                namespace));
    }
}
