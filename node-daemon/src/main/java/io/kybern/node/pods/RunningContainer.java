package io.kybern.node.pods;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One instance of a pod's container.
 *
 * @param dockerId the engine's id
 * @param name the container's name in the pod
 * @param attempt how often the container was started before this instance
 * @param pid its main process as this machine counts; 0 unless it runs
 * @param startedAt when it started; null if it was created and never started
 * @param running whether it runs now
 * @param tty whether it was started with a terminal
 * @param stdin whether its standard input is open
 * @param stdinOnce whether the first client that ends its input ends the container's
 */
public record RunningContainer(
        String dockerId,
        String name,
        int attempt,
        long pid,
        @Nullable Instant startedAt,
        boolean running,
        boolean tty,
        boolean stdin,
        boolean stdinOnce) {}
