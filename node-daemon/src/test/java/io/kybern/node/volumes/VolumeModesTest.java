package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
    void aFileThatCouldNotBeShownIsShownLater() throws Exception {
        AtomicDirectory volume = new AtomicDirectory(directory);
        volume.write(file("a", 0644));
        // as after a full disk, or a daemon that was ended, between the files and the links to them
        Files.delete(directory.resolve("key"));
        volume.write(file("a", 0644));
        assertThat(directory.resolve("key")).hasContent("a");
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

    private List<String> directories() throws Exception {
        try (Stream<Path> list = Files.list(directory)) {
            return list.filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .map(path -> path.getFileName().toString())
                    .toList();
        }
    }

    @Test
    void aWriteThatFailsLeavesNothingBehind() throws Exception {
        AtomicDirectory volume = new AtomicDirectory(directory);
        volume.write(file("former", 0644));
        List<String> before = directories();

        assertThatIllegalStateException()
                .isThrownBy(() -> volume.write(file("secret", 0644), fresh -> {
                    throw new IllegalStateException("refused");
                }));
        assertThatIOException()
                .isThrownBy(
                        () -> volume.write(Map.of("n".repeat(1000), new AtomicDirectory.Entry(new byte[] {1}, 0644))));

        assertThat(directories()).isEqualTo(before);
        assertThat(directory.resolve("key")).hasContent("former");
    }

    @Test
    void whatAWriteLeftThatWasCutShortIsRemoved() throws Exception {
        AtomicDirectory volume = new AtomicDirectory(directory);
        volume.write(file("same", 0644));
        List<String> before = directories();
        Files.writeString(Files.createDirectory(directory.resolve("..123")).resolve("key"), "secret");
        Files.createDirectory(directory.resolve("..place"));

        volume.write(file("same", 0644));

        assertThat(directories()).hasSize(before.size() + 1).containsAll(before).contains("..place");
        assertThat(directory.resolve("key")).hasContent("same");
    }
}
