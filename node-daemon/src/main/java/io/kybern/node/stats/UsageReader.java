package io.kybern.node.stats;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.pods.PodTable;
import io.kybern.node.pods.RunningContainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what pods and node use. Rates are over the time since an earlier look, so somebody must look now and then. Safe to
 * call from any thread.
 */
public final class UsageReader {

    /** Shorter spans say little about a rate; the earlier sample then stays the one to compare with. */
    private static final Duration SHORTEST_SPAN = Duration.ofSeconds(5);

    private static final String NODE = "";

    /** Two samples of one group: rates compare with the older one until the newer one is old enough. */
    private record Samples(Usage older, @Nullable Long rate) {}

    private final PodTable pods;
    private final Cgroups cgroups;
    private final Path root;
    private final Path directory;
    private final Map<String, Samples> samples = new ConcurrentHashMap<>();

    UsageReader(PodTable pods, Path root, Path directory, Clock clock) {
        this.pods = pods;
        this.cgroups = new Cgroups(root, clock);
        this.root = root;
        this.directory = directory;
    }

    /**
     * @param directory where the pods' files are
     */
    public static UsageReader ofThisMachine(PodTable pods, Path directory, Clock clock) {
        return new UsageReader(pods, Path.of("/"), directory, clock);
    }

    /** Takes a sample that later rates are compared with. */
    public void sample() {
        NodeUsage now = read();
        Set<String> present = now.pods().stream()
                .flatMap(pod -> pod.containers().stream())
                .map(NodeUsage.ContainerUsage::id)
                .collect(Collectors.toSet());
        present.add(NODE);
        samples.keySet().retainAll(present);
    }

    /** What the containers of a pod take of memory and cannot give back, in bytes by name. */
    public Map<String, Long> workingSets(Pod pod) {
        return pod(pod).containers().stream()
                .collect(Collectors.toMap(
                        NodeUsage.ContainerUsage::name, c -> c.usage().workingSetBytes(), Long::sum));
    }

    Collection<Pod> pods() {
        return pods.pods();
    }

    NodeUsage read() {
        List<NodeUsage.PodUsage> found = new ArrayList<>();
        for (Pod pod : pods.pods()) {
            found.add(pod(pod));
        }
        Usage node = cgroups.all().orElse(null);
        try {
            var store = Files.getFileStore(directory);
            return new NodeUsage(
                    node,
                    node == null ? null : rate(NODE, node),
                    cgroups.meminfo("MemTotal"),
                    new NodeUsage.Disk(store.getTotalSpace(), store.getUsableSpace()),
                    found);
        } catch (IOException e) {
            throw new UncheckedIOException("what the node uses cannot be read", e);
        }
    }

    private NodeUsage.PodUsage pod(Pod pod) {
        String namespace = pod.getMetadata().getNamespace();
        String name = pod.getMetadata().getName();
        List<NodeUsage.ContainerUsage> containers = new ArrayList<>();
        for (RunningContainer c : pods.running(namespace, name)) {
            cgroups.of(c.pid())
                    .ifPresent(usage -> containers.add(new NodeUsage.ContainerUsage(
                            c.name(), c.dockerId(), c.startedAt(), usage, rate(c.dockerId(), usage))));
        }
        OptionalLong sandbox = pods.sandboxPid(namespace, name);
        boolean own = !Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
        Traffic traffic = sandbox.isPresent() && own
                ? Traffic.of(root, sandbox.getAsLong(), "eth0").orElse(null)
                : null;
        return new NodeUsage.PodUsage(pod, containers, traffic);
    }

    private @Nullable Long rate(String id, Usage now) {
        Samples known = samples.compute(id, (same, before) -> {
            if (before == null) {
                return new Samples(now, null);
            }
            Duration span = Duration.between(before.older().at(), now.at());
            if (span.compareTo(SHORTEST_SPAN) < 0) {
                return before;
            }
            long used = Math.max(0, now.cpuNanos() - before.older().cpuNanos());
            return new Samples(now, Math.round(used / (span.toNanos() / 1e9)));
        });
        return known.rate();
    }
}
