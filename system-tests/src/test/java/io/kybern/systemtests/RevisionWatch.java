package io.kybern.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * Watches the ConfigMaps of a namespace, and takes the watch up again where it ended whenever it ends, as every client does. Keeps the
 * versions that it was told of, and complains of what a watch must not do.
 */
final class RevisionWatch implements AutoCloseable {

    private static final long PAUSE_MILLIS = 100;

    private final ApiSession session;
    private final Set<Long> seen = ConcurrentHashMap.newKeySet();
    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
    private final AtomicInteger opened = new AtomicInteger();
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());
    private volatile long last;

    private RevisionWatch(ApiSession session, long from) {
        this.session = session;
        this.last = from;
    }

    /** Watches from what the server has now. */
    static RevisionWatch start(ApiSession session) throws IOException, InterruptedException {
        JsonNode list = session.send("GET", "configmaps", "").body();
        RevisionWatch watch = new RevisionWatch(session, Writers.version(list));
        watch.timer.scheduleWithFixedDelay(watch::follow, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        return watch;
    }

    /** The versions of all events. */
    Set<Long> seen() {
        return Set.copyOf(seen);
    }

    /** What no watch may do. */
    List<String> surprises() {
        return List.copyOf(surprises);
    }

    /** How many times the watch was taken up. */
    int opened() {
        return opened.get();
    }

    private void follow() {
        try {
            HttpResponse<Stream<String>> response =
                    session.watch("configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=" + last);
            try (Stream<String> lines = response.body()) {
                if (response.statusCode() == 200) {
                    opened.incrementAndGet();
                    lines.forEach(this::event);
                } else if (response.statusCode() < 500 && response.statusCode() != 429) {
                    surprises.add("the watch from " + last + " was answered with " + response.statusCode());
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // the connection broke: taken up again
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void event(String line) {
        JsonNode event = ApiSession.JSON.readTree(line);
        String type = event.at("/type").asString();
        if (type.equals("ERROR")) {
            surprises.add("after " + last + " the watch says " + event.at("/object"));
            return;
        }
        long version = Writers.version(event.at("/object"));
        if (!type.equals("BOOKMARK")) {
            if (version <= last) {
                surprises.add("after " + last + " comes " + version);
            }
            seen.add(version);
        }
        last = Math.max(last, version);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
