package io.kybern.node.logs;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.kybern.node.runtime.ContainerState;
import io.kybern.node.runtime.ContainerSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(60)
class LogLinksTest {

    private static final Map<String, String> LABELS = Map.of(
            "io.kybern.node", "node-1",
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
                "node-1",
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
                        "io.kybern.node",
                        "node-1",
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

    private static Map<String, String> with(String label, String value) {
        Map<String, String> labels = new HashMap<>(LABELS);
        labels.put("io.kybern." + label, value);
        return labels;
    }

    @Test
    void ofTwoAttemptsWithOneNameEachHasItsLinkInThePodsDirectory() throws IOException {
        Files.writeString(directory.resolve("id2-json.log"), "");
        Map<String, String> labels = with("pod.name", "w".repeat(240));
        labels.put("io.kybern.pod.container", "c".repeat(60));
        links.started("id1", labels);
        labels.put("io.kybern.pod.attempt", "3");
        links.started("id2", labels);
        Path container = directory.resolve("pods/ns_" + "w".repeat(240) + "_u1/" + "c".repeat(60));
        assertThat(container.resolve("2.log")).exists();
        assertThat(container.resolve("3.log")).exists();
    }

    @Test
    void oneLabelThatCannotBeReadKeepsNoOtherContainerFromItsLink() {
        containers.add(new ContainerSummary("id0", ContainerState.RUNNING, with("pod.attempt", "x")));
        containers.add(new ContainerSummary("id3", ContainerState.RUNNING, with("pod.attempt", "99999999999")));
        containers.add(new ContainerSummary("id4", ContainerState.RUNNING, with("pod.name", "\0")));
        containers.add(new ContainerSummary("id1", ContainerState.RUNNING, LABELS));
        links.sweep();
        assertThat(shown).exists();
    }

    @Test
    void containersOfOtherNodesAreNotLinked() {
        links.started("id1", with("node", "node-2"));
        assertThat(directory.resolve("pods")).doesNotExist();
        links.started("id1", LABELS);
        links.removed("id1", with("node", "node-2"));
        assertThat(shown).exists();
    }

    @Test
    void nothingIsWrittenThroughADirectoryThatIsALink() throws IOException {
        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
        Files.createDirectories(directory.resolve("pods"));
        Path pod = directory.resolve("pods/ns_web_u1");

        Files.createSymbolicLink(pod, elsewhere);
        links.started("id1", LABELS);
        assertThat(elsewhere).isEmptyDirectory();

        Files.delete(pod);
        Files.createDirectories(pod);
        Files.createSymbolicLink(pod.resolve("app"), elsewhere);
        links.started("id1", LABELS);
        assertThat(elsewhere).isEmptyDirectory();

        Files.delete(pod.resolve("app"));
        Files.delete(pod);
        Files.delete(directory.resolve("pods"));
        Files.createSymbolicLink(directory.resolve("pods"), elsewhere);
        links.started("id1", LABELS);
        assertThat(elsewhere).isEmptyDirectory();

        Files.createSymbolicLink(directory.resolve("containers"), elsewhere);
        Files.delete(directory.resolve("pods"));
        links.started("id1", LABELS);
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void nothingIsDeletedThroughADirectoryThatIsALink() throws IOException {
        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere/app"));
        Path precious = Files.writeString(elsewhere.resolve("2.log"), "");
        Path list = Files.writeString(elsewhere.resolve("web_ns_app-id1.log"), "");
        Files.createDirectories(directory.resolve("pods"));
        Path pod = directory.resolve("pods/ns_web_u1");
        Files.createSymbolicLink(directory.resolve("containers"), elsewhere);

        Files.createSymbolicLink(pod, directory.resolve("elsewhere"));
        links.removed("id1", LABELS);
        Files.delete(pod);
        Files.createDirectories(pod);
        Files.createSymbolicLink(pod.resolve("app"), elsewhere);
        links.removed("id1", LABELS);
        assertThat(precious).exists();
        assertThat(list).exists();
    }

    @Test
    void aFailureThatLastsIsWarnedOfOnce() throws IOException {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(LogLinks.class);
        log.start();
        logger.addAppender(log);
        try {
            containers.add(new ContainerSummary("id1", ContainerState.RUNNING, LABELS));
            Path file = Files.writeString(directory.resolve("containers"), "in the way");
            links.sweep();
            links.sweep();
            assertThat(warnings(log)).isEqualTo(1);
            Files.delete(file);
            links.sweep();
            assertThat(shown).exists();
            Files.delete(shown);
            Files.delete(directory.resolve("containers"));
            Files.writeString(file, "again");
            links.sweep();
            assertThat(warnings(log)).isEqualTo(2);
        } finally {
            logger.detachAppender(log);
        }
    }

    private static long warnings(ListAppender<ILoggingEvent> log) {
        return log.list.stream()
                .filter(each -> each.getLevel().equals(Level.WARN))
                .count();
    }
}
