package io.kybern.apiserver.watch;

/**
 * Where a watch delivers. Calls come one after the other, on a virtual thread, and may block: what happens meanwhile gathers in
 * the watch's buffer, and when that is full the watch is closed.
 */
public interface WatchSink {

    /**
     * One event.
     *
     * @throws InterruptedException if the wait for the reader is interrupted; the watch is closed
     */
    void next(WatchEvent event) throws InterruptedException;

    /** The watch has ended: by a {@link WatchEvent.Failed}, because its reader was too slow, or by {@link Watch#close}. */
    void closed();
}
