package io.kybern.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HostPathsTest {

    private static final List<String> TYPES = List.of("Directory", "File", "Socket", "CharDevice", "BlockDevice");

    @TempDir
    private Path directory;

    @Test
    void aPathIsOfItsTypeAndOfNoOther() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Path socket = directory.resolve("s");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Map<Path, String> paths =
                    Map.of(directory, "Directory", file, "File", socket, "Socket", Path.of("/dev/null"), "CharDevice");
            for (var path : paths.entrySet()) {
                for (String type : TYPES) {
                    assertThat(HostPaths.ready(path.getKey(), type))
                            .as("%s is a %s", path.getKey(), type)
                            .isEqualTo(path.getValue().equals(type));
                }
            }
        }
    }

    @Test
    void whatIsMissingIsOfNoTypeAndIsNotMade() throws IOException {
        Path missing = directory.resolve("missing");
        for (String type : TYPES) {
            assertThat(HostPaths.ready(missing, type)).as(type).isFalse();
        }
        assertThat(missing).doesNotExist();
    }

    @Test
    void whatMayBeMadeIsMadeAndWhatStandsThereStays() throws IOException {
        Path made = directory.resolve("some/directory");
        assertThat(HostPaths.ready(made, "DirectoryOrCreate")).isTrue();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwxr-xr-x");
        Path file = directory.resolve("file");
        assertThat(HostPaths.ready(file, "FileOrCreate")).isTrue();
        assertThat(file).isEmptyFile();
        Files.writeString(file, "kept");
        assertThat(HostPaths.ready(file, "FileOrCreate")).isTrue();
        assertThat(file).hasContent("kept");
        assertThat(HostPaths.ready(file, "DirectoryOrCreate")).isFalse();
        assertThat(HostPaths.ready(made, "FileOrCreate")).isFalse();
    }

    @Test
    void withoutATypeNothingIsAskedAndADirectoryIsMade() throws IOException {
        assertThat(HostPaths.ready(Path.of("/dev/null"), "")).isTrue();
        assertThat(HostPaths.ready(directory.resolve("new"), "")).isTrue();
        assertThat(directory.resolve("new")).isDirectory();
    }
}
