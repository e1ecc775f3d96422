package io.kybern.node.eviction;

import java.time.Duration;
import java.util.List;

/**
 * When pods have to go, and how.
 *
 * @param thresholds what must be left
 * @param maxPodGraceSeconds how long a pod may take that goes because of a soft one
 * @param transition how long a condition of the node stays after it was seen last
 */
record EvictionSettings(List<Threshold> thresholds, long maxPodGraceSeconds, Duration transition) {

    EvictionSettings {
        thresholds = List.copyOf(thresholds);
    }
}
