package io.kybern.apiserver.relay;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.apiserver.storage.EventLog;
import io.kybern.apiserver.storage.LogEntry;
import io.kybern.apiserver.storage.RelayLedger;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredJson;
import io.kybern.events.EventTopics;
import io.kybern.events.ObjectEvent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.node.ObjectNode;

/**
 * Carries the log to Kafka, on one thread, while it holds the lease. Its position moves only after Kafka has acknowledged; a
 * successor goes on from there, so events arrive at least once and in the order of their revisions, and no sequence ever runs ahead
 * of what was sent. What the log no longer holds shows as a gap in every topic's sequence.
 */
final class Relay implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

    private static final GroupResource SECRETS = new GroupResource("", "secrets");
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
    private static final int BATCH = 200;

    /** How often the lease is renewed while it lasts, so that one lost answer does not cost it. */
    private static final int RENEWALS = 4;

    /**
     * While events come one after the other they are carried in bundles of this time, which costs everybody behind the relay much less.
     * One that comes alone is carried at once.
     */
    private static final Duration GATHERING = Duration.ofMillis(5);

    private static final Duration BLOCK = Duration.ofMillis(400);
    private static final Duration BACK_OFF = Duration.ofSeconds(1);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(3);

    private final EventLog log;
    private final RelayLedger ledger;
    private final EventPublisher publisher;
    private final InFlight inFlight;
    private final EventTopics topics;
    private final RelayProperties properties;
    private final Clock clock;
    private final Supplier<String> tokens;
    private final CountDownLatch stop = new CountDownLatch(1);

    private volatile boolean leading;
    private volatile long position;
    private volatile @Nullable Thread thread;

    // belongs to the thread
    private final Map<String, Long> sequences = new HashMap<>();
    private boolean prepared;
    private long sent;
    private long carriedAtNanos = System.nanoTime();
    private Instant nextBookmarks = Instant.MIN;
    private Instant nextSave = Instant.MIN;
    private Instant nextRenewal = Instant.MIN;

    Relay(Parts parts, RelayProperties properties, Clock clock, Supplier<String> tokens) {
        this.log = parts.log();
        this.ledger = parts.ledger();
        this.publisher = parts.publisher();
        this.inFlight = parts.inFlight();
        this.topics = parts.topics();
        this.properties = properties;
        this.clock = clock;
        this.tokens = tokens;
    }

    /** What a relay stands between. */
    record Parts(EventLog log, RelayLedger ledger, EventPublisher publisher, InFlight inFlight, EventTopics topics) {}

    /** Starts to compete for the lease; once. */
    @Override
    public void start() {
        thread = Thread.ofPlatform().daemon().name("relay").start(this::run);
    }

    /** Whether this API server relays. */
    boolean isLeading() {
        return leading;
    }

    /** The revision up to which Kafka has acknowledged everything, as far as this API server knows. */
    long position() {
        return position;
    }

    private void run() {
        while (stop.getCount() > 0) {
            String token = tokens.get();
            try {
                if (!prepared) {
                    // before the lease is taken: a broker that has just started may take longer than the lease lasts
                    publisher.prepare();
                    prepared = true;
                }
                Optional<RelayLedger.Memory> memory = join(ledger.claim(token, properties.lease()));
                if (memory.isPresent()) {
                    leading = true;
                    lead(token, memory.get());
                }
            } catch (StorageException | EventPublisher.PublishException e) {
                prepared &= e instanceof StorageException;
                LOG.atWarn()
                        .addKeyValue("cause", e.getMessage())
                        .log("the relay was interrupted; it goes on from its position");
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("the relay failed; it goes on from its position");
            }
            if (leading) {
                leading = false;
                release(token);
            }
            pause();
        }
    }

    private void release(String token) {
        try {
            join(ledger.release(token));
        } catch (StorageException e) {
            LOG.atDebug().addKeyValue("cause", e.getMessage()).log("the relay's lease runs out by itself");
        }
    }

    private void pause() {
        try {
            stop.await(BACK_OFF.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop.countDown();
        }
    }

    private void lead(String token, RelayLedger.Memory memory) throws InterruptedException {
        inFlight.reset();
        sequences.clear();
        topics.all().forEach(topic -> sequences.put(topic, 0L));
        sequences.putAll(memory.sequences());
        Long remembered = memory.position();
        sent = remembered == null ? join(log.currentRevision()) : remembered;
        position = sent;
        nextBookmarks = clock.instant();
        nextSave = clock.instant();
        nextRenewal = clock.instant();
        LOG.atInfo().addKeyValue("position", sent).log("this API server relays the log to Kafka");
        try (EventLog.Reader reader = log.open()) {
            boolean held = true;
            while (held && stop.getCount() > 0 && !inFlight.hasFailed()) {
                if (inFlight.hasRoom(BLOCK)) {
                    gather();
                    carry(reader.read(sent, BATCH, BLOCK));
                }
                bookmarks();
                held = save(token);
            }
            if (!held) {
                LOG.atWarn().log("another API server has taken the relay over");
            }
        }
    }

    /** Waits until there may be more than one event to carry, if there was one just now. */
    private void gather() throws InterruptedException {
        long left = GATHERING.toNanos() - (System.nanoTime() - carriedAtNanos);
        if (left > 0) {
            stop.await(left, TimeUnit.NANOSECONDS);
        }
    }

    private void carry(List<LogEntry> entries) throws InterruptedException {
        if (entries.isEmpty()) {
            long newest = join(log.currentRevision());
            if (newest < sent) {
                LOG.atWarn()
                        .addKeyValue("position", sent)
                        .addKeyValue("storeRevision", newest)
                        .log("the store went back");
                skipTo(newest);
            }
            return;
        }
        carriedAtNanos = System.nanoTime();
        long first = entries.getFirst().revision();
        if (first != sent + 1) {
            LOG.atWarn()
                    .addKeyValue("position", sent)
                    .addKeyValue("oldestEntry", first)
                    .log("the log is too short: events are skipped");
            skipTo(first - 1);
        }
        for (LogEntry entry : entries) {
            while (!inFlight.hasRoom(BLOCK)) {
                if (stop.getCount() == 0 || clock.instant().isAfter(nextRenewal)) {
                    return;
                }
            }
            if (inFlight.hasFailed()) {
                return;
            }
            carry(entry);
            sent = entry.revision();
        }
    }

    /** A gap in every topic's sequence makes every informer list again. */
    private void skipTo(long revision) {
        sequences.replaceAll((topic, sequence) -> sequence + 1);
        sent = revision;
    }

    private void carry(LogEntry entry) {
        byte[] json = entry.json();
        if (json == null) {
            return;
        }
        byte[] travelling = entry.resource().equals(SECRETS) ? metadataOnly(json) : json;
        String topic = topics.topic(entry.resource());
        long sequence = sequences.merge(topic, 1L, Long::sum);
        inFlight.sending(entry.revision(), topic, sequence);
        publisher.publish(new ObjectEvent(
                type(entry.verb()),
                topic,
                entry.resource(),
                entry.key(),
                entry.revision(),
                sequence,
                StoredJson.withRevision(travelling, entry.revision())));
    }

    private static ObjectEvent.Type type(LogEntry.Verb verb) {
        return switch (verb) {
            case ADDED -> ObjectEvent.Type.ADDED;
            case MODIFIED -> ObjectEvent.Type.MODIFIED;
            case DELETED -> ObjectEvent.Type.DELETED;
        };
    }

    /** A secret without its data, and without the copy of it that kubectl keeps in an annotation. */
    static byte[] metadataOnly(byte[] json) {
        ObjectNode secret = (ObjectNode) Json.read(json);
        secret.retain("apiVersion", "kind", "metadata", "type");
        if (KubeObject.metadata(secret).get("annotations") instanceof ObjectNode annotations) {
            annotations.remove(LAST_APPLIED);
        }
        return StoredJson.encode(secret);
    }

    private void bookmarks() {
        Instant now = clock.instant();
        if (now.isBefore(nextBookmarks) || !inFlight.bookmarksAreThrough()) {
            return;
        }
        nextBookmarks = now.plus(properties.bookmarkInterval());
        sequences.forEach((topic, sequence) -> {
            inFlight.sendingBookmark();
            publisher.publish(new ObjectEvent(
                    ObjectEvent.Type.BOOKMARK, topic, topics.resource(topic), null, sent, sequence, new byte[0]));
        });
    }

    /** Remembers how far Kafka has it; answers whether the lease is still held. */
    private boolean save(String token) {
        Instant now = clock.instant();
        long arrived = inFlight.position(sent);
        boolean due = arrived != position ? !now.isBefore(nextSave) : !now.isBefore(nextRenewal);
        if (!due) {
            return true;
        }
        nextSave = now.plus(properties.saveInterval());
        nextRenewal = now.plus(properties.lease().dividedBy(RENEWALS));
        boolean held = join(ledger.save(token, properties.lease(), arrived, inFlight.sequences(sequences)));
        position = arrived;
        return held;
    }

    private static <T> T join(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (RuntimeException e) {
            throw StorageException.of(e);
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null && stop.getCount() > 0;
    }

    @Override
    public void stop() {
        stop.countDown();
        Thread running = thread;
        if (running != null) {
            try {
                running.join(STOP_PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            running.interrupt();
        }
    }
}
