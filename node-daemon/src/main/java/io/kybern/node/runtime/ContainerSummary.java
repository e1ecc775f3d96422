package io.kybern.node.runtime;

import java.util.Map;

/** A container in a list: its id, whether it runs, its labels. */
public record ContainerSummary(String id, ContainerState state, Map<String, String> labels) {

    /** Copies the labels. */
    public ContainerSummary {
        labels = Map.copyOf(labels);
    }
}
