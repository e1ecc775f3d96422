package io.kybern.node.logs;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where collectors find the logs of containers.
 *
 * @param podLogsDir a directory for each pod, named as for kubelets
 * @param containerLogsDir a link for each container
 */
@ConfigurationProperties("kybern.node-daemon")
public record LogLinkProperties(
        @DefaultValue("/var/log/pods") Path podLogsDir,
        @DefaultValue("/var/log/containers") Path containerLogsDir) {}
