package io.kybern.nodelifecycle.config;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the node controllers.
 *
 * @param clusterCidr the range of all pods
 * @param nodeCidrMaskSize the length of a node's prefix in it
 * @param monitorGracePeriod how long a node may be silent before it is Unknown
 * @param startupGracePeriod the same for a node that has not posted its status yet
 * @param monitorPeriod how often a node that is not ready is looked at
 * @param evictionRate how many lost nodes of a zone are emptied per second
 * @param terminatedPodThreshold how many pods that have ended are kept; 0 keeps all
 */
@ConfigurationProperties("kybern.node-controller")
public record NodeControllerProperties(
        @DefaultValue("10.244.0.0/16") String clusterCidr,
        @DefaultValue("24") int nodeCidrMaskSize,
        @DefaultValue("40s") Duration monitorGracePeriod,
        @DefaultValue("60s") Duration startupGracePeriod,
        @DefaultValue("5s") Duration monitorPeriod,
        @DefaultValue("0.1") double evictionRate,
        @DefaultValue("12500") int terminatedPodThreshold) {}
