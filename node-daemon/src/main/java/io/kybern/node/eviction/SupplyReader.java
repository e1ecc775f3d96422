package io.kybern.node.eviction;

import io.kybern.node.command.CommandRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** Looks at what the machine has left. What cannot be read is left out: nobody is made to go for a guess. */
final class SupplyReader {

    private static final int RUNNING_AND_ALL = 3;

    private final Path root;
    private final Path directory;
    private final CommandRunner commands;

    /**
     * @param root the root directory, under which there is {@code proc}
     * @param directory where the pods' files are
     */
    SupplyReader(Path root, Path directory, CommandRunner commands) {
        this.root = root;
        this.directory = directory;
        this.commands = commands;
    }

    Supply read() {
        Map<Signal, Supply.Level> levels = new EnumMap<>(Signal.class);
        put(levels, Signal.MEMORY, this::memory);
        put(levels, Signal.DISK, this::disk);
        put(levels, Signal.INODES, this::inodes);
        put(levels, Signal.PIDS, this::processes);
        return new Supply(levels);
    }

    /** A look that may fail. */
    private interface Look {
        Supply.Level level() throws IOException;
    }

    private static void put(Map<Signal, Supply.Level> levels, Signal signal, Look look) {
        try {
            Supply.Level level = look.level();
            if (level.capacity() > 0) {
                levels.put(signal, level);
            }
        } catch (IOException | RuntimeException unknown) {
            levels.remove(signal);
        }
    }

    private Supply.Level memory() throws IOException {
        return new Supply.Level(meminfo("MemTotal:"), meminfo("MemAvailable:"));
    }

    private long meminfo(String name) throws IOException {
        for (String line : Files.readAllLines(root.resolve("proc/meminfo"))) {
            String[] fields = line.split("\\s+");
            if (fields.length > 1 && fields[0].equals(name)) {
                return Long.parseLong(fields[1]) * 1024;
            }
        }
        throw new IOException("the kernel does not tell " + name);
    }

    private Supply.Level disk() throws IOException {
        var store = Files.getFileStore(directory);
        return new Supply.Level(store.getTotalSpace(), store.getUsableSpace());
    }

    private Supply.Level inodes() {
        String[] counts = commands.run("stat", "-f", "-c", "%c %d", directory.toString())
                .strip()
                .split(" ");
        return new Supply.Level(Long.parseLong(counts[0]), Long.parseLong(counts[1]));
    }

    /** The last but one field of the load is the number of running and of all threads. */
    private Supply.Level processes() throws IOException {
        String[] load = Files.readString(root.resolve("proc/loadavg")).strip().split("\\s+");
        long used = Long.parseLong(load[RUNNING_AND_ALL].split("/")[1]);
        long most = Math.min(number("proc/sys/kernel/pid_max"), number("proc/sys/kernel/threads-max"));
        return new Supply.Level(most, Math.max(0, most - used));
    }

    private long number(String file) throws IOException {
        return Long.parseLong(Files.readString(root.resolve(file)).strip());
    }
}
