package io.kybern.node.runtime;

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
 */
public record EngineInfo(
        String name,
        String version,
        String operatingSystem,
        String kernelVersion,
        int cpus,
        long memoryBytes,
        String cgroupVersion) {}
