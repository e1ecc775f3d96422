package io.kybern.node.eviction;

import java.util.Map;

/**
 * What the node has of everything that it can run short of.
 *
 * @param levels by signal; one that cannot be measured is absent
 */
record Supply(Map<Signal, Level> levels) {

    Supply {
        levels = Map.copyOf(levels);
    }

    /** All there is, and what is left of it. */
    record Level(long capacity, long available) {}
}
