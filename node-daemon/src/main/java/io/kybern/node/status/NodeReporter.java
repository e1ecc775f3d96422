package io.kybern.node.status;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kybern.node.events.EventSink;
import io.kybern.node.network.PodNetwork;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.EngineInfo;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.RuntimeFailure;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Registers the node and keeps its object and its lease fresh: the lease every ten seconds as a sign of life, the status when it
 * changes and at least every five minutes. See "Nodes" in the Kubernetes documentation.
 */
public final class NodeReporter implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(NodeReporter.class);
    private static final Duration LEASE_EVERY = Duration.ofSeconds(10);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
    private static final Duration STATUS_AT_LEAST = Duration.ofMinutes(5);

    /** A process that has just begun has not looked at everything yet; until then it does not contradict the one before it. */
    private static final Duration FIRST_LOOKS = Duration.ofSeconds(20);

    /** What the reporter looks at. */
    public record Sources(
            KubernetesClient client,
            ContainerRuntime runtime,
            PodNetwork network,
            EventSink events,
            Supplier<Set<String>> pressures,
            Reservations reservations) {}

    private final Sources sources;
    private final String name;
    private final String bridge;
    private final Path directory;
    private final Clock clock;
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(
            2, Thread.ofPlatform().name("node-status-", 0).daemon().factory());
    private volatile @Nullable Node node;
    private volatile boolean running;
    private volatile boolean shuttingDown;
    private volatile Instant believedUntil = Instant.EPOCH;
    private Instant reportedAt = Instant.EPOCH;
    private boolean unschedulable;
    private boolean greeted;

    /**
     * @param name the node's name
     * @param bridge the pods' bridge, whose address is not the node's
     * @param directory where the pods' files are
     */
    public NodeReporter(Sources sources, String name, String bridge, Path directory, Clock clock) {
        this.sources = sources;
        this.name = name;
        this.bridge = bridge;
        this.directory = directory;
        this.clock = clock;
    }

    /** The node's object as last seen; null before it is registered. */
    public @Nullable Node node() {
        return node;
    }

    /** The node's object as the API server has it now, or as last seen if it does not answer. */
    public @Nullable Node newestNode() {
        try {
            Node newest = sources.client().nodes().withName(name).get();
            if (newest != null) {
                node = newest;
            }
        } catch (KubernetesClientException e) {
            log.atDebug().addKeyValue("why", e.getMessage()).log("the node's object could not be read anew");
        }
        return node;
    }

    @Override
    public void start() {
        running = true;
        believedUntil = clock.instant().plus(FIRST_LOOKS);
        timer.scheduleWithFixedDelay(this::report, 0, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        timer.scheduleAtFixedRate(this::renew, 0, LEASE_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** From now on the node is not ready, because its machine is about to be turned off; told at once. */
    public void shuttingDown() {
        shuttingDown = true;
        tell("NodeShutdown", "Shutdown manager detected shutdown event");
        timer.execute(this::report);
    }

    private synchronized void report() {
        try {
            Instant now = clock.instant();
            Node current = sources.client().nodes().withName(name).get();
            greet();
            if (current == null) {
                node = sources.client()
                        .nodes()
                        .resource(NodeStatusPlanner.registration(machine(), now))
                        .create();
                log.atInfo().addKeyValue("node", name).log("node registered");
                tell(new NodeStatus(), node.getStatus());
                return;
            }
            node = current;
            noteSchedulability(current);
            NodeStatus wanted = NodeStatusPlanner.status(current, machine(), now);
            boolean due = !reportedAt.plus(STATUS_AT_LEAST).isAfter(now);
            NodeStatus before = Objects.requireNonNullElse(current.getStatus(), new NodeStatus());
            if (now.isBefore(believedUntil) && !shuttingDown && NodeStatusPlanner.contradicts(before, wanted)) {
                return;
            }
            if (due || !NodeStatusPlanner.same(before, wanted)) {
                node = sources.client()
                        .nodes()
                        .resource(new NodeBuilder(current).withStatus(wanted).build())
                        .updateStatus();
                reportedAt = now;
                tell(before, wanted);
            }
        } catch (KubernetesClientException e) {
            log.atWarn()
                    .addKeyValue("why", e.getMessage())
                    .log("the node's status could not be reported, will try again");
        } catch (RuntimeException e) {
            // a periodic task that throws would never run again
            log.atError().setCause(e).log("the node's status could not be computed, will try again");
        }
    }

    /** Told when the API server has answered for the first time: before that nobody may be there to hear it, and nothing is told twice. */
    private void greet() {
        if (!greeted) {
            greeted = true;
            tell("Starting", "Starting kubelet.");
        }
    }

    private void noteSchedulability(Node current) {
        if (unschedulable != NodeNews.isUnschedulable(current)) {
            unschedulable = !unschedulable;
            tellStatus(unschedulable ? "NodeNotSchedulable" : "NodeSchedulable");
        }
    }

    private void tell(NodeStatus before, NodeStatus after) {
        NodeNews.of(before, after).forEach(this::tellStatus);
    }

    private void tellStatus(String reason) {
        tell(reason, "Node " + name + " status is now: " + reason);
    }

    private void tell(String reason, String message) {
        sources.events().record(NodeNews.about(name), EventSink.Type.NORMAL, reason, message);
    }

    private NodeStatusPlanner.Machine machine() {
        EngineInfo engine = null;
        List<ImageDetails> images = List.of();
        try {
            engine = sources.runtime().info();
            images = sources.runtime().images();
        } catch (RuntimeFailure e) {
            log.atWarn().addKeyValue("why", e.getMessage()).log("the container engine does not answer");
        }
        return new NodeStatusPlanner.Machine(
                name,
                MachineFacts.addresses(bridge),
                engine,
                images,
                MachineFacts.diskBytes(directory),
                sources.pressures().get(),
                sources.network().ready(),
                shuttingDown,
                sources.reservations());
    }

    private void renew() {
        try {
            var leases = sources.client().leases().inNamespace(NodeLeases.NAMESPACE);
            Lease current = leases.withName(name).get();
            ZonedDateTime now = clock.instant().atZone(ZoneOffset.UTC);
            if (current == null) {
                leases.resource(NodeLeases.first(name, node, now)).create();
            } else {
                leases.resource(NodeLeases.renewed(current, node, now)).update();
            }
        } catch (KubernetesClientException e) {
            log.atWarn()
                    .addKeyValue("why", e.getMessage())
                    .log("the node's lease could not be renewed, will try again");
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("the node's lease could not be renewed, will try again");
        }
    }

    @Override
    public void stop() {
        running = false;
        timer.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
