package io.kybern.dns.config;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings of the DNS service.
 *
 * @param port where it listens, UDP and TCP
 * @param domain the cluster's domain
 * @param resolverFile names the upstream servers
 * @param upstreamTimeout how long a question may wait for them
 * @param upstreamQuestions how many may wait at once
 */
@ConfigurationProperties("kybern.dns")
public record DnsProperties(
        @DefaultValue("53") int port,
        @DefaultValue("cluster.local") String domain,
        @DefaultValue("/etc/resolv.conf") Path resolverFile,
        @DefaultValue("2s") Duration upstreamTimeout,
        @DefaultValue("500") int upstreamQuestions) {}
