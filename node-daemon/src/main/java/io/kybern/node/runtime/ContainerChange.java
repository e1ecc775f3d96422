package io.kybern.node.runtime;

import java.util.Map;

/** Something happened to a container: {@code start}, {@code die}, {@code oom}, {@code destroy}; or the reports ended. */
public record ContainerChange(String id, String action, Map<String, String> labels) {

    /** The action that says that there will be no more reports. */
    public static final String CLOSED = "closed";

    /** Copies the labels. */
    public ContainerChange {
        labels = Map.copyOf(labels);
    }
}
