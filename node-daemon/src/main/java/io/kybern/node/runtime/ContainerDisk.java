package io.kybern.node.runtime;

import java.util.Map;

/**
 * What a container takes of the disk beside its image: what it has written over that, and its log.
 *
 * @param labels the labels it was created with
 * @param bytes in all
 */
public record ContainerDisk(Map<String, String> labels, long bytes) {

    /** Copies the labels. */
    public ContainerDisk {
        labels = Map.copyOf(labels);
    }
}
