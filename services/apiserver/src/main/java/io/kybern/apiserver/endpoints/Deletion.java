package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletes objects: at once, or by marking them when finalizers, dependents or a grace period have to come first; see "Owners
 * and Dependents", "Finalizers" and "Pod Lifecycle" in the Kubernetes documentation.
 */
final class Deletion {

    private static final String ORPHAN = "orphan";
    private static final String FOREGROUND = "foregroundDeletion";
    private static final int MAX_ATTEMPTS = 20;

    private final ObjectWriter writer;
    private final Clock clock;

    Deletion(ObjectWriter writer, Clock clock) {
        this.writer = writer;
        this.clock = clock;
    }

    /**
     * What a delete came to.
     *
     * @param object the object's last or present state, in the version of the URL
     * @param revision the revision of the delete or of the mark, 0 if nothing was stored
     * @param gone whether the object is gone
     * @param graceful whether a grace period was involved, so that the object is answered even if it is gone
     */
    record Deleted(ObjectNode object, long revision, boolean gone, boolean graceful) {}

    /** Whether an update of an object that is being deleted was the last thing that the deletion waited for. */
    static boolean completes(ResourceType type, ObjectNode stored) {
        ObjectNode metadata = KubeObject.metadata(stored);
        return KubeObject.isBeingDeleted(stored)
                && KubeObject.finalizers(stored).isEmpty()
                && metadata.path("deletionGracePeriodSeconds").asLong(0) == 0
                && !awaitsContents(type, stored);
    }

    /** A namespace stays until its contents are gone, which its own finalizers say. */
    private static boolean awaitsContents(ResourceType type, ObjectNode object) {
        return isNamespace(type) && !object.path("spec").path("finalizers").isEmpty();
    }

    private static boolean isNamespace(ResourceType type) {
        return type.storage().equals(new GroupResource("", "namespaces"));
    }

    /** Deletes, or begins to; tries again when somebody else was faster. */
    Deleted delete(WriteContext context, String name, DeleteOptions options) {
        Target target = context.target();
        String warning = target.strategy().warningOnDefaultDeletion();
        if (!warning.isEmpty() && !options.saysOfDependents()) {
            context.request().warn(warning);
        }
        for (int attempt = 1; ; attempt++) {
            StoredObject found = StorageFailures.await(
                            writer.store().get(target.type(), target.key(context.namespace(), name)),
                            target.resource(),
                            name,
                            "delete")
                    .orElseThrow(() -> ApiException.notFound(target.resource(), name));
            ObjectNode old = ObjectWriter.fromStored(target, found);
            checkPreconditions(target, name, old, options);
            admit(context, name, old, options);
            try {
                return attempt(context, found, options);
            } catch (CompletionException e) {
                StorageException failure = StorageException.of(e);
                if (!(failure instanceof StorageException.Conflict && attempt < MAX_ATTEMPTS)) {
                    throw StorageFailures.translate(failure, target.resource(), name, "delete");
                }
            }
        }
    }

    private void admit(WriteContext context, String name, ObjectNode old, DeleteOptions options) {
        if (!context.admitted().asks()) {
            return;
        }
        AdmissionRequest request = context.admission(AdmissionOperation.DELETE, name, null, old)
                .with(options.fill(context.options("DeleteOptions")));
        writer.admission().mutate(request, each -> {});
        writer.admission().validate(request);
        request.warnings().forEach(context.request()::warn);
    }

    /** Refuses what the options do not mean. */
    static void checkPreconditions(Target target, String name, ObjectNode object, DeleteOptions options) {
        GroupResource kind =
                new GroupResource(target.type().gvr().group(), target.type().kind());
        String uid = KubeObject.uid(object);
        if (options.uid() != null && !options.uid().equals(uid)) {
            throw ApiException.conflict(
                    kind,
                    name,
                    "the UID in the precondition (%s) does not match the UID in record (%s). The object might have been deleted and then recreated"
                            .formatted(options.uid(), uid));
        }
        String version = KubeObject.resourceVersion(object);
        if (options.resourceVersion() != null && !options.resourceVersion().equals(version)) {
            throw ApiException.conflict(
                    kind,
                    name,
                    "the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record (%s). The object might have been modified"
                            .formatted(options.resourceVersion(), version));
        }
    }

    private Deleted attempt(WriteContext context, StoredObject found, DeleteOptions options) {
        Target target = context.target();
        ObjectNode object = found.tree();
        boolean changed = finalizers(target, object, options);
        if (!KubeObject.isBeingDeleted(object)) {
            changed |= target.strategy().prepareForDelete(object, clock.instant());
        }
        Grace grace = grace(target, object, options);
        boolean waits =
                grace.pending() || !KubeObject.finalizers(object).isEmpty() || awaitsContents(target.type(), object);
        if (!waits) {
            long revision = context.dryRun() ? 0 : remove(target, found, object);
            return new Deleted(converted(target, object, revision), revision, true, grace.graceful());
        }
        if (!grace.graceful()) {
            changed |= mark(target, object);
        }
        changed |= grace.changed();
        if (context.dryRun() || !changed) {
            return new Deleted(converted(target, object, found.revision()), 0, false, true);
        }
        StoredObject marked = writer.store()
                .update(target.type(), found.key(), found.revision(), object)
                .join();
        return new Deleted(converted(target, marked.tree(), marked.revision()), marked.revision(), false, true);
    }

    private long remove(Target target, StoredObject found, ObjectNode lastState) {
        StoredObject gone = writer.store()
                .delete(target.type(), found.key(), found.revision(), lastState)
                .join();
        target.strategy().released(lastState).settle();
        return gone.revision();
    }

    private static ObjectNode converted(Target target, ObjectNode object, long revision) {
        if (revision > 0) {
            KubeObject.metadata(object).put("resourceVersion", Long.toString(revision));
        }
        return target.shown(object);
    }

    /**
     * How a grace period bears on a delete.
     *
     * @param graceful whether the type has one at all
     * @param pending whether the object still runs for a while
     * @param changed whether the object was marked
     */
    private record Grace(boolean graceful, boolean pending, boolean changed) {}

    private Grace grace(Target target, ObjectNode object, DeleteOptions options) {
        ObjectNode metadata = KubeObject.metadata(object);
        @Nullable Long asked = options.gracePeriodSeconds();
        if (KubeObject.isBeingDeleted(object) && metadata.has("deletionGracePeriodSeconds")) {
            return shorten(object, metadata, asked);
        }
        Optional<Long> period = target.strategy().gracePeriod(object, asked);
        if (period.isEmpty()) {
            return new Grace(false, false, false);
        }
        markAt(object, clock.instant().plusSeconds(period.get()), period.get());
        return new Grace(true, period.get() > 0, true);
    }

    /** A second delete can only shorten what the first one granted. */
    private static Grace shorten(ObjectNode object, ObjectNode metadata, @Nullable Long asked) {
        long granted = metadata.path("deletionGracePeriodSeconds").asLong(0);
        if (granted == 0) {
            return new Grace(true, false, false);
        }
        if (asked == null || asked >= granted) {
            return new Grace(true, true, false);
        }
        long wanted = Math.max(asked, 0);
        Instant end = KubeObject.deletionTimestamp(object).orElseThrow();
        metadata.put("deletionTimestamp", ObjectWriter.timestamp(end.minusSeconds(granted - wanted)));
        metadata.put("deletionGracePeriodSeconds", wanted);
        return new Grace(true, wanted > 0, true);
    }

    private boolean mark(Target target, ObjectNode object) {
        if (KubeObject.isBeingDeleted(object)) {
            return false;
        }
        markAt(object, clock.instant(), 0);
        if (isNamespace(target.type())) {
            KubeObject.metadata(object).remove("deletionGracePeriodSeconds");
            ObjectNode status =
                    object.get("status") instanceof ObjectNode present ? present : object.putObject("status");
            status.put("phase", "Terminating");
        }
        return true;
    }

    private static void markAt(ObjectNode object, Instant end, long seconds) {
        ObjectNode metadata = KubeObject.metadata(object);
        metadata.put("deletionTimestamp", ObjectWriter.timestamp(end));
        metadata.put("deletionGracePeriodSeconds", seconds);
        long generation = KubeObject.generation(object);
        if (generation > 0) {
            metadata.put("generation", generation + 1);
        }
    }

    /** Sets the two finalizers of garbage collection as the options ask; true if that changed the object. */
    private static boolean finalizers(Target target, ObjectNode object, DeleteOptions options) {
        List<String> before = KubeObject.finalizers(object);
        List<String> after = new ArrayList<>(before);
        if (options.saysOfDependents()) {
            boolean orphan = Boolean.TRUE.equals(options.orphanDependents())
                    || options.propagation().equals("Orphan");
            boolean foreground = options.propagation().equals("Foreground");
            after.removeIf(each -> each.equals(ORPHAN) || each.equals(FOREGROUND));
            if (orphan) {
                after.add(ORPHAN);
            } else if (foreground) {
                after.add(FOREGROUND);
            }
        } else if (target.strategy().orphansByDefault() && !after.contains(ORPHAN) && !after.contains(FOREGROUND)) {
            after.add(ORPHAN);
        }
        if (before.equals(after)) {
            return false;
        }
        ObjectNode metadata = KubeObject.metadata(object);
        if (after.isEmpty()) {
            metadata.remove("finalizers");
        } else {
            ArrayNode list = metadata.putArray("finalizers");
            after.forEach(list::add);
        }
        return true;
    }

    /** The status that a complete deletion answers. */
    static Status success(Target target, ObjectNode object) {
        return Status.success(new Status.Details(
                KubeObject.name(object),
                target.type().gvr().group(),
                target.type().gvr().resource(),
                KubeObject.uid(object),
                List.of(),
                0));
    }
}
