package io.kybern.controller;

/** Work other than a {@link Controller} that a process does only while it leads, such as the scheduler's cycle. */
public interface LeaderTask {

    /** Whether it could begin: its caches have synced. */
    default boolean ready() {
        return true;
    }

    /** Begins. Must not block. Called again after each {@link #end} when the process leads once more. */
    void begin();

    /** Ends, and returns when no more is done. Also called when it never began. */
    void end();
}
