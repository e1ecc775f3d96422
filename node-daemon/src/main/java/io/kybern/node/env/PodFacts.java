package io.kybern.node.env;

import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;

/**
 * What is known about a pod's surroundings when a container starts.
 *
 * @param podIps the pod's addresses; empty before its network stands
 * @param hostIps the node's addresses
 * @param allocatable what the node has to give: the default of a limit that the container does not set
 * @param memoryBytes what all containers of the pod may have of memory together; 0 for as much as there is
 */
public record PodFacts(List<String> podIps, List<String> hostIps, Map<String, Quantity> allocatable, long memoryBytes) {

    /** Copies the collections. */
    public PodFacts {
        podIps = List.copyOf(podIps);
        hostIps = List.copyOf(hostIps);
        allocatable = Map.copyOf(allocatable);
    }
}
