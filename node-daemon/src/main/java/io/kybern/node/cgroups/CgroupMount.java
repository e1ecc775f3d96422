package io.kybern.node.cgroups;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A mounted hierarchy of control groups.
 *
 * @param at where it is mounted
 * @param group the group that is visible there: inside a container the kernel names groups from the machine's root, while only the
 *     container's own part is mounted
 * @param controllers what it controls; empty for the one hierarchy of version 2
 */
public record CgroupMount(String at, String group, List<String> controllers) {

    private static final int FIELDS_BEFORE_TYPE = 6;

    /** Copies the names. */
    public CgroupMount {
        controllers = List.copyOf(controllers);
    }

    /**
     * The hierarchies that this process sees, in the order of the mount table.
     *
     * @param root the root directory, under which there is {@code proc}
     */
    public static List<CgroupMount> all(Path root) throws IOException {
        List<CgroupMount> mounts = new ArrayList<>();
        for (String line : Files.readAllLines(root.resolve("proc/self/mountinfo"))) {
            String[] fields = line.split(" ");
            int dash = List.of(fields).indexOf("-");
            if (dash < FIELDS_BEFORE_TYPE || fields.length < dash + 4) {
                continue;
            }
            String type = fields[dash + 1];
            if (type.equals("cgroup2") || type.equals("cgroup")) {
                List<String> controllers = type.equals("cgroup2") ? List.of() : List.of(fields[dash + 3].split(","));
                mounts.add(new CgroupMount(fields[4], fields[3], controllers));
            }
        }
        return mounts;
    }

    /** Where it is mounted, as seen from that root directory. */
    public Path directory(Path root) {
        return root.resolve(at.substring(1));
    }
}
