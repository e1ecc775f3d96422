package io.kybern.apiserver.relay;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The events that Kafka has not acknowledged yet, and so how far the relay may say that it is. Shared by the relay's thread, which
 * sends, and the producer's, which tells what arrived.
 */
final class InFlight {

    private final int max;
    private final NavigableMap<Long, Sent> pending = new TreeMap<>();
    private int bookmarks;
    private boolean failed;

    private record Sent(String topic, long sequence) {}

    InFlight(int max) {
        this.max = max;
    }

    /** Waits for room; answers whether there is some. */
    synchronized boolean hasRoom(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (pending.size() >= max && !failed) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    /** An event is about to be sent. */
    synchronized void sending(long revision, String topic, long sequence) {
        pending.put(revision, new Sent(topic, sequence));
    }

    /** A bookmark is about to be sent. */
    synchronized void sendingBookmark() {
        bookmarks++;
    }

    /** An event has arrived, this time or when it was sent before. */
    synchronized void arrived(long revision) {
        pending.remove(revision);
        notifyAll();
    }

    /** A bookmark has arrived or is lost; either is well. */
    synchronized void bookmarkDone() {
        bookmarks = Math.max(0, bookmarks - 1);
    }

    /** An event is lost: what is not acknowledged must be sent again. */
    synchronized void lost() {
        failed = true;
        notifyAll();
    }

    synchronized boolean hasFailed() {
        return failed;
    }

    /** Whether the last round of bookmarks is through. */
    synchronized boolean bookmarksAreThrough() {
        return bookmarks == 0;
    }

    /** Up to where everything has arrived, if everything up to {@code sent} was sent. */
    synchronized long position(long sent) {
        return pending.isEmpty() ? sent : pending.firstKey() - 1;
    }

    /** The sequences at that position, if these are the ones after everything that was sent. */
    synchronized Map<String, Long> sequences(Map<String, Long> sent) {
        Map<String, Long> arrived = new HashMap<>(sent);
        pending.values().forEach(each -> arrived.merge(each.topic(), each.sequence() - 1, Math::min));
        return arrived;
    }

    /** Forgets everything: a relay begins. */
    synchronized void reset() {
        pending.clear();
        bookmarks = 0;
        failed = false;
        notifyAll();
    }
}
