package io.kybern.node.eviction;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches that the node does not run short, and makes a pod go when it does: one at a look, so that the next look shows whether
 * that was enough. Tells the conditions that this gives the node; one stays for a while after it was seen last, so that it does not
 * come and go. See <a href="https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/">node-pressure
 * eviction</a>. Used by one thread.
 */
final class NodePressure {

    private static final Logger log = LoggerFactory.getLogger(NodePressure.class);

    /** As long as the kubelet's own default. */
    private static final Duration TRANSITION = Duration.ofMinutes(5);

    /** What the node can do about it. */
    interface Ports {

        /** The pods that are not over. */
        List<Pod> pods();

        /** What a pod's containers take of memory, or of the disk, in bytes, by name; processes are not counted. */
        Map<String, Long> use(Pod pod, String resource);

        /** Gives back of the disk what no pod uses; whether that was anything. */
        boolean reclaimDisk();

        /** Makes the pod go, saying why. */
        void evict(Pod pod, String message);
    }

    private final Ports ports;
    private final List<Threshold> thresholds;
    private final Supplier<Supply> supply;
    private final Pressures pressures;
    private final Clock clock;
    private final Map<Signal, Instant> lastShort = new EnumMap<>(Signal.class);

    NodePressure(Ports ports, List<Threshold> thresholds, Supplier<Supply> supply, Pressures pressures, Clock clock) {
        this.ports = ports;
        this.thresholds = List.copyOf(thresholds);
        this.supply = supply;
        this.pressures = pressures;
        this.clock = clock;
    }

    /** Looks once, and acts. */
    void look() {
        Supply now = supply.get();
        List<Threshold> crossed = crossed(now);
        crossed.forEach(t -> lastShort.put(t.signal(), clock.instant()));
        lastShort.values().removeIf(at -> at.plus(TRANSITION).isBefore(clock.instant()));
        Set<String> hold = new TreeSet<>();
        lastShort.keySet().forEach(signal -> hold.add(signal.condition()));
        pressures.set(hold);
        if (crossed.isEmpty()) {
            return;
        }
        Threshold first = crossed.getFirst();
        boolean disk = first.signal().condition().equals("DiskPressure");
        if (disk
                && ports.reclaimDisk()
                && crossed(supply.get()).stream().noneMatch(t -> t.signal() == first.signal())) {
            return;
        }
        evict(first, now);
    }

    private List<Threshold> crossed(Supply now) {
        List<Threshold> out = new ArrayList<>();
        for (Threshold threshold : thresholds) {
            Supply.Level level = now.levels().get(threshold.signal());
            if (level != null && level.available() < threshold.amount(level.capacity())) {
                out.add(threshold);
            }
        }
        // memory first: a machine without it can do nothing about the rest
        out.sort(Comparator.comparing(Threshold::signal));
        return out;
    }

    private void evict(Threshold threshold, Supply now) {
        String resource = threshold.signal().resource();
        List<PodUse> uses = new ArrayList<>();
        for (Pod pod : ports.pods()) {
            uses.add(new PodUse(pod, ports.use(pod, resource)));
        }
        Optional<PodUse> chosen = EvictionPlanner.choose(threshold.signal(), uses);
        Supply.Level level = now.levels().get(threshold.signal());
        if (chosen.isEmpty() || level == null) {
            log.atWarn()
                    .addKeyValue("resource", resource)
                    .log("the node is low on a resource and no pod may be evicted");
            return;
        }
        Pod pod = chosen.get().pod();
        log.atWarn()
                .addKeyValue("resource", resource)
                .addKeyValue("available", level.available())
                .addKeyValue(
                        "pod",
                        pod.getMetadata().getNamespace() + "/"
                                + pod.getMetadata().getName())
                .log("the node is low on a resource and evicts a pod");
        ports.evict(pod, EvictionPlanner.message(threshold, level, chosen.get()));
    }
}
