package io.kybern.node.shutdown;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Ends the node's pods before the daemon ends, when it is told how long they may take. The daemon is the main process of a
 * machine that is a container, so its orderly end is the machine's; where no time is granted, pods are left to whoever comes
 * next. Runs before anything of the daemon is stopped: statuses are still reported meanwhile. See <a
 * href="https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#graceful-node-shutdown">graceful node
 * shutdown</a>.
 */
public final class NodeShutdown implements ApplicationListener<ContextClosedEvent>, ApplicationContextAware {

    private static final Logger log = LoggerFactory.getLogger(NodeShutdown.class);

    /** What the node can do about it. */
    public interface Ports {

        /** The node takes no more pods and tells everybody that it is not ready. */
        void announce();

        /** The pods that are not over. */
        Collection<Pod> pods();

        /** Ends a pod in that time, or in less if it wants less; complete once it is over and everybody knows. */
        CompletableFuture<Void> end(Pod pod, long graceSeconds);
    }

    private final ShutdownPlan plan;
    private final Ports ports;
    private @Nullable ApplicationContext own;

    /** Reads the settings and refuses those that contradict each other. */
    public NodeShutdown(ShutdownProperties settings, Ports ports) {
        this.plan = ShutdownPlan.of(settings);
        this.ports = ports;
    }

    @Override
    public void setApplicationContext(ApplicationContext context) {
        own = context;
    }

    /** The end of a context below the daemon's own is told here too, and means nothing. */
    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        if (event.getApplicationContext() == own) {
            run();
        }
    }

    /** Ends the pods, one group after the other; returns when all are over or their time is up. */
    void run() {
        if (plan.nothing()) {
            return;
        }
        log.atInfo().log("the machine is about to be turned off: its pods are ended");
        ports.announce();
        try {
            for (ShutdownPlan.Group group : plan.groups(ports.pods())) {
                end(group);
            }
        } catch (InterruptedException inAHurry) {
            Thread.currentThread().interrupt();
        }
    }

    private void end(ShutdownPlan.Group group) throws InterruptedException {
        Duration period = group.period();
        List<CompletableFuture<Void>> ends = group.pods().stream()
                .map(pod -> ports.end(pod, period.toSeconds()))
                .toList();
        try {
            CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
                    .get(period.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException late) {
            log.atWarn()
                    .addKeyValue("pods", group.pods().size())
                    .addKeyValue("period", period)
                    .log("pods were not over in the time that they have before the machine is turned off");
        }
    }
}
