package io.kybern.controller.recorder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.client.Pause;
import io.kybern.controller.recorder.EventCorrelator.Decision;
import io.kybern.controller.recorder.EventCorrelator.Report;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recorders of a process, and the one thread that writes their events, in order. While the API server is away the newest
 * events wait, up to a bound; the rest is dropped.
 */
public final class EventRecorders implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EventRecorders.class);

    /** A storm of a thousand events is worth telling; more is the same story again. */
    private static final int WAITING = 1000;

    /** With doubling pauses that is about half a minute, as long as an API server takes to come back. */
    private static final int TRIES = 6;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private final ObjectApi<Event> events;
    private final String instance;
    private final Clock clock;
    private final EventCorrelator correlator;
    private final ObjectMapper mapper = new ObjectMapper();
    private final BlockingQueue<Report> reports = new ArrayBlockingQueue<>(WAITING);
    private final Thread writer;
    private volatile boolean closing;

    /**
     * @param instance of the process, for example its host
     */
    public EventRecorders(ObjectApi<Event> events, String instance, Clock clock) {
        this.events = events;
        this.instance = instance;
        this.clock = clock;
        this.correlator = new EventCorrelator(clock);
        this.writer = Thread.ofVirtual().name("events").unstarted(this::run);
    }

    /** Begins to write what is recorded. */
    public EventRecorders start() {
        writer.start();
        return this;
    }

    /**
     * The recorder of a component.
     *
     * @param component as Kubernetes calls it, for example {@code deployment-controller}
     */
    public EventRecorder of(String component) {
        return (regarding, type, reason, message) -> {
            if (!reports.offer(new Report(component, regarding, type, reason, message))) {
                log.atDebug().addKeyValue("reason", reason).log("Too many events wait; dropped one");
            }
        };
    }

    /** Writes what still waits, for a moment, and ends. */
    @Override
    public void close() {
        closing = true;
        try {
            if (reports.isEmpty() || !writer.join(LAST_WORDS)) {
                writer.interrupt();
                writer.join(LAST_WORDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!closing || !reports.isEmpty()) {
                Report report = reports.poll(1, TimeUnit.SECONDS);
                if (report != null) {
                    write(report);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void write(Report report) throws InterruptedException {
        try {
            switch (correlator.decide(report)) {
                case Decision.Create create -> create(report, create.identity(), create.message(), create.at(), 1);
                case Decision.Count count -> countUp(report, count);
                case Decision.Drop drop ->
                    log.atDebug()
                            .addKeyValue("reason", report.reason())
                            .log("Too many events of one object; dropped one");
            }
        } catch (ApiFailure failure) {
            log.atDebug()
                    .setCause(failure)
                    .addKeyValue("reason", report.reason())
                    .log("An event was not accepted");
        } catch (RuntimeException fault) {
            log.atError()
                    .setCause(fault)
                    .addKeyValue("reason", report.reason())
                    .log("Writing an event failed; the next ones are written all the same");
        }
    }

    private interface Write {
        Event run();
    }

    private void create(Report report, EventCorrelator.Same identity, String message, Instant at, int count)
            throws InterruptedException {
        Event event = event(report, message, at, count);
        Event stored = withPatience(() -> events.create(event).object());
        correlator.stored(identity, stored.getMetadata().getName(), count);
    }

    private void countUp(Report report, Decision.Count count) throws InterruptedException {
        String patch =
                json(Map.of("count", count.count(), "lastTimestamp", seconds(count.at()), "message", count.message()));
        ObjectKey key = new ObjectKey(namespace(report.regarding()), count.name());
        try {
            withPatience(() -> events.patch(key, PatchType.STRATEGIC, patch).object());
            correlator.stored(count.identity(), count.name(), count.count());
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
            // events expire; the story goes on with a new one
            create(report, count.identity(), count.message(), count.at(), count.count());
        }
    }

    private Event withPatience(Write write) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return write.run();
            } catch (ApiFailure failure) {
                boolean temporary = failure.isUnreachable() || failure.code() >= 500 || failure.code() == 429;
                if (!temporary || attempt == TRIES || closing) {
                    throw failure;
                }
                Pause.of(FIRST_PAUSE.multipliedBy(1L << attempt));
            }
        }
    }

    private Event event(Report report, String message, Instant at, int count) {
        ObjectReference regarding = report.regarding();
        String name =
                regarding.getName() + "." + Long.toHexString(ChronoUnit.NANOS.between(Instant.EPOCH, clock.instant()));
        return new EventBuilder()
                .withNewMetadata()
                .withNamespace(namespace(regarding))
                .withName(name)
                .endMetadata()
                .withInvolvedObject(regarding)
                .withType(report.type().wireName())
                .withReason(report.reason())
                .withMessage(message)
                .withCount(count)
                .withFirstTimestamp(seconds(at))
                .withLastTimestamp(seconds(at))
                .withNewSource()
                .withComponent(report.component())
                .endSource()
                .withReportingComponent(report.component())
                .withReportingInstance(instance)
                .build();
    }

    private static String namespace(ObjectReference regarding) {
        @Nullable String namespace = regarding.getNamespace();
        return namespace == null || namespace.isEmpty() ? "default" : namespace;
    }

    private static String seconds(Instant at) {
        return DateTimeFormatter.ISO_INSTANT.format(
                at.truncatedTo(ChronoUnit.SECONDS).atZone(ZoneOffset.UTC));
    }

    private String json(Map<String, Object> patch) {
        try {
            return mapper.writeValueAsString(patch);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of texts and numbers is always JSON", e);
        }
    }
}
