package io.kybern.node.eviction;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
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

    /** What a pod is granted to end that has to go at once, in seconds; the kubelet's own choice. */
    private static final long AT_ONCE = 1;

    /** How long it is waited for what a pod gives back before another one has to go, as kubelets do. */
    private static final Duration CLEAN_UP = Duration.ofSeconds(30);

    /** What the node can do about it. */
    interface Ports {

        /** The pods that are not over. */
        List<Pod> pods();

        /** What a pod takes of memory, or of the disk, in bytes; processes are not counted. */
        PodUse use(Pod pod, String resource);

        /** Gives back of the disk what no pod uses; whether that was anything. */
        boolean reclaimDisk();

        /** Makes the pod go, saying why; it has that many seconds to end. Complete once all that it took is given back. */
        CompletableFuture<Void> evict(Pod pod, String message, long graceSeconds);
    }

    private final Ports ports;
    private final EvictionSettings settings;
    private final Supplier<Supply> supply;
    private final Pressures pressures;
    private final Clock clock;
    private final Map<Signal, Instant> lastShort = new EnumMap<>(Signal.class);

    /** Since when there is less than each threshold wants. */
    private final Map<Threshold, Instant> since = new HashMap<>();

    private CompletableFuture<Void> leaving = CompletableFuture.completedFuture(null);
    private Instant waitUntil = Instant.MIN;

    NodePressure(Ports ports, EvictionSettings settings, Supplier<Supply> supply, Pressures pressures, Clock clock) {
        this.ports = ports;
        this.settings = settings;
        this.supply = supply;
        this.pressures = pressures;
        this.clock = clock;
    }

    /** Looks once, and acts. */
    void look() {
        Supply now = supply.get();
        List<Threshold> crossed = crossed(now);
        Instant at = clock.instant();
        since.keySet().retainAll(crossed);
        crossed.forEach(t -> since.putIfAbsent(t, at));
        crossed.forEach(t -> lastShort.put(t.signal(), at));
        lastShort.values().removeIf(seen -> seen.plus(settings.transition()).isBefore(at));
        Set<String> hold = new TreeSet<>();
        lastShort.keySet().forEach(signal -> hold.add(signal.condition()));
        pressures.set(hold);
        List<Threshold> due = crossed.stream().filter(t -> due(t, at)).toList();
        if (due.isEmpty() || (!leaving.isDone() && at.isBefore(waitUntil))) {
            return;
        }
        Threshold first = due.getFirst();
        boolean disk = first.signal().condition().equals("DiskPressure");
        if (disk
                && ports.reclaimDisk()
                && crossed(supply.get()).stream().noneMatch(t -> t.signal() == first.signal())) {
            return;
        }
        evict(first, now);
    }

    private boolean due(Threshold threshold, Instant at) {
        Duration grace = threshold.grace();
        return grace == null || !since.getOrDefault(threshold, at).plus(grace).isAfter(at);
    }

    /** The thresholds below which the supply is, or was and has not come back far enough. */
    private List<Threshold> crossed(Supply now) {
        List<Threshold> out = new ArrayList<>();
        for (Threshold threshold : settings.thresholds()) {
            Supply.Level level = now.levels().get(threshold.signal());
            if (level != null) {
                long wanted = since.containsKey(threshold)
                        ? threshold.enough(level.capacity())
                        : threshold.amount(level.capacity());
                if (level.available() < wanted) {
                    out.add(threshold);
                }
            }
        }
        // memory first: a machine without it can do nothing about the rest; and what bears no delay before what does
        out.sort(Comparator.comparing(Threshold::signal).thenComparing(Threshold::soft));
        return out;
    }

    private void evict(Threshold threshold, Supply now) {
        String resource = threshold.signal().resource();
        List<PodUse> uses = new ArrayList<>();
        for (Pod pod : ports.pods()) {
            uses.add(ports.use(pod, resource));
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
        waitUntil = clock.instant().plus(CLEAN_UP);
        leaving = ports.evict(
                pod,
                EvictionPlanner.message(threshold, level, chosen.get()),
                threshold.soft() ? settings.maxPodGraceSeconds() : AT_ONCE);
    }
}
