package io.kybern.node.runtime;

import java.util.Map;

/** Something happened to a container: {@code start}, {@code die}, {@code oom}, {@code destroy}. */
public record ContainerChange(String id, String action, Map<String, String> labels) {

    /** Copies the labels. */
    public ContainerChange {
        labels = Map.copyOf(labels);
    }
}
