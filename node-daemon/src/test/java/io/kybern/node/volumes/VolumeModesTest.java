package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class VolumeModesTest {

    @TempDir
    Path directory;

    private static Map<String, AtomicDirectory.Entry> file(String text, int mode) {
        return Map.of("key", new AtomicDirectory.Entry(text.getBytes(StandardCharsets.UTF_8), mode));
    }

    @Test
    void aFileHasTheModeThatWasAskedFor() throws Exception {
        new AtomicDirectory(directory).write(file("a", 0440));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("key"))))
                .isEqualTo("r--r-----");
    }

    @Test
    void newFilesAreFinishedBeforeTheyAreSeen() throws Exception {
        AtomicDirectory volume = new AtomicDirectory(directory);
        volume.write(file("former", 0644));
        List<String> seen = new ArrayList<>();

        volume.write(file("new", 0644), fresh -> {
            seen.add(Files.exists(fresh.resolve("key")) ? "new is whole" : "new is missing");
            seen.add(directory.resolve("key").toFile().length() + " bytes visible");
        });

        assertThat(seen).containsExactly("new is whole", "6 bytes visible");
        assertThat(directory.resolve("key")).hasContent("new");
    }

    @Test
    void whatDidNotChangeIsNotTouchedAgain() throws Exception {
        AtomicDirectory volume = new AtomicDirectory(directory);
        volume.write(file("same", 0400));
        List<Path> finished = new ArrayList<>();

        volume.write(file("same", 0400), finished::add);

        assertThat(finished).isEmpty();
    }
}
