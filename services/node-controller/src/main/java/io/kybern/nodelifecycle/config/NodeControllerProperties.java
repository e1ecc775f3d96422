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
 * @param monitorPeriod how often each node is looked at
 */
@ConfigurationProperties("kybern.node-controller")
public record NodeControllerProperties(
        @DefaultValue("10.244.0.0/16") String clusterCidr,
        @DefaultValue("24") int nodeCidrMaskSize,
        @DefaultValue("40s") Duration monitorGracePeriod,
        @DefaultValue("5s") Duration monitorPeriod) {}
