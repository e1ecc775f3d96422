package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.command.CommandRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Directories of files that the node writes and containers read: ConfigMaps, Secrets, the downward API, and mixtures of them. */
final class WrittenVolumes {

    private static final int READ_WRITE_FOR_ALL = 0777;
    private static final int READABLE_FOR_ALL = 0755;

    private final CommandRunner commands;

    WrittenVolumes(CommandRunner commands) {
        this.commands = commands;
    }

    /** Makes the directory hold exactly those files; they change all at once. */
    void write(Pod pod, String volume, Path directory, Map<String, AtomicDirectory.Entry> files) throws IOException {
        Long group = GroupOwnership.fsGroup(pod);
        if (!Files.exists(directory.resolve("..data"))) {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, AtomicDirectory.permissions(READ_WRITE_FOR_ALL));
            if (group != null) {
                commands.run("chgrp", String.valueOf(group), directory.toString());
                commands.run("chmod", "g+rxs", directory.toString());
            }
        }
        new AtomicDirectory(directory).write(files, fresh -> owned(group, files, fresh));
        for (Path nested : NestedMounts.in(pod, volume)) {
            Path place = directory.resolve(nested);
            // a file of the volume's own can be such a place, too
            if (!Files.exists(place)) {
                Files.createDirectories(place);
                Files.setPosixFilePermissions(place, AtomicDirectory.permissions(READABLE_FOR_ALL));
            }
        }
    }

    /** Read by the group, not written: the rest of each file's mode stays as it was asked for. */
    private void owned(@Nullable Long group, Map<String, AtomicDirectory.Entry> files, Path fresh) {
        files.forEach((path, file) -> {
            if (file.owner() != null) {
                commands.run(
                        "chown",
                        String.valueOf(file.owner()),
                        fresh.resolve(path).toString());
            }
        });
        if (group != null) {
            commands.run("chgrp", "-R", String.valueOf(group), fresh.toString());
            commands.run("chmod", "-R", "ug+rX", fresh.toString());
        }
    }
}
