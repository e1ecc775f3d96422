package io.kybern.node.eviction;

import java.util.Arrays;
import java.util.Optional;

/** What the node can run short of. See "Eviction signals" in "Node-pressure Eviction" of the Kubernetes documentation. */
enum Signal {
    MEMORY("memory.available", "memory", "MemoryPressure"),
    DISK("nodefs.available", "ephemeral-storage", "DiskPressure"),
    INODES("nodefs.inodesFree", "inodes", "DiskPressure"),
    PIDS("pid.available", "pids", "PIDPressure");

    private final String word;
    private final String resource;
    private final String condition;

    Signal(String word, String resource, String condition) {
        this.word = word;
        this.resource = resource;
        this.condition = condition;
    }

    /** As settings name it. */
    String word() {
        return word;
    }

    /** What is short, as messages name it. */
    String resource() {
        return resource;
    }

    /** The condition of the node that tells of it. */
    String condition() {
        return condition;
    }

    static Optional<Signal> of(String word) {
        return Arrays.stream(values()).filter(s -> s.word.equals(word)).findFirst();
    }
}
