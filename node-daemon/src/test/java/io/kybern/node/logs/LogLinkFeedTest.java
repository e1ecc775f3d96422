package io.kybern.node.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.node.runtime.ContainerChange;
import io.kybern.node.runtime.ContainerRuntime;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LogLinkFeedTest {

    private static final Map<String, String> LABELS = Map.of(
            "io.kybern.node", "node-1",
            "io.kybern.pod.uid", "u1",
            "io.kybern.pod.name", "web",
            "io.kybern.pod.namespace", "ns",
            "io.kybern.pod.container", "app");

    @TempDir
    private Path directory;

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private volatile @Nullable Consumer<ContainerChange> listener;
    private LogLinkFeed feed;
    private Path shown;

    /** Only tells of changes. */
    private final ContainerRuntime engine = (ContainerRuntime) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {ContainerRuntime.class}, (self, method, arguments) -> {
                if (!method.getName().equals("watch")) {
                    throw new AssertionError(method + " is not wanted");
                }
                @SuppressWarnings("unchecked")
                Consumer<ContainerChange> told = (Consumer<ContainerChange>) arguments[0];
                listener = told;
                return (AutoCloseable) () -> listener = null;
            });

    @BeforeEach
    void begin() throws Exception {
        timer.setRemoveOnCancelPolicy(true);
        Path file = Files.writeString(directory.resolve("json.log"), "");
        LogLinks links = new LogLinks(
                new LogLinkProperties(directory.resolve("pods"), directory.resolve("containers")),
                "node-1",
                List::of,
                id -> Optional.of(file));
        feed = new LogLinkFeed(links, engine, timer);
        feed.start();
        shown = directory.resolve("containers/web_ns_app-id1.log");
    }

    @AfterEach
    void end() {
        feed.stop();
        timer.shutdownNow();
    }

    private void tell(String action) {
        Consumer<ContainerChange> told = listener;
        assertThat(told).isNotNull();
        told.accept(new ContainerChange("id1", action, LABELS));
    }

    @Test
    void linksComeAndGoWithTheContainer() {
        tell("create");
        tell("start");
        await("it is linked").until(() -> Files.exists(shown));
        tell("die");
        tell("destroy");
        await("its link is gone").until(() -> !Files.exists(shown));
    }

    @Test
    void nothingGoesOnOnceItHasStopped() {
        assertThat(feed.isRunning()).isTrue();
        assertThat(timer.getQueue()).hasSize(1);
        feed.stop();
        assertThat(feed.isRunning()).isFalse();
        assertThat(timer.getQueue()).isEmpty();
        assertThat(listener).isNull();
    }

    @Test
    void reportsThatEndAreAskedForAnew() {
        Consumer<ContainerChange> first = listener;
        tell(ContainerChange.CLOSED);
        await("it listens again").until(() -> listener != first);
    }
}
