package io.kybern.apiserver.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.ObjectKey;
import io.kybern.testing.RealRedis;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
final class RedisStoreIT extends StorageContract {

    private static RealRedis redis;
    private static RedisStore store;

    @BeforeAll
    static void start() {
        redis = RealRedis.start();
        // a machine that stands still may take longer than usual to start Redis anew
        store = RedisStore.on(redis, Map.of("kybern.apiserver.storage.write-budget", "60s"));
    }

    @AfterAll
    static void stop() {
        store.close();
        redis.close();
    }

    @BeforeEach
    @AfterEach
    void removeEverything() {
        List<StoredObject> all = new ArrayList<>();
        log().scan((resource, object) -> {
            if (resource.equals(CONFIG_MAPS.storage())) {
                all.add(object);
            }
        });
        all.stream()
                .map(each -> store().delete(CONFIG_MAPS, each.key(), each.revision(), each.tree()))
                .toList()
                .forEach(each -> each.handle((ok, e) -> ok).join());
    }

    @Override
    ObjectStore store() {
        return store.objects();
    }

    @Override
    EventLog log() {
        return store.bean(EventLog.class);
    }

    /** Writers create and update while Redis is killed; what was acknowledged is there, in the log too, and nothing twice. */
    @Test
    void losesNoAcknowledgedWriteWhenRedisIsKilledUnderWrites() throws Exception {
        long from = store().currentRevision().join();
        Map<ObjectKey, Long> acknowledged = new ConcurrentHashMap<>();
        Map<Long, ObjectKey> revisions = new ConcurrentHashMap<>();
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger failures = new AtomicInteger();
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int w = 0; w < 8; w++) {
                String name = "w" + w;
                running.add(writers.submit(() -> write(name, stop, acknowledged, revisions, failures)));
            }
            for (int kills = 0; kills < 3; kills++) {
                int goal = revisions.size() + 300;
                Awaitility.await("writes go on").until(() -> revisions.size() > goal);
                redis.kill();
                redis.restart();
            }
            int goal = revisions.size() + 300;
            Awaitility.await("writes go on").until(() -> revisions.size() > goal);
            stop.set(true);
            for (Future<?> each : running) {
                each.get();
            }
        }

        assertThat(failures)
                .as("unexpected conflicts: a write was applied twice")
                .hasValue(0);
        acknowledged.forEach((key, revision) -> assertThat(
                        store().get(CONFIG_MAPS, key).join().orElseThrow().revision())
                .isEqualTo(revision));
        Set<Long> logged = new HashSet<>();
        long last = from;
        try (EventLog.Reader reader = log().open()) {
            for (List<LogEntry> read = reader.read(last, 500, Duration.ZERO);
                    !read.isEmpty();
                    read = reader.read(last, 500, Duration.ZERO)) {
                for (LogEntry entry : read) {
                    assertThat(entry.revision()).as("the log has no gap").isEqualTo(last + 1);
                    last = entry.revision();
                    logged.add(last);
                }
            }
        }
        assertThat(logged).containsAll(revisions.keySet());
    }

    /** One writer alone on its object: it can only ever fail by the store's fault. */
    private void write(
            String name,
            AtomicBoolean stop,
            Map<ObjectKey, Long> acknowledged,
            Map<Long, ObjectKey> revisions,
            AtomicInteger failures) {
        ObjectKey key = new ObjectKey("default", name);
        long revision = 0;
        for (int i = 0; !stop.get(); i++) {
            try {
                revision = (revision == 0
                                ? store().create(CONFIG_MAPS, key, object(name, "" + i))
                                : store().update(CONFIG_MAPS, key, revision, object(name, "" + i)))
                        .join()
                        .revision();
                acknowledged.put(key, revision);
                revisions.put(revision, key);
            } catch (RuntimeException e) {
                failures.incrementAndGet();
                throw e;
            }
        }
    }

    @Test
    void failsAndWritesNothingWhenTheStoreIsAway() {
        try (RedisStore impatient = RedisStore.on(redis, Map.of("kybern.apiserver.storage.write-budget", "300ms"))) {
            impatient.objects().currentRevision().join();
            redis.kill();
            thrownBy(impatient.objects().create(CONFIG_MAPS, KEY, object("a", "1")))
                    .isInstanceOfAny(StorageException.Unreachable.class, StorageException.Timeout.class);
        } finally {
            redis.restart();
        }
        assertThat(store().get(CONFIG_MAPS, KEY).join()).isEmpty();
    }

    @Test
    void keepsSecretsUnreadableInRedis(@TempDir Path directory) throws IOException {
        Path keys = Files.writeString(
                directory.resolve("encryption.key"),
                "key1:" + Base64.getEncoder().encodeToString(new byte[32]) + "\n");
        Map<String, Object> settings = new HashMap<>();
        settings.put("kybern.apiserver.storage.encryption-key-file", keys.toString());
        try (RedisStore encrypting = RedisStore.on(redis, settings)) {
            ObjectKey key = new ObjectKey("default", "s" + System.nanoTime());
            StoredObject created = encrypting
                    .objects()
                    .create(SECRETS, key, object(key.name(), "geheim"))
                    .join();
            StoredObject same = encrypting
                    .objects()
                    .update(SECRETS, key, created.revision(), object(key.name(), "geheim"))
                    .join();

            assertThat(same.revision()).as("a write that changes nothing").isEqualTo(created.revision());
            assertThat(encrypting
                            .objects()
                            .get(SECRETS, key)
                            .join()
                            .orElseThrow()
                            .tree()
                            .path("data")
                            .path("key")
                            .asString())
                    .isEqualTo("geheim");
            byte[] raw = encrypting
                    .bean(Backend.class)
                    .get(SECRETS.storage(), key)
                    .join()
                    .orElseThrow()
                    .value();
            assertThat(new String(raw, StandardCharsets.ISO_8859_1))
                    .startsWith("k8s:enc:aesgcm:v1:key1:")
                    .doesNotContain("geheim");
            encrypting
                    .objects()
                    .delete(SECRETS, key, created.revision(), object(key.name(), "geheim"))
                    .join();
        }
    }

    /** The stored form is a contract between API servers: what is in Redis, key by key. */
    @Test
    void writesTheDocumentedKeys() {
        StoredObject created =
                store().create(CONFIG_MAPS, KEY, object("a", "1")).join();
        byte[] raw = store.bean(SharedConnection.class)
                .commands()
                .orElseThrow()
                .hget(RedisKeys.bytes("{kybern}:objects:core/configmaps"), RedisKeys.bytes("default/a"))
                .toCompletableFuture()
                .join();
        assertThat(RedisKeys.text(raw))
                .isEqualTo(
                        created.revision() + " {\"apiVersion\":\"v1\",\"data\":{\"key\":\"1\"},\"kind\":\"ConfigMap\","
                                + "\"metadata\":{\"name\":\"a\",\"namespace\":\"default\"}}");
    }

    /** What a writer does whose answer was lost: the second attempt finds what the first did, even if others wrote since. */
    @Test
    void recognisesItsOwnCommitWhenTheAnswerWasLost() {
        long before = store().currentRevision().join();
        long first = Long.parseLong(commit("ADDED", "absent", "tag-1", "").get(1));
        store().update(CONFIG_MAPS, KEY, first, object("a", "2")).join();

        assertThat(commit("ADDED", "absent", "tag-1", Long.toString(before))).containsExactly("committed", "" + first);
        assertThat(commit("ADDED", "absent", "tag-2", Long.toString(before))).startsWith("exists");
        assertThat(store().currentRevision().join()).isEqualTo(first + 1);
    }

    private List<String> commit(String verb, String precondition, String tag, String since) {
        byte[][] keys = {
            RedisKeys.bytes(RedisKeys.REVISION),
            RedisKeys.bytes(RedisKeys.objects(CONFIG_MAPS.storage())),
            RedisKeys.bytes(RedisKeys.LOG)
        };
        byte[][] values = {
            RedisKeys.bytes(verb),
            RedisKeys.bytes(RedisKeys.name(CONFIG_MAPS.storage())),
            RedisKeys.bytes(KEY.stored()),
            RedisKeys.bytes(precondition),
            StoredJson.encode(object("a", "1")),
            RedisKeys.bytes(tag),
            RedisKeys.bytes(since)
        };
        return Script.load(RedisBackend.class, "commit.lua")
                .run(store.bean(SharedConnection.class).commands().orElseThrow(), keys, values)
                .toCompletableFuture()
                .join()
                .stream()
                .map(RedisKeys::text)
                .toList();
    }
}
