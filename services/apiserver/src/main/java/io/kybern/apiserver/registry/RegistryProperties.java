package io.kybern.apiserver.registry;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What Services are given.
 *
 * @param serviceClusterIpRange the range of cluster IPs
 * @param serviceNodePortRange the first and the last node port
 */
@ConfigurationProperties("kybern.apiserver.registry")
public record RegistryProperties(
        @DefaultValue("10.96.0.0/16") String serviceClusterIpRange,
        @DefaultValue("30000-32767") String serviceNodePortRange) {}
