package io.kybern.node.volumes;

import io.kybern.node.command.CommandRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What is mounted for pods in their own directories. */
final class Mounts {

    private final CommandRunner commands;

    Mounts(CommandRunner commands) {
        this.commands = commands;
    }

    /**
     * Makes the directory one that lives in memory, if it is not yet.
     *
     * @param bytes what it holds at most; the kernel's default, half of the machine's memory, for zero
     * @param group whom it and what is made in it belongs to; null for nobody else than the node and who makes it
     */
    void memory(Path directory, long bytes, @Nullable Long group) throws IOException {
        Files.createDirectories(directory);
        if (device(directory) != device(directory.resolve(".."))) {
            return;
        }
        String owner = group == null ? "mode=0777" : "mode=2777,gid=" + group;
        String size = bytes > 0 ? ",size=" + bytes : "";
        commands.run("mount", "-t", "tmpfs", "-o", owner + size, "tmpfs", directory.toString());
    }

    /** The file system that a directory is in; much cheaper than the table of mounts, which has several lines for each pod. */
    private static long device(Path directory) throws IOException {
        return (Long) Files.getAttribute(directory, "unix:dev");
    }

    static boolean isMounted(Path directory) throws IOException {
        String wanted = " " + directory + " ";
        try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return lines.anyMatch(line -> line.contains(wanted));
        }
    }
}
