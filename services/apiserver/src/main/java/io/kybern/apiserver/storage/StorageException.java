package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Everything that reading, writing or watching the store can end in; a closed set, so that a translator misses none. */
public abstract sealed class StorageException extends RuntimeException {

    private StorageException(String message, @Nullable Throwable cause) {
        super(message, cause, false, cause != null);
    }

    /** The object is there already. */
    public static final class Exists extends StorageException {
        private Exists(String message) {
            super(message, null);
        }
    }

    /** The object is not there. */
    public static final class NotFound extends StorageException {
        private NotFound(String message) {
            super(message, null);
        }
    }

    /** The object is not at the revision that the write expected. */
    public static final class Conflict extends StorageException {
        private final long current;

        private Conflict(String message, long current) {
            super(message, null);
            this.current = current;
        }

        /** The revision that the object is at. */
        public long current() {
            return current;
        }
    }

    /** The store does not answer, and what was asked did not happen. */
    public static final class Unreachable extends StorageException {
        private Unreachable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The store did not answer in time; whether a write happened is not known. */
    public static final class Timeout extends StorageException {
        private Timeout(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** What is stored cannot be read: it is no JSON object, or no key opens it. */
    public static final class Corrupt extends StorageException {
        private Corrupt(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The history from the asked revision on is no longer kept; HTTP answers 410 Expired. */
    public static final class RevisionTooOld extends StorageException {
        private final long asked;
        private final long oldest;

        private RevisionTooOld(String message, long asked, long oldest) {
            super(message, null);
            this.asked = asked;
            this.oldest = oldest;
        }

        /** The revision that was asked for. */
        public long asked() {
            return asked;
        }

        /** The oldest revision that could be asked for. */
        public long oldest() {
            return oldest;
        }
    }

    /** The asked revision was not reached within the time that a read may wait; HTTP answers with a time-out. */
    public static final class RevisionTooLarge extends StorageException {
        private final long asked;
        private final long current;

        private RevisionTooLarge(String message, long asked, long current) {
            super(message, null);
            this.asked = asked;
            this.current = current;
        }

        /** The revision that was asked for. */
        public long asked() {
            return asked;
        }

        /** The revision that the cache has reached. */
        public long current() {
            return current;
        }
    }

    /** There is an object of that key already. */
    public static StorageException exists(GroupResource resource, ObjectKey key) {
        return new Exists(resource + " \"" + key + "\" exists already");
    }

    /** There is no object of that key. */
    public static StorageException notFound(GroupResource resource, ObjectKey key) {
        return new NotFound(resource + " \"" + key + "\" is not in the store");
    }

    /** The object has another revision than the write expected. */
    public static StorageException conflict(GroupResource resource, ObjectKey key, long expected, long current) {
        return new Conflict(
                resource + " \"" + key + "\" was expected at revision " + expected + " and is at " + current
                        + "; read it again",
                current);
    }

    /** The store cannot be reached; nothing was done. */
    public static StorageException unreachable(String what, @Nullable Throwable cause) {
        return new Unreachable("the store cannot be reached for " + what + "; nothing was done", cause);
    }

    /** The store did not answer in time. */
    public static StorageException timeout(String what, @Nullable Throwable cause) {
        return new Timeout("the store did not answer " + what + " in time; whether it happened is not known", cause);
    }

    /** Stored bytes make no sense. */
    public static StorageException corrupt(String what) {
        return new Corrupt(what, null);
    }

    /** Stored bytes make no sense. */
    public static StorageException corrupt(String what, Throwable cause) {
        return new Corrupt(what, cause);
    }

    /** History before {@code oldest} is gone; the words are those of Kubernetes. */
    public static StorageException revisionTooOld(long asked, long oldest) {
        return new RevisionTooOld("too old resource version: " + asked + " (" + oldest + ")", asked, oldest);
    }

    /** The future was asked for; the words are those of Kubernetes. */
    public static StorageException revisionTooLarge(long asked, long current) {
        return new RevisionTooLarge("Too large resource version: " + asked + ", current: " + current, asked, current);
    }

    /**
     * The storage error behind what a {@code join()} or {@code get()} threw.
     *
     * @return the storage error, or {@link Timeout} around anything else
     */
    public static StorageException of(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof StorageException known ? known : timeout("a request", cause);
    }
}
