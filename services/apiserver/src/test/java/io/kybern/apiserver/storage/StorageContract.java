package io.kybern.apiserver.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

/** What every store keeps to, the real one and the one in memory. */
@Timeout(60)
abstract class StorageContract {

    static final ResourceRegistry REGISTRY = ResourceRegistry.builtIn();
    static final ResourceType CONFIG_MAPS = REGISTRY.require("", "v1", "configmaps");
    static final ResourceType SECRETS = REGISTRY.require("", "v1", "secrets");
    static final ObjectKey KEY = new ObjectKey("default", "a");

    abstract ObjectStore store();

    abstract EventLog log();

    static ObjectNode object(String name, String value) {
        ObjectNode object = Json.object();
        object.put("apiVersion", "v1").put("kind", "ConfigMap");
        object.putObject("data").put("key", value);
        KubeObject.metadata(object).put("name", name).put("namespace", "default");
        return object;
    }

    @Test
    void createsAtTheNextRevision() {
        long before = store().currentRevision().join();
        StoredObject created =
                store().create(CONFIG_MAPS, KEY, object("a", "1")).join();

        assertThat(created.revision()).isEqualTo(before + 1);
        assertThat(store().currentRevision().join()).isEqualTo(before + 1);
        ObjectNode tree = store().get(CONFIG_MAPS, KEY).join().orElseThrow().tree();
        assertThat(KubeObject.resourceVersion(tree)).isEqualTo(Long.toString(before + 1));
        assertThat(tree.path("data").path("key").asString()).isEqualTo("1");
    }

    @Test
    void refusesToCreateWhatExists() {
        store().create(CONFIG_MAPS, KEY, object("a", "1")).join();
        long before = store().currentRevision().join();

        thrownBy(store().create(CONFIG_MAPS, KEY, object("a", "2"))).isInstanceOf(StorageException.Exists.class);
        assertThat(store().currentRevision().join()).isEqualTo(before);
    }

    @Test
    void updatesOnlyFromTheExpectedRevision() {
        long first = store().create(CONFIG_MAPS, KEY, object("a", "1")).join().revision();
        long second =
                store().update(CONFIG_MAPS, KEY, first, object("a", "2")).join().revision();

        assertThat(second).isEqualTo(first + 1);
        thrownBy(store().update(CONFIG_MAPS, KEY, first, object("a", "3")))
                .isInstanceOfSatisfying(StorageException.Conflict.class, e -> assertThat(e.current())
                        .isEqualTo(second));
    }

    @Test
    void refusesToUpdateWhatIsNotThere() {
        thrownBy(store().update(CONFIG_MAPS, KEY, 1, object("a", "1"))).isInstanceOf(StorageException.NotFound.class);
    }

    @Test
    void commitsNothingWhenNothingChanges() {
        long first = store().create(CONFIG_MAPS, KEY, object("a", "1")).join().revision();
        ObjectNode same = Json.object();
        same.put("kind", "ConfigMap").put("apiVersion", "v1");
        same.putObject("metadata").put("namespace", "default").put("name", "a").put("resourceVersion", "77");
        same.putObject("data").put("key", "1");

        StoredObject answer = store().update(CONFIG_MAPS, KEY, first, same).join();

        assertThat(answer.revision()).isEqualTo(first);
        assertThat(store().currentRevision().join()).isEqualTo(first);
    }

    @Test
    void deletesAtARevisionOfItsOwn() {
        long first = store().create(CONFIG_MAPS, KEY, object("a", "1")).join().revision();
        StoredObject deleted =
                store().delete(CONFIG_MAPS, KEY, first, object("a", "last")).join();

        assertThat(deleted.revision()).isEqualTo(first + 1);
        assertThat(store().get(CONFIG_MAPS, KEY).join()).isEmpty();
        thrownBy(store().delete(CONFIG_MAPS, KEY, first, object("a", "last")))
                .isInstanceOf(StorageException.NotFound.class);
    }

    @Test
    void refusesToDeleteWhatHasChanged() {
        long first = store().create(CONFIG_MAPS, KEY, object("a", "1")).join().revision();
        store().update(CONFIG_MAPS, KEY, first, object("a", "2")).join();

        thrownBy(store().delete(CONFIG_MAPS, KEY, first, object("a", "1")))
                .isInstanceOf(StorageException.Conflict.class);
    }

    @Test
    void logsEveryWriteInOrderWithoutGap() {
        long from = store().currentRevision().join();
        long created = store().create(CONFIG_MAPS, KEY, object("a", "1")).join().revision();
        long updated = store().update(CONFIG_MAPS, KEY, created, object("a", "2"))
                .join()
                .revision();
        store().delete(CONFIG_MAPS, KEY, updated, object("a", "last")).join();

        try (EventLog.Reader reader = log().open()) {
            List<LogEntry> entries = reader.read(from, 10, Duration.ofSeconds(1));
            assertThat(entries).extracting(LogEntry::revision).containsExactly(from + 1, from + 2, from + 3);
            assertThat(entries)
                    .extracting(LogEntry::verb)
                    .containsExactly(LogEntry.Verb.ADDED, LogEntry.Verb.MODIFIED, LogEntry.Verb.DELETED);
            assertThat(Json.read(entries.getLast().json())
                            .path("data")
                            .path("key")
                            .asString())
                    .isEqualTo("last");
            assertThat(entries)
                    .allMatch(
                            entry -> entry.key().equals(KEY) && entry.resource().equals(CONFIG_MAPS.storage()));
        }
    }

    @Test
    void forgetsTheLogBeforeARevision() {
        for (int i = 0; i < 5; i++) {
            store().create(CONFIG_MAPS, new ObjectKey("default", "o" + i), object("o" + i, "1"))
                    .join();
        }
        long last = store().currentRevision().join();
        log().trim(last - 1).join();

        EventLog.Bounds bounds = log().bounds().join();
        assertThat(bounds.first()).isEqualTo(last - 1);
        assertThat(bounds.last()).isEqualTo(last);
        assertThat(bounds.length()).isEqualTo(2);
    }

    @Test
    void scansEveryObject() {
        Map<ObjectKey, Long> written = new HashMap<>();
        List<CompletableFuture<StoredObject>> writes = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            writes.add(store().create(CONFIG_MAPS, new ObjectKey("default", "o" + i), object("o" + i, "1")));
        }
        writes.forEach(write -> written.put(write.join().key(), write.join().revision()));

        Map<ObjectKey, Long> scanned = new HashMap<>();
        log().scan((resource, object) -> {
            if (resource.equals(CONFIG_MAPS.storage())) {
                scanned.put(object.key(), object.revision());
            }
        });

        assertThat(scanned).containsAllEntriesOf(written);
    }

    @Test
    void givesConcurrentWritersOneRevisionEach() {
        long from = store().currentRevision().join();
        List<CompletableFuture<StoredObject>> writes = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            writes.add(store().create(CONFIG_MAPS, new ObjectKey("default", "c" + i), object("c" + i, "1")));
        }
        assertThat(writes.stream().map(write -> write.join().revision()))
                .doesNotHaveDuplicates()
                .allMatch(revision -> revision > from && revision <= from + 200);
    }

    @Test
    void letsExactlyOneOfManyWritersWin() {
        long first = store().create(CONFIG_MAPS, KEY, object("a", "0")).join().revision();
        List<CompletableFuture<StoredObject>> writes = new ArrayList<>();
        for (int i = 1; i <= 50; i++) {
            writes.add(store().update(CONFIG_MAPS, KEY, first, object("a", "" + i)));
        }
        assertThat(writes)
                .filteredOn(write -> write.handle((ok, e) -> e == null).join())
                .hasSize(1);
        assertThat(store().currentRevision().join()).isEqualTo(first + 1);
    }

    static AbstractThrowableAssert<?, ? extends Throwable> thrownBy(CompletableFuture<?> future) {
        return assertThatThrownBy(() -> {
            try {
                future.join();
            } catch (RuntimeException e) {
                throw StorageException.of(e);
            }
        });
    }
}
