package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What the object store needs of the machine that keeps the bytes. Futures fail with {@link StorageException}. */
interface Backend {

    /** Commits one write, never twice. */
    CompletableFuture<Commit.Result> commit(Commit commit);

    /** The stored bytes of an object. */
    CompletableFuture<Optional<Stored>> get(GroupResource resource, ObjectKey key);

    /** The revision of the newest write, 0 before the first. */
    CompletableFuture<Long> currentRevision();

    /** Stored bytes and their revision. */
    record Stored(long revision, byte[] value) {}
}
