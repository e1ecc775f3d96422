package io.kybern.apiserver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import io.kybern.apiserver.storage.EventLog;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.LogEntry;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import io.kybern.testing.PropertySeeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * Watches that start anywhere, while several writers write, hear exactly what the log says, seen through their selection: in
 * order, each change once, none left out, however slowly they read. To run one seed again: {@code -Dkybern.seed=…}.
 */
@Timeout(300)
final class WatchPropertyTest {

    private static final ResourceType PODS = ResourceRegistry.builtIn().require("", "v1", "pods");
    private static final List<String> COLORS = List.of("red", "blue");

    static LongStream seeds() {
        return PropertySeeds.of(4);
    }

    private record Watcher(long from, Selection selection, RecordingSink sink, Watch watch) {}

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyWatchHearsTheLogThroughItsSelection(long seed) throws Exception {
        Random random = new Random(seed);
        InMemoryStore memory = new InMemoryStore();
        LogWatchCache cache = new LogWatchCache(
                memory,
                new WatchProperties(
                        100_000,
                        1 << 28,
                        100_000,
                        Duration.ofMillis(5),
                        Duration.ofSeconds(5),
                        Duration.ofHours(1),
                        Duration.ofHours(1)));
        CacheFeed feed = new CacheFeed(memory, new CachedObjectReader(SelectableFields.metadataOnly()), cache);
        feed.start();
        Awaitility.await().until(cache::isReady);
        List<Watcher> watchers = new ArrayList<>();
        ExecutorService loop = Executors.newSingleThreadExecutor();
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writing = new ArrayList<>();
            for (int w = 0; w < 4; w++) {
                long writerSeed = random.nextLong();
                writing.add(writers.submit(() -> write(memory.objectStore(), new Random(writerSeed))));
            }
            while (writing.stream().anyMatch(each -> !each.isDone())) {
                if (watchers.size() < 60) {
                    long from = 1 + random.nextLong(cache.revision() + 3);
                    Selection selection = selection(random);
                    RecordingSink sink = new RecordingSink(random.nextInt(3), random.nextBoolean() ? loop : null);
                    WatchOptions options = new WatchOptions(random.nextBoolean(), false);
                    Watch watch = cache.watch(PODS.storage(), from, selection, options, sink);
                    watchers.add(new Watcher(from, selection, sink, watch));
                }
                Watcher reads = watchers.get(random.nextInt(watchers.size()));
                reads.sink().request(random.nextInt(4));
                reads.watch().resume();
                LockSupport.parkNanos(300_000);
            }
            for (Future<?> each : writing) {
                each.get();
            }
        }
        for (Watcher watcher : watchers) {
            watcher.sink().request(1_000_000);
            watcher.watch().resume();
        }
        List<LogEntry> log = wholeLog(memory);
        for (Watcher watcher : watchers) {
            List<String> expected = expected(log, watcher);
            Awaitility.await("seed " + seed).untilAsserted(() -> assertThat(changes(watcher.sink()))
                    .as(
                            "seed %d, from %d, %s",
                            seed, watcher.from(), watcher.selection().labels())
                    .isEqualTo(expected));
            neverBackInTime(seed, watcher);
        }
        feed.close();
        cache.close();
        loop.shutdown();
    }

    private static Selection selection(Random random) {
        LabelSelector labels = random.nextInt(3) == 0
                ? LabelSelector.everything()
                : LabelSelector.parse("color=" + COLORS.get(random.nextInt(2)));
        String name = random.nextInt(4) == 0 ? "p" + random.nextInt(5) : null;
        return new Selection(random.nextBoolean() ? null : "default", name, labels, FieldSelector.everything());
    }

    private static void write(ObjectStore store, Random random) {
        for (int i = 0; i < 150; i++) {
            String name = "p" + random.nextInt(12);
            ObjectKey key = new ObjectKey(random.nextInt(5) == 0 ? "other" : "default", name);
            String color = COLORS.get(random.nextInt(2));
            StoredObject present = store.get(PODS, key).join().orElse(null);
            try {
                if (present == null) {
                    store.create(PODS, key, pod(key, color, i)).join();
                } else if (random.nextInt(5) == 0) {
                    store.delete(PODS, key, present.revision(), present.tree()).join();
                } else {
                    store.update(PODS, key, present.revision(), pod(key, color, i))
                            .join();
                }
            } catch (RuntimeException e) {
                assertThat(StorageException.of(e))
                        .isInstanceOfAny(
                                StorageException.Conflict.class,
                                StorageException.NotFound.class,
                                StorageException.Exists.class);
            }
        }
    }

    private static ObjectNode pod(ObjectKey key, String color, int serial) {
        ObjectNode pod = Json.object();
        pod.put("apiVersion", "v1").put("kind", "Pod").put("serial", serial);
        KubeObject.metadata(pod)
                .put("name", key.name())
                .put("namespace", key.namespace())
                .putObject("labels")
                .put("color", color);
        return pod;
    }

    private static List<LogEntry> wholeLog(InMemoryStore memory) {
        try (EventLog.Reader reader = memory.open()) {
            return List.copyOf(reader.read(0, Integer.MAX_VALUE, Duration.ZERO));
        }
    }

    /** The model: replay the log and tell what changes in the selected set. */
    private static List<String> expected(List<LogEntry> log, Watcher watcher) {
        Map<ObjectKey, Boolean> selected = new HashMap<>();
        List<String> events = new ArrayList<>();
        for (LogEntry entry : log) {
            boolean was = selected.getOrDefault(entry.key(), false);
            boolean is = entry.verb() != LogEntry.Verb.DELETED && matches(entry, watcher.selection());
            selected.put(entry.key(), is);
            if (entry.revision() > watcher.from() && (was || is)) {
                String type = was && is ? "MODIFIED " : is ? "ADDED " : "DELETED ";
                events.add(type + entry.key().name() + " " + entry.revision());
            }
        }
        return events;
    }

    private static boolean matches(LogEntry entry, Selection selection) {
        return (selection.namespace() == null
                        || selection.namespace().equals(entry.key().namespace()))
                && (selection.name() == null
                        || selection.name().equals(entry.key().name()))
                && selection.labels().matches(KubeObject.labels(Json.read(entry.json())));
    }

    private static List<String> changes(RecordingSink sink) {
        return sink.texts().stream()
                .filter(text -> !text.startsWith("BOOKMARK"))
                .toList();
    }

    private static void neverBackInTime(long seed, Watcher watcher) {
        long last = watcher.from();
        for (String text : watcher.sink().texts()) {
            long revision = Long.parseLong(text.substring(text.lastIndexOf(' ') + 1));
            if (text.startsWith("BOOKMARK")) {
                assertThat(revision).as("seed %d: %s", seed, text).isGreaterThanOrEqualTo(last);
            } else {
                assertThat(revision).as("seed %d: %s", seed, text).isGreaterThan(last);
            }
            last = revision;
        }
    }
}
