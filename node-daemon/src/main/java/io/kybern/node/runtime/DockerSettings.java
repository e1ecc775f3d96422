package io.kybern.node.runtime;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How to reach the Docker Engine.
 *
 * @param socket its unix socket
 * @param timeout how long one call may take (streams and pulls excepted)
 */
public record DockerSettings(Path socket, Duration timeout) {}
