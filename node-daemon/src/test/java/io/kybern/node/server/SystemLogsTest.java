package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SystemLogsTest {

    @TempDir
    private Path directory;

    private SystemLogs logs;

    @BeforeEach
    void write() throws IOException {
        Path inside = Files.createDirectories(directory.resolve("log/pods/a b"));
        Files.writeString(inside.resolve("0.log"), "line\n");
        Files.writeString(directory.resolve("log/<x>&.log"), "");
        Files.writeString(directory.resolve("secret"), "s");
        Files.createSymbolicLink(directory.resolve("log/link"), inside);
        logs = new SystemLogs(directory.resolve("log"));
    }

    @Test
    void directoriesAreListedByName() {
        assertThat(logs.find("")).isEqualTo(new SystemLogs.Found.Listing("""
                                <!doctype html>
                                <meta name="viewport" content="width=device-width">
                                <pre>
                                <a href="%3Cx%3E%26.log">&lt;x&gt;&amp;.log</a>
                                <a href="link">link</a>
                                <a href="pods/">pods/</a>
                                </pre>
                                """));
    }

    @Test
    void filesAreFoundAlsoBehindLinks() {
        assertThat(logs.find("pods/a b/0.log")).isInstanceOf(SystemLogs.Found.File.class);
        assertThat(logs.find("link/0.log")).isInstanceOf(SystemLogs.Found.File.class);
        assertThat(logs.find("link/")).isInstanceOf(SystemLogs.Found.Listing.class);
    }

    @Test
    void linksLeadAlsoOutOfTheDirectoryAsWithKubelets() throws IOException {
        Files.createSymbolicLink(directory.resolve("log/out"), directory.resolve("secret"));
        assertThat(logs.find("out")).isEqualTo(new SystemLogs.Found.File(directory.resolve("log/out")));
    }

    @Test
    void slashesAreForDirectories() {
        assertThat(logs.find("pods/a b")).isEqualTo(new SystemLogs.Found.Elsewhere("a%20b/"));
        assertThat(logs.find("pods/a b/0.log/")).isEqualTo(new SystemLogs.Found.Elsewhere("../0.log"));
    }

    @Test
    void dotsDoNotLeadOutOfTheDirectory() {
        assertThat(logs.find("../secret")).isInstanceOf(SystemLogs.Found.Nothing.class);
        assertThat(logs.find("pods/../../../secret")).isInstanceOf(SystemLogs.Found.Nothing.class);
        assertThat(logs.find("pods/../link/0.log")).isInstanceOf(SystemLogs.Found.File.class);
        assertThat(logs.find("nul\0")).isInstanceOf(SystemLogs.Found.Nothing.class);
    }
}
