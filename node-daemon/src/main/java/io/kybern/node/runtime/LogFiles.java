package io.kybern.node.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files that an engine keeps a container's log in: one, and beside it those that were rotated away. */
final class LogFiles {

    private LogFiles() {}

    /** What they take in all; nothing where they cannot be seen from here. */
    static long bytes(@Nullable String log) {
        if (log == null || log.isEmpty()) {
            return 0;
        }
        Path file = Path.of(log);
        Path directory = file.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            return 0;
        }
        String name = String.valueOf(file.getFileName());
        long sum = 0;
        try (Stream<Path> all = Files.list(directory)) {
            for (Path each : (Iterable<Path>) all::iterator) {
                if (String.valueOf(each.getFileName()).startsWith(name)) {
                    sum += Files.size(each);
                }
            }
        } catch (IOException rotatedMeanwhile) {
            // what was counted until then is near enough
            return sum;
        }
        return sum;
    }
}
