package io.kybern.scheduler.adapter;

import io.kybern.scheduler.core.SchedulingListener;
import io.kybern.scheduler.core.queue.SchedulingQueue.Depths;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/** Counts attempts and waiting pods under the names that Kubernetes' dashboards use. */
public final class SchedulerMetrics implements SchedulingListener {

    /** One pod that takes more attempts than this is counted with those that take fifteen, to bound the series. */
    private static final int MOST_ATTEMPTS = 15;

    private final MeterRegistry registry;
    private final Map<Result, Timer> durations = new EnumMap<>(Result.class);
    private final Map<Result, Counter> attempts = new EnumMap<>(Result.class);
    private final Counter preemptions;
    private final DistributionSummary victims;

    /** Registers the meters of a profile. */
    public SchedulerMetrics(MeterRegistry registry, String profile) {
        this.registry = registry;
        this.preemptions = Counter.builder("scheduler_preemption_attempts")
                .description("Times that pods were made to leave for another")
                .register(registry);
        this.victims = DistributionSummary.builder("scheduler_preemption_victims")
                .description("Pods that left at a time")
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64)
                .register(registry);
        for (Result result : Result.values()) {
            attempts.put(
                    result,
                    Counter.builder("scheduler_schedule_attempts")
                            .description("Attempts to schedule pods, by result")
                            .tag("result", result.label())
                            .tag("profile", profile)
                            .register(registry));
            durations.put(
                    result,
                    Timer.builder("scheduler_scheduling_attempt_duration")
                            .description("Time from taking a pod off the queue to its binding or refusal")
                            .tag("result", result.label())
                            .tag("profile", profile)
                            .serviceLevelObjectives(doubling(Duration.ofMillis(1), 15))
                            .register(registry));
        }
    }

    /** Publishes how many pods wait where. */
    public void watch(Supplier<Depths> depths) {
        gauge("active", depths, Depths::active);
        gauge("backoff", depths, Depths::backOff);
        gauge("unschedulable", depths, Depths::unschedulable);
        gauge("gated", depths, Depths::gated);
    }

    private void gauge(String queue, Supplier<Depths> depths, ToIntFunction<Depths> count) {
        Gauge.builder("scheduler_pending_pods", () -> count.applyAsInt(depths.get()))
                .description("Pods that wait for a node, by queue")
                .tag("queue", queue)
                .register(registry);
    }

    @Override
    public void attempted(Result result, Duration took) {
        Counter counter = attempts.get(result);
        Timer timer = durations.get(result);
        if (counter != null && timer != null) {
            counter.increment();
            timer.record(took);
        }
    }

    @Override
    public void placed(int attemptCount, Duration sinceFirstSeen) {
        Timer.builder("scheduler_pod_scheduling_sli_duration")
                .description("Time from when a pod entered the queue until it was bound, by attempts")
                .tag("attempts", attemptCount > MOST_ATTEMPTS ? "15+" : Integer.toString(attemptCount))
                .serviceLevelObjectives(doubling(Duration.ofMillis(10), 20))
                .register(registry)
                .record(sinceFirstSeen);
    }

    @Override
    public void preempted(int count) {
        preemptions.increment();
        victims.record(count);
    }

    private static Duration[] doubling(Duration first, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> first.multipliedBy(1L << i))
                .toArray(Duration[]::new);
    }
}
