package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.node.command.CommandFailure;
import io.kybern.node.runtime.ContainerDisk;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.volumes.PodVolumes;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a pod takes of its node's disk, and whether that is more than it may. See <a
 * href="https://kubernetes.io/docs/concepts/storage/ephemeral-storage/">local ephemeral storage</a>.
 */
final class EphemeralStorage {

    private static final String RESOURCE = "ephemeral-storage";

    private final ContainerRuntime runtime;
    private final PodVolumes volumes;

    EphemeralStorage(ContainerRuntime runtime, PodVolumes volumes) {
        this.runtime = runtime;
        this.volumes = volumes;
    }

    /** Whether anything of the pod is limited. */
    static boolean limited(Pod pod) {
        return volumes(pod).stream().anyMatch(v -> onDisk(v) && sizeLimit(v) != null)
                || pod.getSpec().getContainers().stream().anyMatch(c -> limit(c) != null);
    }

    /** What goes beyond its limit, worded as the reason of an eviction. */
    Optional<String> excess(Pod pod) {
        String uid = pod.getMetadata().getUid();
        long inVolumes = 0;
        for (Volume volume : volumes(pod)) {
            if (onDisk(volume)) {
                long used = volumes.usedBytes(uid, volume.getName());
                inVolumes += used;
                Quantity limit = sizeLimit(volume);
                if (limit != null && used > limit.getNumericalAmount().longValue()) {
                    return Optional.of("Usage of EmptyDir volume \"" + volume.getName() + "\" exceeds the limit \""
                            + limit + "\". ");
                }
            }
        }
        BigDecimal allowed = allowed(pod);
        if (allowed.signum() == 0) {
            return Optional.empty();
        }
        Map<String, Long> byContainer = containers(uid);
        long total = inVolumes
                + byContainer.values().stream().mapToLong(Long::longValue).sum();
        if (BigDecimal.valueOf(total).compareTo(allowed) > 0) {
            return Optional.of("Pod ephemeral local storage usage exceeds the total limit of containers "
                    + words(pod, allowed) + ". ");
        }
        for (Container c : pod.getSpec().getContainers()) {
            Quantity limit = limit(c);
            long used = byContainer.getOrDefault(c.getName(), 0L);
            if (limit != null && used > limit.getNumericalAmount().longValue()) {
                return Optional.of(
                        "Container " + c.getName() + " exceeded its local ephemeral storage limit \"" + limit + "\". ");
            }
        }
        return Optional.empty();
    }

    /** What the pod's own volumes take of the disk. */
    long inVolumes(Pod pod) {
        return volumes(pod).stream()
                .filter(EphemeralStorage::onDisk)
                .mapToLong(volume -> usedBytes(pod, volume))
                .sum();
    }

    /** Of a volume that is about to come or to go nothing is counted. */
    private long usedBytes(Pod pod, Volume volume) {
        try {
            return volumes.usedBytes(pod.getMetadata().getUid(), volume.getName());
        } catch (CommandFailure absent) {
            return 0;
        }
    }

    /** What the containers have written beside their volumes, and their logs, by name. */
    Map<String, Long> containers(String podUid) {
        Map<String, Long> out = new HashMap<>();
        for (ContainerDisk disk : runtime.disks(Map.of(PodLabels.UID, podUid))) {
            String name = disk.labels().get(PodLabels.CONTAINER);
            if (name != null) {
                out.merge(name, disk.bytes(), Long::sum);
            }
        }
        return out;
    }

    private static BigDecimal allowed(Pod pod) {
        return pod.getSpec().getContainers().stream()
                .map(EphemeralStorage::limit)
                .filter(Objects::nonNull)
                .map(Quantity::getNumericalAmount)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static String words(Pod pod, BigDecimal sum) {
        List<Container> containers = pod.getSpec().getContainers();
        Quantity only = limit(containers.getFirst());
        return containers.size() == 1 && only != null
                ? only.toString()
                : sum.stripTrailingZeros().toPlainString();
    }

    private static List<Volume> volumes(Pod pod) {
        return Objects.requireNonNullElse(pod.getSpec().getVolumes(), List.<Volume>of());
    }

    private static boolean onDisk(Volume volume) {
        EmptyDirVolumeSource source = volume.getEmptyDir();
        return source != null && !"Memory".equals(source.getMedium());
    }

    private static @Nullable Quantity sizeLimit(Volume volume) {
        return positive(volume.getEmptyDir().getSizeLimit());
    }

    private static @Nullable Quantity limit(Container container) {
        Map<String, Quantity> limits = container.getResources() == null
                ? null
                : container.getResources().getLimits();
        return limits == null ? null : positive(limits.get(RESOURCE));
    }

    private static @Nullable Quantity positive(@Nullable Quantity limit) {
        return limit == null || limit.getNumericalAmount().signum() <= 0 ? null : limit;
    }
}
