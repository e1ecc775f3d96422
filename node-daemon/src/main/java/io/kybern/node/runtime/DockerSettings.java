package io.kybern.node.runtime;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How to reach the Docker Engine, and what holds for all its containers.
 *
 * @param socket its unix socket
 * @param timeout how long one call may take (streams and pulls excepted)
 * @param pidsLimit how many processes and threads a container may have that is in no group of a pod; none is set unless this is positive
 * @param logs how much of a container's log is kept
 */
public record DockerSettings(Path socket, Duration timeout, long pidsLimit, Logs logs) {

    /**
     * How much of a container's log is kept, so that a chatty one cannot fill the disk.
     *
     * @param maxBytes how long a file gets before the next one begins
     * @param maxFiles how many files there are at most
     */
    public record Logs(long maxBytes, int maxFiles) {

        /** As kubelets keep them. */
        public static final Logs DEFAULT = new Logs(10 << 20, 5);
    }

    /** With logs as kubelets keep them. */
    public DockerSettings(Path socket, Duration timeout, long pidsLimit) {
        this(socket, timeout, pidsLimit, Logs.DEFAULT);
    }
}
