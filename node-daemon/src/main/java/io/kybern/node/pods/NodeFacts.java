package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.env.HostFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What a pod's worker knows of the node.
 *
 * @param name the node's name
 * @param addresses its addresses, the first one first
 * @param allocatable what it has to give, as its Node object says now
 * @param dns the cluster's DNS
 * @param pauseImage the image of sandboxes
 * @param resolvConf the node's own resolver file
 * @param hosts the node's own hosts file
 * @param profiles what can confine containers here
 * @param pressures the conditions that tell of something running short, as they are now
 */
public record NodeFacts(
        String name,
        List<String> addresses,
        Supplier<Map<String, Quantity>> allocatable,
        HostFiles.ClusterDns dns,
        String pauseImage,
        Path resolvConf,
        Path hosts,
        HostProfiles profiles,
        Supplier<Set<String>> pressures) {

    /** Copies the addresses. */
    public NodeFacts {
        addresses = List.copyOf(addresses);
    }
}
