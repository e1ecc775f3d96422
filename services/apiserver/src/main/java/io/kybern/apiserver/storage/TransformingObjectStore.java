package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.storage.Commit.Precondition;
import io.kybern.apiserver.storage.Commit.Result;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/** Encodes objects, transforms what must not be stored as it is, and lets a backend commit it. */
final class TransformingObjectStore implements ObjectStore {

    private final Backend backend;
    private final ValueTransformer transformer;
    private final Supplier<String> tags;

    TransformingObjectStore(Backend backend, ValueTransformer transformer, Supplier<String> tags) {
        this.backend = backend;
        this.transformer = transformer;
        this.tags = tags;
    }

    @Override
    public CompletableFuture<StoredObject> create(ResourceType type, ObjectKey key, ObjectNode object) {
        return commit(LogEntry.Verb.ADDED, type.storage(), key, new Precondition.Absent(), StoredJson.encode(object));
    }

    @Override
    public CompletableFuture<StoredObject> update(
            ResourceType type, ObjectKey key, long expectedRevision, ObjectNode object) {
        byte[] json = StoredJson.encode(object);
        GroupResource resource = type.storage();
        Precondition precondition = new Precondition.Exactly(expectedRevision);
        if (!transformer.appliesTo(resource)) {
            return commit(LogEntry.Verb.MODIFIED, resource, key, precondition, json);
        }
        // equal objects have unequal stored bytes, so the script cannot see that nothing changes
        return backend.get(resource, key).thenCompose(present -> {
            if (present.isPresent()
                    && present.get().revision() == expectedRevision
                    && isUnchanged(resource, key, present.get().value(), json)) {
                return CompletableFuture.completedFuture(new StoredObject(key, expectedRevision, json));
            }
            return commit(LogEntry.Verb.MODIFIED, resource, key, precondition, json);
        });
    }

    private boolean isUnchanged(GroupResource resource, ObjectKey key, byte[] stored, byte[] json) {
        return !transformer.isStale(resource, stored)
                && Arrays.equals(transformer.fromStore(resource, key, stored), json);
    }

    @Override
    public CompletableFuture<StoredObject> delete(
            ResourceType type, ObjectKey key, long expectedRevision, ObjectNode lastState) {
        return commit(
                LogEntry.Verb.DELETED,
                type.storage(),
                key,
                new Precondition.Exactly(expectedRevision),
                StoredJson.encode(lastState));
    }

    @Override
    public CompletableFuture<Optional<StoredObject>> get(ResourceType type, ObjectKey key) {
        GroupResource resource = type.storage();
        return backend.get(resource, key)
                .thenApply(found -> found.map(stored -> new StoredObject(
                        key, stored.revision(), transformer.fromStore(resource, key, stored.value()))));
    }

    @Override
    public CompletableFuture<Long> currentRevision() {
        return backend.currentRevision();
    }

    private CompletableFuture<StoredObject> commit(
            LogEntry.Verb verb, GroupResource resource, ObjectKey key, Precondition precondition, byte[] json) {
        byte[] value = transformer.toStore(resource, key, json);
        return backend.commit(new Commit(verb, resource, key, precondition, value, tags.get()))
                .thenApply(result -> switch (result) {
                    case Result.Committed(long revision) -> new StoredObject(key, revision, json);
                    case Result.Unchanged(long revision) -> new StoredObject(key, revision, json);
                    case Result.Missing() -> throw StorageException.notFound(resource, key);
                    case Result.Exists() -> throw StorageException.exists(resource, key);
                    case Result.Mismatch(long revision) ->
                        throw StorageException.conflict(resource, key, expected(precondition), revision);
                });
    }

    private static long expected(Precondition precondition) {
        return switch (precondition) {
            case Precondition.Exactly(long revision) -> revision;
            case Precondition.Absent absent -> 0;
            case Precondition.Present present -> 0;
        };
    }
}
