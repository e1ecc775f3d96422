package io.kybern.node.stats;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the node and its pods use at a moment.
 *
 * @param node all of the machine that the node has; null where the kernel does not tell
 * @param nodeRate the node's processor time per second in nanoseconds; null before there are two samples
 * @param memoryBytes the memory that the machine has
 * @param disk the disk that holds the pods' files
 */
record NodeUsage(@Nullable Usage node, @Nullable Long nodeRate, long memoryBytes, Disk disk, List<PodUsage> pods) {

    NodeUsage {
        pods = List.copyOf(pods);
    }

    /** A file system. */
    record Disk(long capacityBytes, long availableBytes) {}

    /** One pod; its containers are those that run. */
    record PodUsage(
            Pod pod,
            List<ContainerUsage> containers,
            @Nullable Traffic traffic) {

        PodUsage {
            containers = List.copyOf(containers);
        }

        /** The sum of its containers; empty if none runs. */
        Optional<Usage> total() {
            return containers.stream().map(ContainerUsage::usage).reduce(Usage::plus);
        }

        /** The sum of its containers' processor time per second; null if it is not known of all. */
        @Nullable
        Long rate() {
            long sum = 0;
            for (ContainerUsage container : containers) {
                Long rate = container.rate();
                if (rate == null) {
                    return null;
                }
                sum += rate;
            }
            return sum;
        }
    }

    /**
     * One running container.
     *
     * @param id the engine's id
     * @param rate its processor time per second in nanoseconds; null before there are two samples
     */
    record ContainerUsage(
            String name,
            String id,
            @Nullable Instant startedAt,
            Usage usage,
            @Nullable Long rate) {}
}
