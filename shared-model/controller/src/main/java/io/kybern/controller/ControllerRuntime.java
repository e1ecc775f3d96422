package io.kybern.controller;

import io.kybern.controller.client.Pause;
import io.kybern.controller.leader.LeaderElector;
import io.kybern.controller.leader.LeaderListener;
import io.kybern.events.InformerFactory;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Runs the controllers of one process: starts the informers and the election, lets the controllers work while the process
 * leads and their caches have synced, and stops everything in the reverse order.
 */
public final class ControllerRuntime implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ControllerRuntime.class);

    /** After the bindings of Spring Cloud Stream, which feed the informers, and so stopped before them. */
    static final int PHASE = Integer.MAX_VALUE - 500;

    private static final Duration SYNC_POLL = Duration.ofMillis(50);
    private static final Duration START_RETRY = Duration.ofSeconds(1);

    private final List<Controller> controllers;
    private final List<ControllerMetrics> metrics = new ArrayList<>();
    private final List<LeaderTask> tasks;
    private final LeaderElector elector;
    private final InformerFactory informers;

    private @Nullable Thread starter;
    private volatile boolean running;

    /**
     * @param tasks what else is to run only while the process leads
     */
    public ControllerRuntime(
            List<Controller> controllers,
            List<LeaderTask> tasks,
            LeaderElector elector,
            InformerFactory informers,
            MeterRegistry registry) {
        this.controllers = List.copyOf(controllers);
        this.tasks = List.copyOf(tasks);
        this.elector = elector;
        this.informers = informers;
        this.controllers.forEach(controller -> metrics.add(new ControllerMetrics(registry, controller)));
        Gauge.builder("leader_election.master.status", elector, e -> e.isLeader() ? 1 : 0)
                .register(registry);
        elector.listen(new LeaderListener() {
            @Override
            public void elected() {
                begin();
            }

            @Override
            public void retired() {
                end();
            }
        });
    }

    /** Whether the caches of all controllers and tasks have their first list. */
    public boolean hasSynced() {
        return controllers.stream().allMatch(Controller::hasSynced)
                && tasks.stream().allMatch(LeaderTask::ready);
    }

    /** The controllers, in the order of their start. */
    public List<Controller> controllers() {
        return controllers;
    }

    private synchronized void begin() {
        starter = Thread.ofVirtual().name("controllers-start").start(this::startWhenSynced);
    }

    private void startWhenSynced() {
        try {
            while (!hasSynced()) {
                Pause.of(SYNC_POLL);
            }
            while (!startedAll()) {
                Pause.of(START_RETRY);
            }
        } catch (InterruptedException e) {
            log.debug("No longer leading before the controllers worked", e);
            Thread.currentThread().interrupt();
        }
    }

    /** Whether nothing is left to start; a leader that does only part of its work is worse than one that begins a little later. */
    private synchronized boolean startedAll() {
        if (Thread.currentThread().isInterrupted()) {
            return true;
        }
        try {
            for (int i = 0; i < controllers.size(); i++) {
                controllers.get(i).start(metrics.get(i));
            }
            tasks.forEach(LeaderTask::begin);
            return true;
        } catch (RuntimeException e) {
            log.error("The controllers cannot be started; they are stopped and started again", e);
            stopAll();
            return false;
        }
    }

    private void stopAll() {
        tasks.forEach(LeaderTask::end);
        controllers.forEach(Controller::stop);
    }

    private synchronized void end() {
        Thread starting = starter;
        if (starting != null) {
            starting.interrupt();
            starter = null;
        }
        stopAll();
    }

    @Override
    public void start() {
        informers.start();
        elector.start();
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        elector.close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
