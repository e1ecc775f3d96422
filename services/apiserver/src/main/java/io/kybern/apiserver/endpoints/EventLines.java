package io.kybern.apiserver.endpoints;

import io.kybern.apiserver.watch.WatchEvent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Watch events as the lines that are sent. All watches of a resource are told of a change by the same event at about the same time,
 * so the lines of the last events are kept, and most watches only pass one on. Safe to share; a lost line is made again.
 */
final class EventLines {

    /** A power of two: how many events a slow connection may be behind and still find its line. */
    private static final int KEPT = 256;

    /** Longer lines are made for each watch: keeping them would take more memory than copying them takes time. */
    private static final int LONGEST_KEPT = 8 * 1024;

    private final AtomicReferenceArray<@Nullable Line> recent = new AtomicReferenceArray<>(KEPT);

    private record Line(WatchEvent event, byte[] bytes) {}

    /**
     * The line of an event.
     *
     * @param revision of its object
     * @param type its type on the wire
     * @param object its object's JSON
     * @return not to be changed
     */
    byte[] of(WatchEvent event, long revision, String type, byte[] object) {
        int slot = (int) revision & (KEPT - 1);
        Line known = recent.get(slot);
        if (known != null && known.event() == event) {
            return known.bytes();
        }
        byte[] line = line(type, object);
        if (line.length <= LONGEST_KEPT) {
            recent.set(slot, new Line(event, line));
        }
        return line;
    }

    /** A line that nobody shares. */
    static byte[] line(String type, byte[] object) {
        byte[] head = ("{\"type\":\"" + type + "\",\"object\":").getBytes(StandardCharsets.US_ASCII);
        byte[] line = new byte[head.length + object.length + 2];
        System.arraycopy(head, 0, line, 0, head.length);
        System.arraycopy(object, 0, line, head.length, object.length);
        line[line.length - 2] = '}';
        line[line.length - 1] = '\n';
        return line;
    }
}
