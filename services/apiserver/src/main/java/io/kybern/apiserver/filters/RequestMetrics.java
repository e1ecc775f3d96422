package io.kybern.apiserver.filters;

import io.kybern.apiserver.request.RequestInfo;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts and times requests under the names that Kubernetes dashboards use. */
final class RequestMetrics {

    /** The buckets of Kubernetes' own histogram, in milliseconds. */
    private static final Duration[] BUCKETS = Arrays.stream(new long[] {
                5, 25, 50, 100, 200, 400, 600, 800, 1000, 1250, 1500, 2000, 3000, 4000, 5000, 6000, 8000, 10_000,
                15_000, 20_000, 30_000, 45_000, 60_000
            })
            .mapToObj(Duration::ofMillis)
            .toArray(Duration[]::new);

    private record Key(String verb, String group, String version, String resource, String subresource, String scope) {

        static Key of(RequestInfo info) {
            if (!info.resourceRequest()) {
                return new Key(info.verb().toUpperCase(Locale.ROOT), "", "", "", "", "");
            }
            String verb =
                    switch (info.verb()) {
                        case "create" -> "POST";
                        case "update" -> "PUT";
                        default -> info.verb().toUpperCase(Locale.ROOT);
                    };
            return new Key(verb, info.group(), info.version(), info.resource(), info.subresource(), info.scope());
        }

        Tags tags() {
            return Tags.of(
                    "verb",
                    verb,
                    "group",
                    group,
                    "version",
                    version,
                    "resource",
                    resource,
                    "subresource",
                    subresource,
                    "scope",
                    scope,
                    "component",
                    "apiserver",
                    "dry_run",
                    "");
        }
    }

    private record CodeKey(Key key, int code) {}

    private final MeterRegistry meters;
    private final Map<CodeKey, Counter> counters = new ConcurrentHashMap<>();
    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();
    private final Map<Key, AtomicInteger> longRunning = new ConcurrentHashMap<>();

    RequestMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    /** One request is answered. Unknown resources are counted as one, or anybody could make metrics. */
    void done(RequestInfo info, boolean known, int code, long nanos) {
        Key key = known ? Key.of(info) : new Key("other", "", "", "", "", "");
        counters.computeIfAbsent(new CodeKey(key, code), k -> Counter.builder("apiserver.request")
                        .description("Requests by verb, resource and HTTP code")
                        .tags(k.key().tags().and("code", Integer.toString(k.code())))
                        .register(meters))
                .increment();
        timers.computeIfAbsent(key, k -> Timer.builder("apiserver.request.duration")
                        .description("How long answers took")
                        .tags(k.tags())
                        .serviceLevelObjectives(BUCKETS)
                        .register(meters))
                .record(Duration.ofNanos(nanos));
    }

    /** A request that may take as long as the client likes begins; run the answer when it ends. */
    Runnable begin(RequestInfo info) {
        AtomicInteger count = longRunning.computeIfAbsent(Key.of(info), k -> {
            AtomicInteger fresh = new AtomicInteger();
            meters.gauge("apiserver.longrunning.requests", k.tags(), fresh, AtomicInteger::get);
            return fresh;
        });
        count.incrementAndGet();
        return count::decrementAndGet;
    }
}
