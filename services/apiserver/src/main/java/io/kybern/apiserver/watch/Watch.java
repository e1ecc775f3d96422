package io.kybern.apiserver.watch;

/** A running watch. */
public interface Watch extends AutoCloseable {

    /** Watch from whatever state the cache holds. */
    long ANY = 0;

    /** Watch from the store's newest state. */
    long UNSET = -1;

    /** The reader, which was not {@link WatchSink#ready}, is so again; may be called by any thread, and without need. */
    void resume();

    /** Ends the watch; may be called by any thread, and more than once. Events that are under way may still arrive. */
    @Override
    void close();
}
