package io.kybern.node.network;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the pod network and the service proxy.
 *
 * @param clusterCidr the range of all pods of the cluster
 * @param serviceCidr the range of the cluster IPs
 * @param bridge the name of the node's bridge
 * @param mtu the largest packet that pods send, in bytes
 * @param directory where the node remembers its pods' addresses
 */
@ConfigurationProperties("kybern.node-daemon.network")
public record NetworkProperties(
        @DefaultValue("10.244.0.0/16") String clusterCidr,
        @DefaultValue("10.96.0.0/16") String serviceCidr,
        @DefaultValue("kybern0") String bridge,
        @DefaultValue("1500") int mtu,
        @DefaultValue("/var/lib/kybern/network") Path directory) {}
