package io.kybern.systemtests;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A watch that notes what it is told of: the type of each event and the name of its object. */
final class EventWatch implements AutoCloseable {

    private final Stream<String> lines;
    private final Queue<JsonNode> events = new ConcurrentLinkedQueue<>();
    private volatile @Nullable RuntimeException failure;
    private volatile boolean closed;

    private EventWatch(Stream<String> lines) {
        this.lines = lines;
    }

    /**
     * Watches from now on.
     *
     * @param path of a collection, with what selects of it
     * @param revision where to begin
     */
    static EventWatch from(ClusterApi api, String path, String revision) {
        String more = (path.contains("?") ? "&" : "?") + "watch=true&resourceVersion=" + revision;
        EventWatch watch = new EventWatch(api.stream(path + more));
        Thread.ofVirtual().start(watch::read);
        return watch;
    }

    private void read() {
        try {
            lines.forEach(line -> events.add(JsonMapper.shared().readTree(line)));
        } catch (RuntimeException e) {
            if (!closed) {
                failure = e;
            }
        }
    }

    /** The events so far; fails if the watch broke before it was closed. */
    List<JsonNode> events() {
        RuntimeException broken = failure;
        if (broken != null) {
            throw new AssertionError("the watch broke", broken);
        }
        return List.copyOf(events);
    }

    /** The events so far in short, such as {@code ADDED a}. */
    List<String> told() {
        return events().stream()
                .map(each -> each.path("type").asString("") + " "
                        + each.at("/object/metadata/name").asString(""))
                .toList();
    }

    /** The revisions of the events so far. */
    List<String> revisions() {
        return events().stream()
                .map(each -> each.at("/object/metadata/resourceVersion").asString(""))
                .toList();
    }

    @Override
    public void close() {
        closed = true;
        lines.close();
    }
}
