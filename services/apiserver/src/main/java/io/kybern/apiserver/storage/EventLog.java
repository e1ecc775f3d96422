package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The log of changes, and the whole state that it began from. Values come decrypted. */
public interface EventLog {

    /** Opens a reader of its own; it holds a connection as long as it is open. */
    Reader open();

    /**
     * Visits every object, while others write: one that is changed meanwhile may be seen in its old or its new state, or twice.
     * Blocks; fails with {@link StorageException}.
     */
    void scan(Visitor visitor);

    /** The revision of the newest write, 0 before the first. */
    CompletableFuture<Long> currentRevision();

    /** The revisions that the log still holds. */
    CompletableFuture<Bounds> bounds();

    /** Forgets every entry before that revision. */
    CompletableFuture<Void> trim(long firstKept);

    /**
     * What the log holds.
     *
     * @param first the oldest entry's revision; one more than {@code last} if there is none
     * @param last the newest entry's revision
     * @param length how many entries
     */
    record Bounds(long first, long last, long length) {}

    /** Is shown every object. */
    @FunctionalInterface
    interface Visitor {

        /** One object of a resource; its value is not readable if {@code object} has no JSON. */
        void visit(GroupResource resource, StoredObject object);
    }

    /** Reads the log in order. For one thread. */
    interface Reader extends AutoCloseable {

        /**
         * The entries after a revision, oldest first; waits for the first one, at most {@code block}, and is then empty.
         *
         * @throws StorageException if the store does not answer; the reader may be used again
         */
        List<LogEntry> read(long after, int max, Duration block);

        @Override
        void close();
    }
}
