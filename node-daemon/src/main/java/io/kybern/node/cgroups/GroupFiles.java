package io.kybern.node.cgroups;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files that the kernel puts into the directory of a group. */
interface GroupFiles {

    /** @throws IOException if the kernel refuses the value, or the group has no such file */
    void write(Path file, String value) throws IOException;

    boolean exists(Path file);

    /** Those of this machine. */
    static GroupFiles ofKernel() {
        return new GroupFiles() {
            @Override
            public void write(Path file, String value) throws IOException {
                Files.writeString(file, value, StandardCharsets.US_ASCII);
            }

            @Override
            public boolean exists(Path file) {
                return Files.exists(file);
            }
        };
    }
}
