package io.kybern.benchmarks.scenario;

import io.kybern.benchmarks.client.Connection;
import io.kybern.benchmarks.client.Request;
import io.kybern.benchmarks.report.Measurement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.JsonNode;

/** One writer creates objects one after the other; every watcher is told of each. Latency is from request to event. */
final class WatchScenario implements Scenario {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PADDING = "x".repeat(ConfigMaps.KIBIBYTE);
    private static final double NANOS = 1e9;

    private final Stage stage;
    private final List<Connection> watchers = new ArrayList<>();
    private String namespace = "";

    WatchScenario(Stage stage) {
        this.stage = stage;
    }

    @Override
    public String what() {
        return "%d watchers, one writer, ConfigMaps of 1 KiB"
                .formatted(stage.sizes().watchers());
    }

    @Override
    public String unit() {
        return "events/s";
    }

    @Override
    public double reference() {
        return 25_000;
    }

    @Override
    public void prepare() {
        namespace = stage.namespace("watch");
        for (int i = 0; i < stage.sizes().watchers(); i++) {
            watchers.add(stage.connect());
        }
    }

    @Override
    public Measurement run() {
        ConfigMaps maps = new ConfigMaps(namespace);
        long revision = revision(stage.call(Request.get(maps.path() + "?limit=1")));
        int events = stage.sizes().events();
        int all = events + events / 4;
        List<EventCounter> counters = new ArrayList<>();
        for (Connection watcher : watchers) {
            EventCounter counter = new EventCounter(all, counters.isEmpty() ? events / 4 : all);
            counters.add(counter);
            watcher.send(
                    Request.get(maps.path() + "?watch=true&timeoutSeconds=120&resourceVersion=" + revision), counter);
        }
        // what the first quarter shows is not measured
        Measurement warmUp = write(maps, 0, events / 4);
        long before = EventCounter.await(counters, events / 4, PATIENCE);
        Measurement written = write(maps, events / 4, all);
        long after = EventCounter.await(counters, all, PATIENCE);
        long missing =
                counters.stream().mapToLong(counter -> all - counter.count()).sum();
        String error = missing > 0 ? missing + " events did not arrive" : "";
        // a watch does not end before its time; the next run opens new connections
        watchers.forEach(Connection::close);
        watchers.replaceAll(closed -> stage.connect());
        stage.each(all, number -> Request.delete(maps.path("map-" + number)));
        Histogram latencies = counters.getFirst().latencies();
        return Measurement.counted(
                (long) events * watchers.size(),
                latencies,
                (after - before) / NANOS,
                missing + warmUp.errors() + written.errors(),
                error);
    }

    private Measurement write(ConfigMaps maps, int from, int to) {
        return ClosedLoop.counted(
                stage.pool().subList(0, 1),
                number -> maps.createFast("map-" + (from + number), EventCounter.stamp() + PADDING),
                to - from);
    }

    private static long revision(JsonNode list) {
        return Long.parseLong(list.path("metadata").path("resourceVersion").asString());
    }

    @Override
    public void cleanUp() {
        watchers.forEach(Connection::close);
        if (!namespace.isEmpty()) {
            stage.call(Request.delete(namespace));
        }
    }
}
