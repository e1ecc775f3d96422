package io.kybern.node.stats;

import io.kybern.node.cgroups.CgroupMount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * Reads what control groups have used, in both versions of them. The files are read directly, because the engine takes a
 * second or two to answer the same question. A process that is gone, or a group that this kernel does not account, is
 * empty. Safe to call from any thread.
 *
 * <p>Inside a container the kernel names groups from the machine's root, while only the container's own part is mounted; the
 * mount table tells which part that is.
 */
final class Cgroups {

    private final Path root;
    private final Clock clock;
    private volatile List<CgroupMount> hierarchies = List.of();

    /** @param root the root directory, under which there are {@code proc} and the mounts */
    Cgroups(Path root, Clock clock) {
        this.root = root;
        this.clock = clock;
    }

    /** What the group of a process has used. */
    Optional<Usage> of(long pid) {
        try {
            List<String> groups = Files.readAllLines(root.resolve("proc/" + pid + "/cgroup"));
            return usage(groups, hierarchies());
        } catch (IOException | NumberFormatException gone) {
            return Optional.empty();
        }
    }

    /** What everything that this machine runs has used: the whole of what is mounted, or what the kernel says of memory. */
    Optional<Usage> all() {
        try {
            List<CgroupMount> mounts = hierarchies();
            Optional<Path> cpu = directory(mounts, "cpuacct").or(() -> directory(mounts, ""));
            Optional<Path> memory = directory(mounts, "memory").or(() -> directory(mounts, ""));
            if (cpu.isEmpty() || memory.isEmpty()) {
                return Optional.empty();
            }
            long nanos = cpuNanos(cpu.get());
            if (Files.exists(memory.get().resolve("memory.current"))
                    || Files.exists(memory.get().resolve("memory.usage_in_bytes"))) {
                return Optional.of(memory(memory.get(), nanos));
            }
            long used = meminfo("MemTotal") - meminfo("MemAvailable");
            return Optional.of(new Usage(clock.instant(), nanos, used, used, used));
        } catch (IOException | NumberFormatException unreadable) {
            return Optional.empty();
        }
    }

    private static Optional<CgroupMount> mount(List<CgroupMount> mounts, String controller) {
        return mounts.stream()
                .filter(m -> controller.isEmpty()
                        ? m.controllers().isEmpty()
                        : m.controllers().contains(controller))
                .findFirst();
    }

    private Optional<Path> directory(List<CgroupMount> mounts, String controller) {
        return mount(mounts, controller).map(m -> m.directory(root));
    }

    private Optional<Usage> usage(List<String> groups, List<CgroupMount> mounts) throws IOException {
        Optional<Path> cpu = directory(groups, mounts, "cpuacct");
        Optional<Path> memory = directory(groups, mounts, "memory");
        if (cpu.isEmpty() || memory.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(memory(memory.get(), cpuNanos(cpu.get())));
    }

    /** The directory of the group in the hierarchy of the controller, or in the one hierarchy of version 2. */
    private Optional<Path> directory(List<String> groups, List<CgroupMount> mounts, String controller) {
        String wanted = mount(mounts, controller).isPresent() ? controller : "";
        Optional<CgroupMount> mount = mount(mounts, wanted);
        if (mount.isEmpty()) {
            return Optional.empty();
        }
        return groups.stream()
                .map(line -> line.split(":", 3))
                .filter(f -> f.length == 3
                        && (wanted.isEmpty()
                                ? f[0].equals("0")
                                : List.of(f[1].split(",")).contains(wanted)))
                .map(f -> below(mount.get().group(), f[2]))
                .map(below -> root.resolve((mount.get().at() + below).substring(1)))
                .findFirst();
    }

    private static String below(String visible, String group) {
        return !visible.equals("/") && group.startsWith(visible) ? group.substring(visible.length()) : group;
    }

    /** The hierarchies stay where they are, while every container adds to the table that tells of them. */
    private List<CgroupMount> hierarchies() throws IOException {
        List<CgroupMount> known = hierarchies;
        if (known.isEmpty()) {
            known = List.copyOf(CgroupMount.all(root));
            hierarchies = known;
        }
        return known;
    }

    private static long cpuNanos(Path directory) throws IOException {
        Path version1 = directory.resolve("cpuacct.usage");
        return Files.exists(version1)
                ? number(version1)
                : entry(directory.resolve("cpu.stat"), "usage_usec", " ") * 1000;
    }

    private Usage memory(Path directory, long cpuNanos) throws IOException {
        Path version1 = directory.resolve("memory.usage_in_bytes");
        boolean old = Files.exists(version1);
        long used = number(old ? version1 : directory.resolve("memory.current"));
        Path stat = directory.resolve("memory.stat");
        long idle = entry(stat, old ? "total_inactive_file" : "inactive_file", " ");
        long rss = entry(stat, old ? "total_rss" : "anon", " ");
        return new Usage(clock.instant(), cpuNanos, used, Math.max(0, used - idle), rss);
    }

    /** One line of what the kernel says of the machine's memory, in bytes. */
    long meminfo(String name) throws IOException {
        return entry(root.resolve("proc/meminfo"), name + ":", "\\s+") * 1024;
    }

    private static long number(Path file) throws IOException {
        return Long.parseLong(Files.readString(file, StandardCharsets.US_ASCII).strip());
    }

    private static long entry(Path file, String name, String separator) throws IOException {
        for (String line : Files.readAllLines(file)) {
            String[] fields = line.split(separator);
            if (fields.length > 1 && fields[0].equals(name)) {
                return Long.parseLong(fields[1]);
            }
        }
        return 0;
    }
}
