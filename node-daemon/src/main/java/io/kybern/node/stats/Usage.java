package io.kybern.node.stats;

import java.time.Instant;

/**
 * What a group of processes had used at a moment.
 *
 * @param at the moment
 * @param cpuNanos processor time since the group began
 * @param memoryBytes all memory that is charged to it
 * @param workingSetBytes the part that the kernel cannot simply drop, which is what Kubernetes counts
 * @param rssBytes the part that belongs to no file
 */
record Usage(Instant at, long cpuNanos, long memoryBytes, long workingSetBytes, long rssBytes) {

    /** The sum of both, at the later moment. */
    Usage plus(Usage other) {
        return new Usage(
                at.isAfter(other.at) ? at : other.at,
                cpuNanos + other.cpuNanos,
                memoryBytes + other.memoryBytes,
                workingSetBytes + other.workingSetBytes,
                rssBytes + other.rssBytes);
    }
}
