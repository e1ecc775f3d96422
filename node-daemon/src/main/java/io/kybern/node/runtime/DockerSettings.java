package io.kybern.node.runtime;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How to reach the Docker Engine, and what holds for all its containers.
 *
 * @param socket its unix socket
 * @param timeout how long one call may take (streams and pulls excepted)
 * @param pidsLimit how many processes and threads each container may have; none is set unless this is positive
 */
public record DockerSettings(Path socket, Duration timeout, long pidsLimit) {}
