package io.kybern.apiserver.watch;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Where a watch delivers. Calls come one after the other. A reader that is slow says so by {@link #ready}; what happens meanwhile
 * gathers in the watch's buffer, and when that is full the watch is closed.
 */
public interface WatchSink {

    /** Where to deliver, if not on a virtual thread; calls there must not block. */
    default @Nullable Executor executor() {
        return null;
    }

    /**
     * Whether the reader takes an event now. Who answers no calls {@link Watch#resume} when the reader does again.
     */
    default boolean ready() {
        return true;
    }

    /** One event. */
    void next(WatchEvent event);

    /** For the moment there are no more events, or the reader takes no more: what was held back to be sent at once is to be sent. */
    default void flush() {}

    /** The watch has ended: by a {@link WatchEvent.Failed}, because its reader was too slow, or by {@link Watch#close}. */
    void closed();
}
