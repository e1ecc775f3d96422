package io.kybern.node.eviction;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Chooses the pod that goes when something runs short, and words why.
 *
 * <p>Goals: those go first that take more than they asked for, of those the least important, of those the one that takes most
 * above its request. Constraints: pods that the cluster cannot do without stay, and so do static ones. Pure. See <a
 * href="https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#pod-selection-for-kubelet-eviction">pod
 * selection for kubelet eviction</a>.
 */
final class EvictionPlanner {

    private static final int CRITICAL = 2_000_000_000;
    private static final String SOURCE = "kubernetes.io/config.source";
    private static final String MIRROR = "kubernetes.io/config.mirror";

    private EvictionPlanner() {}

    /** Whose turn it is; empty if nobody may be made to go. */
    static Optional<PodUse> choose(Signal signal, List<PodUse> pods) {
        String resource = signal.resource();
        Comparator<PodUse> order = Comparator.comparing((PodUse use) -> !exceeds(use, resource))
                .thenComparing(use -> priority(use.pod()))
                .thenComparing(Comparator.<PodUse>comparingLong(use -> use.total() - request(use.pod(), resource))
                        .reversed());
        return pods.stream().filter(use -> !critical(use.pod())).min(order);
    }

    private static boolean exceeds(PodUse use, String resource) {
        return use.total() > request(use.pod(), resource);
    }

    /** Whether the pod stays whatever happens. */
    static boolean critical(Pod pod) {
        Map<String, String> annotations =
                Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.<String, String>of());
        boolean ofNode = annotations.containsKey(MIRROR)
                || !annotations.getOrDefault(SOURCE, "api").equals("api");
        return ofNode || priority(pod) >= CRITICAL;
    }

    private static int priority(Pod pod) {
        Integer priority = pod.getSpec().getPriority();
        return priority == null ? 0 : priority;
    }

    private static long request(Pod pod, String resource) {
        return pod.getSpec().getContainers().stream()
                .mapToLong(c -> request(c, resource))
                .sum();
    }

    private static long request(Container container, String resource) {
        if (container.getResources() == null || container.getResources().getRequests() == null) {
            return 0;
        }
        Quantity request = container.getResources().getRequests().get(resource);
        return request == null ? 0 : request.getNumericalAmount().longValue();
    }

    /** What the pod's status and its event say. */
    static String message(Threshold threshold, Supply.Level level, PodUse chosen) {
        String resource = threshold.signal().resource();
        StringBuilder text = new StringBuilder("The node was low on resource: " + resource + ". ");
        text.append("Threshold quantity: ")
                .append(words(threshold.signal(), threshold.amount(level.capacity())))
                .append(", available: ")
                .append(words(threshold.signal(), level.available()))
                .append(". ");
        List<String> names = new ArrayList<>(chosen.containers().keySet());
        names.sort(Comparator.naturalOrder());
        for (String name : names) {
            long used = chosen.containers().getOrDefault(name, 0L);
            long request = chosen.pod().getSpec().getContainers().stream()
                    .filter(c -> c.getName().equals(name))
                    .mapToLong(c -> request(c, resource))
                    .findFirst()
                    .orElse(0);
            if (used > request) {
                text.append("Container ")
                        .append(name)
                        .append(" was using ")
                        .append(words(threshold.signal(), used))
                        .append(", request is ")
                        .append(words(threshold.signal(), request))
                        .append(", has larger consumption of ")
                        .append(resource)
                        .append(". ");
            }
        }
        return text.toString();
    }

    /** Bytes in the largest unit of 1024 that leaves a whole number, as quantities are written; everything else as it is. */
    private static String words(Signal signal, long amount) {
        boolean bytes = signal == Signal.MEMORY || signal == Signal.DISK;
        BigDecimal rest = BigDecimal.valueOf(amount);
        String unit = "";
        for (String larger : List.of("Ki", "Mi", "Gi", "Ti")) {
            BigDecimal[] parts = rest.divideAndRemainder(BigDecimal.valueOf(1024));
            if (!bytes || parts[1].signum() != 0 || parts[0].signum() == 0) {
                break;
            }
            rest = parts[0];
            unit = larger;
        }
        return rest.toPlainString() + unit;
    }
}
