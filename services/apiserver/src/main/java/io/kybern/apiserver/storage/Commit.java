package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;

/**
 * One write, as the backend commits it.
 *
 * @param value what is stored; for a delete the last state, which only goes to the log
 * @param tag names this write among all others, so that a second attempt finds what the first one did
 */
record Commit(
        LogEntry.Verb verb,
        GroupResource resource,
        ObjectKey key,
        Precondition precondition,
        byte[] value,
        String tag) {

    /** What must hold of the object for the write to happen. */
    sealed interface Precondition {

        /** How the commit script names it. */
        String wire();

        /** There is no such object. */
        record Absent() implements Precondition {
            @Override
            public String wire() {
                return "absent";
            }
        }

        /** There is one, whatever its revision. */
        record Present() implements Precondition {
            @Override
            public String wire() {
                return "present";
            }
        }

        /** There is one, at that revision. */
        record Exactly(long revision) implements Precondition {
            @Override
            public String wire() {
                return Long.toString(revision);
            }
        }
    }

    /** What became of a write. */
    sealed interface Result {

        /** It took that revision. */
        record Committed(long revision) implements Result {}

        /** The object is already so, at that revision; nothing was written. */
        record Unchanged(long revision) implements Result {}

        /** There is no such object. */
        record Missing() implements Result {}

        /** There is one already. */
        record Exists() implements Result {}

        /** The object is at that other revision. */
        record Mismatch(long revision) implements Result {}
    }
}
