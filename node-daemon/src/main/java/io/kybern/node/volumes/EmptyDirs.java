package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.env.PodFacts;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Directories that begin empty and end with their pod, on the disk or in memory. See <a
 * href="https://kubernetes.io/docs/concepts/storage/volumes/#emptydir">emptyDir</a>.
 */
final class EmptyDirs {

    private static final int READ_WRITE_FOR_ALL = 0777;
    private static final String MEMORY = "memory";

    private final Mounts mounts;
    private final GroupOwnership groups;

    EmptyDirs(Mounts mounts, GroupOwnership groups) {
        this.mounts = mounts;
        this.groups = groups;
    }

    /** @throws VolumeException if the node has no such medium */
    Path prepare(Pod pod, String volume, EmptyDirVolumeSource source, Path directory, PodFacts facts)
            throws VolumeException, IOException {
        String medium = Objects.requireNonNullElse(source.getMedium(), "");
        if (medium.isEmpty()) {
            onDisk(pod, directory);
        } else if (medium.equals("Memory")) {
            mounts.memory(directory, memoryBytes(source.getSizeLimit(), facts), GroupOwnership.fsGroup(pod));
        } else if (medium.startsWith("HugePages")) {
            // nodes have no huge pages to give, so no pod that asks for some comes here
            throw VolumeException.setUp(
                    volume,
                    "medium " + medium
                            + ": hugePages storage requested, but there is no resource request for huge pages");
        } else {
            throw VolumeException.setUp(volume, "unknown storage medium \"" + medium + "\"");
        }
        return directory;
    }

    /**
     * It gets its name as the last thing, so one that was left half made is made anew. Until then it stands beside the volumes by a name that
     * no volume can have; nobody looks for volumes by their directories, and the pod's goes as a whole.
     */
    private void onDisk(Pod pod, Path directory) throws IOException {
        if (Files.exists(directory)) {
            return;
        }
        Path fresh = directory.resolveSibling(".new-" + directory.getFileName());
        Files.createDirectories(fresh);
        Files.setPosixFilePermissions(fresh, AtomicDirectory.permissions(READ_WRITE_FOR_ALL));
        groups.ofFresh(pod, fresh);
        Files.move(fresh, directory, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The least of what the volume, the pod and the node may take; zero if none of them says anything. */
    static long memoryBytes(@Nullable Quantity sizeLimit, PodFacts facts) {
        BigDecimal pod = BigDecimal.valueOf(facts.memoryBytes());
        BigDecimal node = amount(facts.allocatable().get(MEMORY));
        return Stream.of(amount(sizeLimit), pod, node)
                .filter(each -> each.signum() > 0)
                .min(BigDecimal::compareTo)
                .orElse(BigDecimal.ZERO)
                .longValue();
    }

    private static BigDecimal amount(@Nullable Quantity quantity) {
        return quantity == null || quantity.getAmount() == null ? BigDecimal.ZERO : quantity.getNumericalAmount();
    }
}
