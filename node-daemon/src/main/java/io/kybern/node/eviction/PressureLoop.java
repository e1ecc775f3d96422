package io.kybern.node.eviction;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.node.command.CommandRunner;
import io.kybern.node.pods.PodEnding;
import io.kybern.node.pods.PodKeeper;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.stats.UsageReader;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Looks every ten seconds at what the node has left, and every five minutes at its images, as kubelets do. */
public final class PressureLoop implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(PressureLoop.class);
    private static final Duration EVERY = Duration.ofSeconds(10);
    private static final Duration IMAGES_EVERY = Duration.ofMinutes(5);

    /** What the loop looks at. */
    public record Sources(
            PodKeeper keeper, UsageReader usage, ContainerRuntime runtime, CommandRunner commands, Clock clock) {}

    private final Sources sources;
    private final SupplyReader supply;
    private final ImageCollector images;
    private final NodePressure pressure;
    private final ScheduledExecutorService timer;
    private final ExecutorService threads;
    private final AtomicBoolean looking = new AtomicBoolean();
    private Instant imagesAt = Instant.EPOCH;
    private volatile boolean running;

    /**
     * @param settings when pods have to go
     * @param images when images have to go
     * @param directory where the pods' files are
     * @param pressures told what runs short
     * @param timer triggers only
     */
    public PressureLoop(
            Sources sources,
            EvictionProperties settings,
            ImageCollectionProperties images,
            Path directory,
            Pressures pressures,
            ScheduledExecutorService timer,
            ExecutorService threads) {
        this.sources = sources;
        this.supply = new SupplyReader(Path.of("/"), directory, sources.commands());
        this.images = new ImageCollector(images, sources.runtime(), this::imagesOfVolumes, sources.clock());
        this.pressure = new NodePressure(new Node(), settings.settings(), supply::read, pressures, sources.clock());
        this.timer = timer;
        this.threads = threads;
    }

    @Override
    public void start() {
        running = true;
        timer.scheduleWithFixedDelay(
                () -> threads.execute(this::look), EVERY.toSeconds(), EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    private void look() {
        if (!running || !looking.compareAndSet(false, true)) {
            return;
        }
        try {
            pressure.look();
            Supply.Level disk = supply.read().levels().get(Signal.DISK);
            if (disk != null && !sources.clock().instant().isBefore(imagesAt)) {
                imagesAt = sources.clock().instant().plus(IMAGES_EVERY);
                images.look(disk);
            }
        } catch (RuntimeException later) {
            log.atWarn().setCause(later).log("what the node has left could not be looked at");
        } finally {
            looking.set(false);
        }
    }

    private Set<String> imagesOfVolumes() {
        Set<String> names = new HashSet<>();
        for (Pod pod : sources.keeper().pods()) {
            for (Volume volume : Objects.requireNonNullElse(pod.getSpec().getVolumes(), List.<Volume>of())) {
                if (volume.getImage() != null) {
                    names.add(volume.getImage().getReference());
                }
            }
        }
        return names;
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** The pods and the images of this node. */
    private final class Node implements NodePressure.Ports {

        @Override
        public List<Pod> pods() {
            return sources.keeper().pods().stream()
                    .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                    .filter(pod -> pod.getStatus() == null
                            || !Set.of("Succeeded", "Failed")
                                    .contains(pod.getStatus().getPhase()))
                    .toList();
        }

        @Override
        public PodUse use(Pod pod, String resource) {
            return switch (resource) {
                case "memory" -> new PodUse(pod, sources.usage().workingSets(pod), 0);
                case "ephemeral-storage" ->
                    new PodUse(
                            pod,
                            sources.keeper().writtenBytes(pod),
                            sources.keeper().bytesInVolumes(pod));
                default -> new PodUse(pod, Map.of(), 0);
            };
        }

        @Override
        public boolean reclaimDisk() {
            boolean discarded = sources.keeper().discardEnded();
            return images.freeAll() || discarded;
        }

        @Override
        public CompletableFuture<Void> evict(Pod pod, String message, long graceSeconds) {
            return sources.keeper().end(pod, PodEnding.evicted(message, graceSeconds));
        }
    }
}
