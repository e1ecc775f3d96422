package io.kybern.node.cgroups;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of control groups, in both versions. Groups are named from what is mounted: {@code kubepods/burstable/pod…} is a directory in each
 * hierarchy of version 1, and one directory in version 2. See
 * <a href="https://docs.kernel.org/admin-guide/cgroup-v2.html">control groups, version 2</a>.
 */
final class GroupTree {

    private static final Logger log = LoggerFactory.getLogger(GroupTree.class);

    /** What limits of pods need; the engine adds whatever else it wants. */
    private static final List<String> CONTROLLERS = List.of("cpu", "memory", "pids");

    private static final long PERIOD_MICROS = 100_000;
    private static final long LEAST_SHARES = 2;
    private static final long MOST_SHARES = 262_144;

    /** In version 1 a group without a limit of memory says that it has one of all addresses that there are. */
    private static final long BOUNDLESS = 1L << 60;

    private final Path root;
    private final List<CgroupMount> mounts;
    private final boolean unified;
    private final GroupFiles files;

    private GroupTree(Path root, GroupFiles files, List<CgroupMount> mounts) {
        this.root = root;
        this.files = files;
        this.unified = mounts.stream().noneMatch(m -> m.controllers().contains("memory"));
        this.mounts = mounts;
    }

    /** @param root the root directory, under which there are {@code proc} and the mounts */
    static GroupTree of(Path root, GroupFiles files) throws IOException {
        return new GroupTree(root, files, CgroupMount.all(root));
    }

    /** Makes the group and those above it in every hierarchy, so that each pod finds them as the one before. */
    void make(String group) throws IOException {
        for (Path at : directories("")) {
            Path directory = at;
            handDown(directory);
            for (String part : group.split("/")) {
                directory = directory.resolve(part);
                Files.createDirectories(directory);
                handDown(directory);
            }
        }
    }

    /** In version 2 a group may have what the one above it hands down. */
    private void handDown(Path directory) {
        if (unified) {
            CONTROLLERS.forEach(name -> write(directory.resolve("cgroup.subtree_control"), "+" + name));
        }
    }

    boolean has(String group) {
        return directory("memory")
                .map(d -> d.resolve(group))
                .filter(Files::isDirectory)
                .isPresent();
    }

    /** Whether memory of the group can be limited: in version 2 only if those above it hand that down. */
    boolean limitable(String group) {
        return !unified
                || directory("memory")
                        .filter(d -> files.exists(d.resolve(group).resolve("memory.max")))
                        .isPresent();
    }

    /** The names of the groups directly below, in whichever hierarchy they are. */
    Set<String> below(String group) {
        Set<String> names = new LinkedHashSet<>();
        for (Path directory : directories(group)) {
            children(directory).forEach(child -> names.add(String.valueOf(child.getFileName())));
        }
        return names;
    }

    /** Sets limits; what the kernel refuses stays as it was. Whether it refused nothing. */
    boolean limit(String group, PodGroup.Limits limits) {
        shares(group, limits.cpuShares());
        return quota(group, limits.cpuQuotaMicros()) & memory(group, limits.memoryBytes());
    }

    /**
     * Sets those limits of which the group has none yet, as one that was made by a process that ended before it came to that. Less memory
     * than is in use is not given: that would end processes.
     */
    void complete(String group, PodGroup.Limits limits) {
        if (unset(group, "cpu", unified ? "cpu.weight" : "cpu.shares", unified ? "100" : "1024")) {
            shares(group, limits.cpuShares());
        }
        if (unset(group, "cpu", unified ? "cpu.max" : "cpu.cfs_quota_us", unified ? "max " + PERIOD_MICROS : "-1")) {
            quota(group, limits.cpuQuotaMicros());
        }
        OptionalLong use = memoryBytes(group);
        boolean fits = limits.memoryBytes() <= 0 || use.isEmpty() || use.getAsLong() < limits.memoryBytes();
        if (fits && memoryUnset(group)) {
            memory(group, limits.memoryBytes());
        }
    }

    private boolean memoryUnset(String group) {
        if (unified) {
            return unset(group, "memory", "memory.max", "max");
        }
        OptionalLong limit = number(group, "memory.limit_in_bytes");
        return limit.isEmpty() || limit.getAsLong() >= BOUNDLESS;
    }

    /** What cannot be read counts as not set. */
    private boolean unset(String group, String controller, String file, String byDefault) {
        return read(group, controller, file)
                .filter(value -> !value.equals(byDefault))
                .isEmpty();
    }

    private boolean quota(String group, long micros) {
        if (unified) {
            return write(group, "cpu", "cpu.max", (micros > 0 ? Long.toString(micros) : "max") + " " + PERIOD_MICROS);
        }
        return write(group, "cpu", "cpu.cfs_period_us", Long.toString(PERIOD_MICROS))
                && write(group, "cpu", "cpu.cfs_quota_us", micros > 0 ? Long.toString(micros) : "-1");
    }

    private boolean memory(String group, long bytes) {
        return unified
                ? write(group, "memory", "memory.max", bytes > 0 ? Long.toString(bytes) : "max")
                : write(group, "memory", "memory.limit_in_bytes", bytes > 0 ? Long.toString(bytes) : "-1");
    }

    /** Sets only the share of the processors' time. */
    void shares(String group, long cpuShares) {
        long shares = Math.clamp(cpuShares, LEAST_SHARES, MOST_SHARES);
        if (unified) {
            write(group, "cpu", "cpu.weight", Long.toString(weight(shares)));
        } else {
            write(group, "cpu", "cpu.shares", Long.toString(shares));
        }
    }

    /** The same share in the terms of version 2, by the rule that the engine's containers go by: 2..262144 become 1..10000. */
    static long weight(long shares) {
        return 1 + (shares - LEAST_SHARES) * 9999 / (MOST_SHARES - LEAST_SHARES);
    }

    /** @param most how many processes and threads there may be; any number unless this is positive */
    void processes(String group, long most) {
        write(group, "pids", "pids.max", most > 0 ? Long.toString(most) : "max");
    }

    OptionalLong memoryBytes(String group) {
        return number(group, unified ? "memory.current" : "memory.usage_in_bytes");
    }

    private OptionalLong number(String group, String file) {
        try {
            Optional<String> value = read(group, "memory", file);
            return value.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(value.get()));
        } catch (NumberFormatException unknown) {
            return OptionalLong.empty();
        }
    }

    private Optional<String> read(String group, String controller, String file) {
        Optional<Path> directory = directory(controller);
        if (directory.isEmpty()) {
            return Optional.empty();
        }
        try {
            Path path = directory.get().resolve(group).resolve(file);
            return Optional.of(Files.readString(path, StandardCharsets.US_ASCII).strip());
        } catch (IOException unknown) {
            return Optional.empty();
        }
    }

    /** Removes the group with those below it, if no process is in any of them; whether nothing is left. */
    boolean remove(String group) {
        boolean gone = true;
        for (Path directory : directories(group)) {
            gone &= remove(directory);
        }
        return gone;
    }

    private static boolean remove(Path directory) {
        if (!Files.isDirectory(directory)) {
            return true;
        }
        children(directory).forEach(GroupTree::remove);
        try {
            Files.deleteIfExists(directory);
            return true;
        } catch (IOException busy) {
            return !Files.isDirectory(directory);
        }
    }

    private static List<Path> children(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(Files::isDirectory).toList();
        } catch (IOException gone) {
            return List.of();
        }
    }

    /** Where the group is, in each hierarchy once: beside those of version 1 that of version 2 controls nothing, but the engine is in it too. */
    private List<Path> directories(String group) {
        List<Path> out = new ArrayList<>();
        Set<List<String>> seen = new HashSet<>();
        for (CgroupMount mount : mounts) {
            if (seen.add(mount.controllers())) {
                out.add(mount.directory(root).resolve(group));
            }
        }
        return out;
    }

    private Optional<Path> directory(String controller) {
        return mounts.stream()
                .filter(m ->
                        unified ? m.controllers().isEmpty() : m.controllers().contains(controller))
                .map(m -> m.directory(root))
                .findFirst();
    }

    private boolean write(String group, String controller, String file, String value) {
        return directory(controller)
                .filter(d -> write(d.resolve(group).resolve(file), value))
                .isPresent();
    }

    private boolean write(Path file, String value) {
        try {
            files.write(file, value);
            return true;
        } catch (IOException refused) {
            log.atDebug()
                    .addKeyValue("file", file)
                    .addKeyValue("value", value)
                    .addKeyValue("why", refused.getMessage())
                    .log("a limit of a control group could not be set");
            return false;
        }
    }
}
