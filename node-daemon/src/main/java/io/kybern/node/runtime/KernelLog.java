package io.kybern.node.runtime;

import io.kybern.node.command.CommandFailure;
import io.kybern.node.command.CommandRunner;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel tells of processes that it ended for want of memory: before it does, it writes the process's control group to <a
 * href="https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v1/memory.html">its log</a>, and the engine names groups after
 * containers. The engine's own word is not enough: it asks a control group that is removed at the same time, and says nothing of one in
 * fifteen containers on a busy machine. Safe to use from any thread.
 */
public final class KernelLog {

    private static final Logger log = LoggerFactory.getLogger(KernelLog.class);

    /** How a main process ends that is sent SIGKILL, as the kernel does. */
    private static final int KILLED = 137;

    private final CommandRunner commands;

    /**
     * Reads the log of the running kernel.
     *
     * @param commands runs {@code dmesg}
     */
    public KernelLog(CommandRunner commands) {
        this.commands = commands;
    }

    /**
     * The container as the engine shows it, and as killed for want of memory if it was, whether the engine knows it or not. The log is read
     * for killed containers only; where it may not be read, what the engine says stands.
     */
    ContainerDetails complete(ContainerDetails seen) {
        boolean unexplained = seen.state() == ContainerState.EXITED && seen.exitCode() == KILLED && !seen.oomKilled();
        return unexplained && namesGroupOf(seen.id()) ? seen.killedForMemory() : seen;
    }

    private boolean namesGroupOf(String containerId) {
        // /kubepods/burstable/pod1/<id> by the driver cgroupfs, …/docker-<id>.scope by the driver systemd
        Pattern victim = Pattern.compile(",task_memcg=[^,]*[/-]" + Pattern.quote(containerId) + "(\\.scope)?,");
        try {
            return victim.matcher(commands.run("dmesg")).find();
        } catch (CommandFailure unreadable) {
            log.atWarn()
                    .setMessage(
                            "the kernel's log cannot be read: why a container was killed is known from the engine only")
                    .addKeyValue("container", containerId)
                    .addKeyValue("why", unreadable.getMessage())
                    .log();
            return false;
        }
    }
}
