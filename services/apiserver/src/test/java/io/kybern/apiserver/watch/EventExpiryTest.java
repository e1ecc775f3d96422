package io.kybern.apiserver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
final class EventExpiryTest {

    private static final ResourceType EVENTS = ResourceRegistry.builtIn().require("", "v1", "events");
    private static final Instant START = MutableClock.START;

    private final InMemoryStore memory = new InMemoryStore();
    private final ObjectStore store = memory.objectStore();
    private final MutableClock clock = new MutableClock();
    private final LogWatchCache cache = new LogWatchCache(memory, WatchProperties.defaults());
    private final CacheFeed feed =
            new CacheFeed(memory, new CachedObjectReader(SelectableFields.metadataOnly()), cache);
    private final EventExpiry expiry = new EventExpiry(EVENTS, store, cache, Duration.ofHours(1), clock);

    @BeforeEach
    void start() {
        feed.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        expiry.close();
        feed.close();
        cache.close();
    }

    private static ObjectKey key(String name) {
        return new ObjectKey("default", name);
    }

    private static ObjectNode event(String name, Instant created, Instant last) {
        ObjectNode event = Json.object();
        event.put("apiVersion", "v1").put("kind", "Event").put("lastTimestamp", last.toString());
        KubeObject.metadata(event)
                .put("name", name)
                .put("namespace", "default")
                .put("creationTimestamp", created.toString());
        return event;
    }

    private void remembered(int objects) {
        Awaitility.await().until(() -> expiry.remembered() == objects);
    }

    @Test
    void deletesWhatIsOldEnoughAndNothingElse() {
        store.create(EVENTS, key("old"), event("old", START.minusSeconds(3000), START.minusSeconds(3000)))
                .join();
        store.create(EVENTS, key("new"), event("new", START, START)).join();
        expiry.start();
        remembered(2);
        clock.set(START.plusSeconds(601));

        assertThat(expiry.expire()).isEqualTo(1);
        assertThat(store.get(EVENTS, key("old")).join()).isEmpty();
        assertThat(store.get(EVENTS, key("new")).join()).isPresent();
    }

    @Test
    void countsFromTheLastWrite() {
        long first =
                store.create(EVENTS, key("e"), event("e", START, START)).join().revision();
        expiry.start();
        remembered(1);
        clock.set(START.plusSeconds(3000));
        long second = store.update(EVENTS, key("e"), first, event("e", START, clock.instant()))
                .join()
                .revision();
        Awaitility.await().until(() -> cache.revision() >= second && expiry.remembered() == 1 && expiry.knows(second));
        clock.set(START.plusSeconds(3700));

        assertThat(expiry.expire()).isZero();
        clock.set(START.plusSeconds(6601));
        assertThat(expiry.expire()).isEqualTo(1);
    }

    @Test
    void aWatchSeesTheDelete() {
        store.create(EVENTS, key("e"), event("e", START, START)).join();
        expiry.start();
        remembered(1);
        RecordingSink sink = new RecordingSink();
        cache.watch(EVENTS.storage(), 1, Selection.everything(), WatchOptions.none(), sink);
        clock.set(START.plusSeconds(3600));
        expiry.expire();

        Awaitility.await().until(() -> sink.texts().equals(List.of("DELETED e 2")));
    }
}
