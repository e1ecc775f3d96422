package io.kybern.apiserver.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.RelayLedger;
import io.kybern.events.EventTopics;
import io.kybern.events.ObjectEvent;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
final class RelayTest {

    private static final ResourceType PODS = ResourceRegistry.builtIn().require("", "v1", "pods");
    private static final EventTopics TOPICS = EventTopics.of(ResourceRegistry.builtIn());

    private final InMemoryStore memory = new InMemoryStore();
    private final ObjectStore store = memory.objectStore();
    private final MemoryLedger ledger = new MemoryLedger();
    private final InFlight inFlight = new InFlight(100);
    private final FakeKafka kafka = new FakeKafka();
    private Relay relay = newRelay();

    private Relay newRelay() {
        return new Relay(
                new Relay.Parts(memory, ledger, kafka, inFlight, TOPICS),
                new RelayProperties(
                        Duration.ofSeconds(10), Duration.ofMillis(50), 100, Duration.ofMillis(1), Duration.ofHours(1)),
                Clock.systemUTC(),
                () -> UUID.randomUUID().toString());
    }

    @AfterEach
    void stop() {
        relay.stop();
    }

    /** Takes everything, acknowledges what it is told to. */
    private final class FakeKafka implements EventPublisher {
        private final List<ObjectEvent> events = new CopyOnWriteArrayList<>();
        private volatile boolean acknowledging = true;

        @Override
        public void prepare() {}

        @Override
        public void publish(ObjectEvent event) {
            events.add(event);
            if (event.type() == ObjectEvent.Type.BOOKMARK) {
                inFlight.bookmarkDone();
            } else if (acknowledging) {
                inFlight.arrived(event.revision());
            }
        }

        List<String> of(ResourceType type) {
            return events.stream()
                    .filter(event -> event.type() != ObjectEvent.Type.BOOKMARK)
                    .filter(event -> event.topic().equals(TOPICS.topic(type.storage())))
                    .map(event -> event.type() + " " + event.revision() + " #" + event.sequence())
                    .toList();
        }

        Optional<ObjectEvent> lastBookmark(ResourceType type) {
            return events.stream()
                    .filter(event -> event.type() == ObjectEvent.Type.BOOKMARK)
                    .filter(event -> event.topic().equals(TOPICS.topic(type.storage())))
                    .reduce((first, second) -> second);
        }
    }

    private static final class MemoryLedger implements RelayLedger {
        private Memory memory = new Memory(null, Map.of());
        private String holder = "";

        @Override
        public synchronized CompletableFuture<Optional<Memory>> claim(String by, Duration lease) {
            holder = by;
            return CompletableFuture.completedFuture(Optional.of(memory));
        }

        @Override
        public synchronized CompletableFuture<Boolean> save(
                String by, Duration lease, long position, Map<String, Long> sequences) {
            if (by.equals(holder)) {
                memory = new Memory(position, sequences);
            }
            return CompletableFuture.completedFuture(by.equals(holder));
        }

        @Override
        public CompletableFuture<Void> release(String by) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public synchronized CompletableFuture<Long> position() {
            return CompletableFuture.completedFuture(memory.position() == null ? 0 : memory.position());
        }
    }

    private static ObjectNode pod(String value) {
        ObjectNode pod = Json.object();
        pod.put("apiVersion", "v1").put("kind", "Pod").put("value", value);
        KubeObject.metadata(pod).put("name", "a").put("namespace", "default");
        return pod;
    }

    private static final ObjectKey A = new ObjectKey("default", "a");

    private void leading() {
        relay.start();
        Awaitility.await()
                .until(() -> relay.isLeading() && kafka.lastBookmark(PODS).isPresent());
    }

    @Test
    void carriesEveryEntryInOrder() {
        leading();
        store.create(PODS, A, pod("1")).join();
        store.update(PODS, A, 1, pod("2")).join();
        store.delete(PODS, A, 2, pod("2")).join();

        Awaitility.await().until(() -> relay.position() == 3);
        assertThat(kafka.of(PODS)).containsExactly("ADDED 1 #1", "MODIFIED 2 #2", "DELETED 3 #3");
        Awaitility.await().until(() -> kafka.lastBookmark(PODS).orElseThrow().revision() == 3);
        assertThat(kafka.lastBookmark(PODS).orElseThrow().sequence()).isEqualTo(3);
    }

    @Test
    void sendsAgainWhatWasNotAcknowledgedWhenItTakesOver() {
        leading();
        store.create(PODS, A, pod("1")).join();
        Awaitility.await().until(() -> relay.position() == 1);
        kafka.acknowledging = false;
        store.update(PODS, A, 1, pod("2")).join();
        Awaitility.await().until(() -> kafka.of(PODS).size() == 2);
        relay.stop();
        kafka.acknowledging = true;
        relay = newRelay();
        relay.start();

        Awaitility.await().until(() -> relay.position() == 2);
        assertThat(kafka.of(PODS)).containsExactly("ADDED 1 #1", "MODIFIED 2 #2", "MODIFIED 2 #2");
    }

    @Test
    void leavesAGapForWhatTheLogNoLongerHolds() {
        leading();
        relay.stop();
        store.create(PODS, A, pod("1")).join();
        store.update(PODS, A, 1, pod("2")).join();
        memory.trim(3).join();
        store.update(PODS, A, 2, pod("3")).join();
        relay = newRelay();
        relay.start();

        Awaitility.await().until(() -> relay.position() == 3);
        assertThat(kafka.of(PODS)).containsExactly("MODIFIED 3 #2");
    }

    @Test
    void stopsWhenAnotherOneTakesTheLease() {
        leading();
        ledger.claim("another", Duration.ofSeconds(1)).join();
        store.create(PODS, A, pod("1")).join();

        // it claims the lease again itself, because this ledger lets everybody have it
        Awaitility.await().until(() -> ledger.position().join() == 1);
        assertThat(kafka.of(PODS)).contains("ADDED 1 #1");
    }

    @Test
    void takesTheDataOutOfSecrets() {
        byte[] stored =
                ("{\"apiVersion\":\"v1\",\"data\":{\"p\":\"x\"},\"kind\":\"Secret\",\"metadata\":{\"annotations\":"
                                + "{\"a\":\"b\",\"kubectl.kubernetes.io/last-applied-configuration\":\"x\"},\"name\":\"s\"},"
                                + "\"stringData\":{},\"type\":\"Opaque\"}")
                        .getBytes(StandardCharsets.UTF_8);
        assertThat(new String(Relay.metadataOnly(stored), StandardCharsets.UTF_8))
                .isEqualTo("{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"annotations\":{\"a\":\"b\"},"
                        + "\"name\":\"s\"},\"type\":\"Opaque\"}");
    }
}
