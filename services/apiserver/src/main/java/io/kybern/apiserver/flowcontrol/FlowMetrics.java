package io.kybern.apiserver.flowcontrol;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToIntFunction;

/** Counts under the names that Kubernetes dashboards use. */
final class FlowMetrics {

    private final MeterRegistry meters;
    /** What is shown under a level's name; a registry keeps the first gauge of a name, so it must look up the level of the day. */
    private final Map<String, AtomicReference<Level>> shown = new ConcurrentHashMap<>();

    FlowMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    /** What happens to the requests of one flow schema; the meters are looked up once, not for each request. */
    static final class OfSchema {

        private final Counter dispatched;
        private final Timer waited;
        private final Map<Level.Refusal, Counter> rejected = new EnumMap<>(Level.Refusal.class);

        private OfSchema(MeterRegistry meters, Tags tags) {
            dispatched = Counter.builder("apiserver.flowcontrol.dispatched.requests")
                    .description("Requests that got a seat")
                    .tags(tags)
                    .register(meters);
            waited = Timer.builder("apiserver.flowcontrol.request.wait.duration")
                    .description("How long requests waited for a seat")
                    .tags(tags)
                    .register(meters);
            for (Level.Refusal each : Level.Refusal.values()) {
                rejected.put(
                        each,
                        Counter.builder("apiserver.flowcontrol.rejected.requests")
                                .description("Requests that got none")
                                .tags(tags.and("reason", each.reason()))
                                .register(meters));
            }
        }

        void dispatched(long waitedNanos) {
            dispatched.increment();
            waited.record(Duration.ofNanos(waitedNanos));
        }

        void rejected(Level.Refusal why) {
            Counter counter = rejected.get(why);
            if (counter != null) {
                counter.increment();
            }
        }
    }

    OfSchema of(FlowSchema schema) {
        return new OfSchema(meters, Tags.of("flow_schema", schema.name(), "priority_level", schema.level()));
    }

    /** Shows a level's seats, in place of those of a former level of that name. */
    void follow(String name, Level level) {
        AtomicReference<Level> present = shown.get(name);
        if (present != null) {
            present.set(level);
            return;
        }
        AtomicReference<Level> current = new AtomicReference<>(level);
        shown.put(name, current);
        Tags tags = Tags.of("priority_level", name);
        gauge("current.executing.seats", "Seats in use", tags, current, Level::executing);
        gauge("current.inqueue.requests", "Requests that wait for a seat", tags, current, Level::waiting);
        gauge(
                "current.limit.seats",
                "Seats that may be in use, with what is lent and borrowed",
                tags,
                current,
                Level::limit);
        gauge("nominal.limit.seats", "Seats that are its own", tags, current, Level::nominal);
    }

    private void gauge(
            String name, String description, Tags tags, AtomicReference<Level> level, ToIntFunction<Level> value) {
        Gauge.builder("apiserver.flowcontrol." + name, level, current -> value.applyAsInt(current.get()))
                .description(description)
                .tags(tags)
                .register(meters);
    }
}
