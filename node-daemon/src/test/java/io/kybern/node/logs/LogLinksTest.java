package io.kybern.node.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.node.runtime.ContainerState;
import io.kybern.node.runtime.ContainerSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LogLinksTest {

    private static final Map<String, String> LABELS = Map.of(
            "io.kybern.pod.uid", "u1",
            "io.kybern.pod.name", "web",
            "io.kybern.pod.namespace", "ns",
            "io.kybern.pod.container", "app",
            "io.kybern.pod.attempt", "2");

    @TempDir
    private Path directory;

    private final List<ContainerSummary> containers = new ArrayList<>();
    private LogLinks links;
    private Path shown;
    private Path ofPod;

    @BeforeEach
    void prepare() throws IOException {
        Files.writeString(directory.resolve("id1-json.log"), "{\"log\":\"line\\n\"}\n");
        links = new LogLinks(
                new LogLinkProperties(directory.resolve("pods"), directory.resolve("containers")),
                () -> containers,
                id -> Optional.of(directory.resolve(id + "-json.log")));
        shown = directory.resolve("containers/web_ns_app-id1.log");
        ofPod = directory.resolve("pods/ns_web_u1/app/2.log");
    }

    @Test
    void aContainersLogIsFoundAtBothPlaces() throws IOException {
        links.started("id1", LABELS);
        assertThat(Files.readSymbolicLink(ofPod)).isEqualTo(directory.resolve("id1-json.log"));
        assertThat(Files.readSymbolicLink(shown)).isEqualTo(ofPod);
        assertThat(shown).hasContent("{\"log\":\"line\\n\"}\n");
    }

    @Test
    void linksGoWithTheContainer() {
        links.started("id1", LABELS);
        links.removed("id1", LABELS);
        assertThat(directory.resolve("pods")).isEmptyDirectory();
        assertThat(directory.resolve("containers")).isEmptyDirectory();
    }

    @Test
    void whatNobodyToldOfIsFoundLater() throws IOException {
        containers.add(new ContainerSummary("id1", ContainerState.EXITED, LABELS));
        containers.add(new ContainerSummary("id2", ContainerState.RUNNING, Map.of("io.kybern.pod.uid", "u1")));
        links.sweep();
        assertThat(shown).exists();

        containers.clear();
        Files.delete(directory.resolve("id1-json.log"));
        Path others = Files.writeString(
                Files.createDirectories(directory.resolve("pods/x/y")).resolve("0.log"), "");
        links.sweep();
        assertThat(Files.exists(shown, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(directory.resolve("pods/ns_web_u1")).doesNotExist();
        assertThat(others).exists();
    }

    @Test
    void longNamesAreCut() {
        links.started(
                "id1",
                Map.of(
                        "io.kybern.pod.uid",
                        "u1",
                        "io.kybern.pod.name",
                        "w".repeat(180),
                        "io.kybern.pod.namespace",
                        "ns",
                        "io.kybern.pod.container",
                        "c".repeat(100)));
        assertThat(directory.resolve("containers/" + "w".repeat(180) + "_ns_" + "c".repeat(67) + ".log"))
                .exists();
    }
}
