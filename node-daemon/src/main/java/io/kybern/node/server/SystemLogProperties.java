package io.kybern.node.server;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the node's own logs, named as for kubelets.
 *
 * @param enableSystemLogHandler whether {@code /logs/} shows them
 * @param systemLogDirectory where they are
 */
@ConfigurationProperties("kybern.node-daemon")
public record SystemLogProperties(
        @DefaultValue("true") boolean enableSystemLogHandler,
        @DefaultValue("/var/log") Path systemLogDirectory) {}
