package io.kybern.node.runtime;

import io.kybern.node.command.ProcessCommandRunner;
import java.time.Clock;
import java.time.Duration;

/** The engine of this machine, for tests. */
public final class LocalEngine {

    private LocalEngine() {}

    /** The engine at that socket, and the log of the kernel that both run on. */
    public static DockerContainerRuntime at(DockerSettings settings) {
        return new DockerContainerRuntime(
                settings,
                new KernelLog(
                        new ProcessCommandRunner(Duration.ofSeconds(30), Thread.ofVirtual()::start),
                        Clock.systemUTC()));
    }
}
