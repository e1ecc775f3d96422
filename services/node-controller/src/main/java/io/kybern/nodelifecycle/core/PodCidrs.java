package io.kybern.nodelifecycle.core;

import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The ranges that nodes get out of the cluster's range.
 *
 * @param base the first address of the cluster's range, as a number
 * @param prefix the length of the cluster's prefix
 * @param nodePrefix the length of a node's prefix
 */
public record PodCidrs(int base, int prefix, int nodePrefix) {

    public PodCidrs {
        if (prefix > nodePrefix || nodePrefix > 30) {
            throw new IllegalArgumentException(
                    "a node's range must lie in the cluster's: /%d in /%d".formatted(nodePrefix, prefix));
        }
    }

    /** Reads the cluster's range, for example {@code 10.244.0.0/16}. */
    public static PodCidrs parse(String clusterCidr, int nodePrefix) {
        String[] parts = clusterCidr.split("/", 2);
        int number = 0;
        for (String part : parts[0].split("\\.", 4)) {
            number = (number << 8) | Integer.parseInt(part);
        }
        return new PodCidrs(number, Integer.parseInt(parts[1]), nodePrefix);
    }

    /** The first range that no node has; empty if all are given. */
    public Optional<String> free(Collection<String> taken) {
        Set<String> used = new HashSet<>(taken);
        int count = 1 << (nodePrefix - prefix);
        for (int i = 0; i < count; i++) {
            String range = range(i);
            if (!used.contains(range)) {
                return Optional.of(range);
            }
        }
        return Optional.empty();
    }

    private String range(int index) {
        int address = base + (index << (32 - nodePrefix));
        return "%d.%d.%d.%d/%d"
                .formatted(address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255, nodePrefix);
    }
}
