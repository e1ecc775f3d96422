package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.admission.AdmissionChain;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.ClaimPlan;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * Creates and updates objects: admission, strategy, validation, commit, in the order of the request path. Updates read the
 * object from the store, and begin again when somebody else was faster; a request that named a version then finds that it no
 * longer fits.
 */
final class ObjectWriter {

    /** Enough for a crowd on one object; after that the client may decide. */
    private static final int MAX_ATTEMPTS = 20;
    /** As many names as Kubernetes tries for generateName. */
    private static final int MAX_NAMES = 8;

    private final ObjectStore store;
    private final AdmissionChain admission;
    private final BodyReader bodies;
    private final Clock clock;
    private final FieldOwners owners;

    ObjectWriter(ObjectStore store, AdmissionChain admission, BodyReader bodies, Clock clock) {
        this.store = store;
        this.admission = admission;
        this.bodies = bodies;
        this.clock = clock;
        this.owners = new FieldOwners(bodies, clock);
    }

    /** What an update does to the object; called again for each attempt. */
    @FunctionalInterface
    interface Change {

        /**
         * The object as it should be.
         *
         * @param current the present state, in the version of the URL, the callee's to change
         */
        ObjectNode apply(ObjectNode current);
    }

    /** The store behind this, for deletes. */
    ObjectStore store() {
        return store;
    }

    /** The chain behind this, for deletes. */
    AdmissionChain admission() {
        return admission;
    }

    /** Creates an object; the argument is changed. */
    Written create(WriteContext context, ObjectNode object) {
        Target target = context.target();
        ObjectNode metadata = KubeObject.metadata(object);
        matchNamespace(context, object);
        owners.track(context, null, object);
        stampNew(metadata);
        boolean generated = KubeObject.name(object).isEmpty()
                && !KubeObject.generateName(object).isEmpty();
        for (int attempt = 1; ; attempt++) {
            if (generated) {
                metadata.put("name", GeneratedNames.next(KubeObject.generateName(object)));
            }
            ObjectNode next = generated ? object.deepCopy() : object;
            AdmissionRequest admitted = context.admission(AdmissionOperation.CREATE, KubeObject.name(next), next, null)
                    .with(context.options("CreateOptions"))
                    .shapedBy(each -> reshape(target, each));
            admission.mutate(admitted, each -> applyDefaults(target, each));
            RequestScope scope = scope(context, KubeObject.name(next));
            ResourceStrategy strategy = target.strategy();
            strategy.prepareForCreate(next, scope);
            bodies.schema(target.kind()).ifPresent(schema -> schema.showZeros(next));
            refuse(target, KubeObject.name(next), strategy.validateCreate(next));
            strategy.warningsOnCreate(next).forEach(context.request()::warn);
            admission.validate(admitted);
            admitted.warnings().forEach(context.request()::warn);
            if (context.dryRun()) {
                refuseIfPresent(context, next);
                return new Written(() -> next, null, 0, true, false);
            }
            try {
                return commitNew(context, next);
            } catch (CompletionException e) {
                StorageException failure = StorageException.of(e);
                if (!(generated && failure instanceof StorageException.Exists && attempt < MAX_NAMES)) {
                    throw StorageFailures.translate(failure, target.resource(), KubeObject.name(next), "create");
                }
            }
        }
    }

    private Written commitNew(WriteContext context, ObjectNode object) {
        Target target = context.target();
        ObjectKey key = target.key(context.namespace(), KubeObject.name(object));
        ObjectNode stored = toStored(target, object);
        ClaimPlan claims = target.strategy().claims(stored, null);
        StoredObject written =
                claimed(claims, () -> store.create(target.type(), key, stored).join());
        return written(target, written, true);
    }

    /** Whether an update failed because the object is not there. */
    static boolean isAbsent(ApiException failure, WriteContext context, String name) {
        ApiException absent = ApiException.notFound(context.target().resource(), name);
        return failure.status().code() == 404
                && failure.status().message().equals(absent.status().message());
    }

    private void refuseIfPresent(WriteContext context, ObjectNode object) {
        Target target = context.target();
        String name = KubeObject.name(object);
        Optional<StoredObject> present = StorageFailures.await(
                store.get(target.type(), target.key(context.namespace(), name)), target.resource(), name, "create");
        if (present.isPresent()) {
            throw ApiException.alreadyExists(target.resource(), name);
        }
    }

    /**
     * Changes an object that is there.
     *
     * @param change what is to become of it
     */
    Written update(WriteContext context, String name, Change change) {
        Target target = context.target();
        ObjectKey key = target.key(context.namespace(), name);
        for (int attempt = 1; ; attempt++) {
            StoredObject found = StorageFailures.await(store.get(target.type(), key), target.resource(), name, "update")
                    .orElseThrow(() -> ApiException.notFound(target.resource(), name));
            ObjectNode old = fromStored(target, found);
            ObjectNode next = change.apply(old.deepCopy());
            checkVersion(target, name, old, next);
            owners.track(context, old, next);
            prepareUpdate(context, name, old, next);
            FieldOwners.withoutIdleTimes(old, next);
            if (context.dryRun()) {
                return new Written(() -> next, null, 0, false, false);
            }
            try {
                return commitChange(target, key, found, old, next);
            } catch (CompletionException e) {
                StorageException failure = StorageException.of(e);
                boolean again = failure instanceof StorageException.Conflict && attempt < MAX_ATTEMPTS;
                if (!again) {
                    throw StorageFailures.translate(failure, target.resource(), name, "update");
                }
            }
        }
    }

    private Written commitChange(Target target, ObjectKey key, StoredObject found, ObjectNode old, ObjectNode next) {
        ObjectNode stored = toStored(target, next);
        if (Deletion.completes(target.type(), stored)) {
            StoredObject gone =
                    store.delete(target.type(), key, found.revision(), stored).join();
            target.strategy().released(stored).settle();
            return new Written(() -> next, null, gone.revision(), false, true);
        }
        ClaimPlan claims = target.strategy().claims(stored, toStored(target, old));
        StoredObject written = claimed(claims, () -> store.update(target.type(), key, found.revision(), stored)
                .join());
        return written(target, written, false);
    }

    /** Commits between claiming what must be unique and giving back what is no longer needed. */
    private static StoredObject claimed(ClaimPlan claims, Supplier<StoredObject> commit) {
        claims.claim();
        try {
            StoredObject written = commit.get();
            claims.settle();
            return written;
        } catch (CompletionException e) {
            // after a time-out the write may have happened, and then it needs what it has claimed
            if (!(StorageException.of(e) instanceof StorageException.Timeout)) {
                claims.abandon();
            }
            throw e;
        }
    }

    /** Refuses a change to another object or to another version than the present one. */
    private static void checkVersion(Target target, String name, ObjectNode old, ObjectNode next) {
        String uid = KubeObject.uid(next);
        if (!uid.isEmpty() && !uid.equals(KubeObject.uid(old))) {
            throw ApiException.conflict(
                    target.resource(),
                    name,
                    "StorageError: invalid object, Code: 4, Key: /registry/%s/%s, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: %s, UID in object meta: %s"
                            .formatted(target.storage().resource(), KubeObject.key(old), uid, KubeObject.uid(old)));
        }
        String version = KubeObject.resourceVersion(next);
        if (version.isEmpty() || version.equals("0")) {
            if (!target.strategy().allowsUnconditionalUpdate()) {
                throw ApiException.invalid(
                        target.type().gvk(),
                        name,
                        List.of(FieldError.invalid(
                                FieldPath.of("metadata", "resourceVersion"), 0, "must be specified for an update")));
            }
            return;
        }
        QueryReader.revision(version, "");
        if (!version.equals(KubeObject.resourceVersion(old))) {
            throw ApiException.modified(target.resource(), name);
        }
    }

    private void prepareUpdate(WriteContext context, String name, ObjectNode old, ObjectNode next) {
        Target target = context.target();
        keepIdentity(old, next);
        AdmittedForm form = context.admitted();
        ObjectNode shown = form.shown(next);
        AdmissionRequest admitted = context.admission(AdmissionOperation.UPDATE, name, shown, form.shown(old))
                .with(context.options("UpdateOptions"));
        if (form == AdmittedForm.WHOLE) {
            admission.mutate(admitted.shapedBy(each -> reshape(target, each)), each -> applyDefaults(target, each));
        } else if (form.asks()) {
            admission.mutate(admitted.shapedBy(this::decodeAgain), each -> {});
            form.taken(shown, next);
        }
        ResourceStrategy strategy = target.strategy();
        strategy.prepareForUpdate(next, old, scope(context, name));
        refuse(target, name, strategy.validateUpdate(next, old, context.request()::warn));
        strategy.warningsOnUpdate(next, old).forEach(context.request()::warn);
        if (form.asks()) {
            admission.validate(admitted);
            admitted.warnings().forEach(context.request()::warn);
        }
    }

    /**
     * Lets admission look at an object that is sent to a subresource and not kept itself, such as a Binding; plugins may change it.
     */
    void admitSent(WriteContext context, String name, ObjectNode sent) {
        AdmissionRequest admitted = context.admission(AdmissionOperation.CREATE, name, sent, null)
                .with(context.options("CreateOptions"))
                .shapedBy(this::decodeAgain);
        admission.mutate(admitted, each -> {});
        admission.validate(admitted);
        admitted.warnings().forEach(context.request()::warn);
    }

    /** What a writer may leave out, and what no writer sets, stays as it was. */
    private static void keepIdentity(ObjectNode old, ObjectNode next) {
        ObjectNode before = KubeObject.metadata(old);
        ObjectNode after = KubeObject.metadata(next);
        for (String field : List.of(
                "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")) {
            if (!after.has(field) && before.has(field)) {
                after.set(field, before.get(field));
            }
        }
        if (before.has("generation")) {
            after.set("generation", before.get("generation"));
        } else {
            after.remove("generation");
        }
        after.set("resourceVersion", before.get("resourceVersion"));
        after.remove("selfLink");
    }

    private void stampNew(ObjectNode metadata) {
        for (String field : List.of(
                "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation")) {
            metadata.remove(field);
        }
        metadata.put("uid", UUID.randomUUID().toString());
        metadata.put("creationTimestamp", timestamp(clock.instant()));
    }

    /** A time as objects carry it: whole seconds. */
    static String timestamp(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static void matchNamespace(WriteContext context, ObjectNode object) {
        String own = KubeObject.namespace(object);
        ObjectNode metadata = KubeObject.metadata(object);
        if (context.namespace().isEmpty()) {
            metadata.remove("namespace");
        } else if (own.isEmpty()) {
            metadata.put("namespace", context.namespace());
        } else if (!own.equals(context.namespace())) {
            throw ApiException.badRequest(
                    "the namespace of the provided object does not match the namespace sent on the request");
        }
    }

    /** Sets defaults: those of the schema, then those that need code. */
    void applyDefaults(Target target, ObjectNode object) {
        GroupVersionKind kind = target.kind();
        bodies.applyDefaults(object, kind);
        if (kind.equals(target.type().gvk())) {
            target.strategy().applyDefaults(object);
        }
    }

    /** Decodes an object once more that somebody outside has changed. */
    private void reshape(Target target, ObjectNode object) {
        decodeAgain(object);
        applyDefaults(target, object);
    }

    private void decodeAgain(ObjectNode object) {
        ObjectNode decoded =
                bodies.decode(Json.bytes(object), KubeObject.gvk(object)).object();
        object.removeAll();
        object.setAll(decoded);
    }

    private RequestScope scope(WriteContext context, String name) {
        return new RequestScope(
                context.user(), context.namespace(), name, context.dryRun(), clock, context.fieldManager());
    }

    private static void refuse(Target target, String name, List<FieldError> errors) {
        if (!errors.isEmpty()) {
            throw ApiException.invalid(target.type().gvk(), name, errors);
        }
    }

    private static ObjectNode toStored(Target target, ObjectNode object) {
        return target.converts() ? target.kept(object.deepCopy()) : object;
    }

    /** The stored object in the version of the URL. */
    static ObjectNode fromStored(Target target, StoredObject stored) {
        return target.shown(stored.tree());
    }

    private static Written written(Target target, StoredObject stored, boolean created) {
        return new Written(() -> fromStored(target, stored), stored, stored.revision(), created, false);
    }
}
