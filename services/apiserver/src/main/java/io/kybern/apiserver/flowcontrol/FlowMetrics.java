package io.kybern.apiserver.flowcontrol;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Counts under the names that Kubernetes dashboards use. */
final class FlowMetrics {

    private final MeterRegistry meters;

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

    /** Shows a level's seats. */
    void follow(String name, Level level) {
        Tags tags = Tags.of("priority_level", name);
        Gauge.builder("apiserver.flowcontrol.current.executing.seats", level, Level::executing)
                .description("Seats in use")
                .tags(tags)
                .register(meters);
        Gauge.builder("apiserver.flowcontrol.current.inqueue.requests", level, Level::waiting)
                .description("Requests that wait for a seat")
                .tags(tags)
                .register(meters);
        Gauge.builder("apiserver.flowcontrol.current.limit.seats", level, Level::limit)
                .description("Seats that may be in use, with what is lent and borrowed")
                .tags(tags)
                .register(meters);
    }
}
