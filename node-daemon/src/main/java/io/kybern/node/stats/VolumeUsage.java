package io.kybern.node.stats;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a volume of a pod holds.
 *
 * @param volume its name in the pod
 * @param claim the claim behind it; null for those that end with their pod
 * @param space of a device only the capacity is known, the rest is zero
 * @param inodes the same for files; all zero for a device
 */
record VolumeUsage(String volume, @Nullable String claim, Instant at, Space space, Space inodes) {

    /** An amount of bytes, or of files. */
    record Space(long capacity, long available, long used) {

        static final Space NONE = new Space(0, 0, 0);
    }
}
