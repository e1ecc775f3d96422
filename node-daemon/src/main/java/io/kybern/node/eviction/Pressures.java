package io.kybern.node.eviction;

import java.util.Set;

/** The conditions of the node that tell of something running short, for example {@code MemoryPressure}. Safe to use from any thread. */
public final class Pressures {

    private volatile Set<String> now = Set.of();

    /** Those that hold now. */
    public Set<String> now() {
        return now;
    }

    void set(Set<String> conditions) {
        now = Set.copyOf(conditions);
    }
}
