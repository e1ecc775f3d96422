package io.kybern.controller;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * The measures of one controller's queue, under the names that dashboards for Kubernetes expect.
 *
 * <p>See "Kubernetes Metrics Reference": {@code workqueue_*}.
 */
final class ControllerMetrics implements ControllerListener {

    private static final Duration[] BUCKETS = {
        Duration.ofNanos(100),
        Duration.ofNanos(1_000),
        Duration.ofNanos(10_000),
        Duration.ofNanos(100_000),
        Duration.ofMillis(1),
        Duration.ofMillis(10),
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        Duration.ofSeconds(100)
    };

    private final Counter adds;
    private final Counter retries;
    private final Counter successes;
    private final Counter errors;
    private final Timer waiting;
    private final Timer working;

    ControllerMetrics(MeterRegistry registry, Controller controller) {
        String name = controller.name();
        Clock clock = controller.clock();
        adds = Counter.builder("workqueue.adds").tag("name", name).register(registry);
        retries = Counter.builder("workqueue.retries").tag("name", name).register(registry);
        successes = results(name, "success").register(registry);
        errors = results(name, "error").register(registry);
        waiting = timer("workqueue.queue.duration", name).register(registry);
        working = timer("workqueue.work.duration", name).register(registry);
        Gauge.builder("workqueue.depth", controller, Controller::depth)
                .tag("name", name)
                .register(registry);
        Gauge.builder("workqueue.unfinished.work.seconds", controller, c -> seconds(c, clock, false))
                .tag("name", name)
                .register(registry);
        Gauge.builder("workqueue.longest.running.processor.seconds", controller, c -> seconds(c, clock, true))
                .tag("name", name)
                .register(registry);
    }

    private static Counter.Builder results(String controller, String result) {
        return Counter.builder("controller_runtime.reconcile")
                .tag("controller", controller)
                .tag("result", result);
    }

    private static Timer.Builder timer(String meter, String name) {
        return Timer.builder(meter).tag("name", name).serviceLevelObjectives(BUCKETS);
    }

    private static double seconds(Controller controller, Clock clock, boolean longest) {
        Instant now = clock.instant();
        double sum = 0;
        double max = 0;
        for (Instant since : controller.workingSince()) {
            double seconds = Duration.between(since, now).toMillis() / 1000.0;
            sum += seconds;
            max = Math.max(max, seconds);
        }
        return longest ? max : sum;
    }

    @Override
    public void added() {
        adds.increment();
    }

    @Override
    public void taken(Duration waited) {
        waiting.record(waited);
    }

    @Override
    public void finished(Duration worked) {
        working.record(worked);
    }

    @Override
    public void retried() {
        retries.increment();
    }

    @Override
    public void reconciled(boolean success) {
        (success ? successes : errors).increment();
    }
}
