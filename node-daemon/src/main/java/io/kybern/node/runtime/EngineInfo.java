package io.kybern.node.runtime;

import java.util.Set;

/**
 * The engine and the machine it sees.
 *
 * @param name for example {@code docker}
 * @param version the engine's version
 * @param operatingSystem the system's name in words
 * @param kernelVersion the kernel's release
 * @param cpus how many processors
 * @param memoryBytes the machine's memory
 * @param cgroupVersion {@code 1} or {@code 2}
 * @param cgroupDriver what makes its control groups: {@code cgroupfs}, which names them by path, or {@code systemd}
 * @param runtimes the names of what it can run containers with
 */
public record EngineInfo(
        String name,
        String version,
        String operatingSystem,
        String kernelVersion,
        int cpus,
        long memoryBytes,
        String cgroupVersion,
        String cgroupDriver,
        Set<String> runtimes) {

    /** Copies the names. */
    public EngineInfo {
        runtimes = Set.copyOf(runtimes);
    }
}
