package io.kybern.node.runtime;

import io.kybern.node.command.CommandFailure;
import io.kybern.node.command.CommandRunner;
import io.kybern.node.trouble.Trouble;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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

    /** How long nobody tries again to read a log that could not be read: it is the same for all containers. */
    private static final Duration UNREADABLE = Duration.ofSeconds(1);

    /** …/kubepods/burstable/pod1/ID by the driver cgroupfs, …/docker-ID.scope by the driver systemd. */
    private static final Pattern VICTIM = Pattern.compile(",task_memcg=[^,]*[/-]([0-9a-f]+)(?:\\.scope)?,");

    /**
     * What the log said.
     *
     * @param at when the reading began, or when it failed
     * @param victims the containers that it names; null if it could not be read
     */
    private record Reading(Instant at, @Nullable Set<String> victims) {}

    private final CommandRunner commands;
    private final Clock clock;
    private final Trouble trouble = new Trouble();
    private Reading last = new Reading(Instant.EPOCH, Set.of());

    /**
     * Reads the log of the running kernel.
     *
     * @param commands runs {@code dmesg}
     */
    public KernelLog(CommandRunner commands, Clock clock) {
        this.commands = commands;
        this.clock = clock;
    }

    /**
     * The container as the engine shows it, and as killed for want of memory if it was, whether the engine knows it or not. The log is read
     * for killed containers only, once for all that had ended by then; where it may not be read, what the engine says stands.
     */
    ContainerDetails complete(ContainerDetails seen) {
        boolean unexplained = seen.state() == ContainerState.EXITED && seen.exitCode() == KILLED && !seen.oomKilled();
        return unexplained && victims(seen.finishedAt()).contains(seen.id()) ? seen.killedForMemory() : seen;
    }

    /** Those who ask at the same time wait for one reading. */
    private synchronized Set<String> victims(@Nullable Instant end) {
        Instant now = clock.instant();
        Set<String> known = last.victims();
        if (known == null) {
            if (now.isBefore(last.at().plus(UNREADABLE))) {
                return Set.of();
            }
        } else if (end != null && end.isBefore(last.at())) {
            // the kernel writes before it kills, and the engine sees the end after that
            return known;
        }
        Set<String> read = read();
        last = new Reading(read == null ? clock.instant() : now, read);
        return read == null ? Set.of() : read;
    }

    private @Nullable Set<String> read() {
        try {
            Set<String> victims = VICTIM.matcher(commands.run("dmesg"))
                    .results()
                    .map(line -> line.group(1))
                    .collect(Collectors.toUnmodifiableSet());
            trouble.over();
            return victims;
        } catch (CommandFailure unreadable) {
            log.atLevel(trouble.failed())
                    .setMessage(
                            "the kernel's log cannot be read: why containers were killed is known from the engine only")
                    .addKeyValue("why", unreadable.getMessage())
                    .log();
            return null;
        }
    }
}
