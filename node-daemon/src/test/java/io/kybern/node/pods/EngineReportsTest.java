package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.node.runtime.ContainerChange;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EngineReportsTest {

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final FakeRuntime runtime = new FakeRuntime();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final AtomicInteger looks = new AtomicInteger();
    private final EngineReports reports =
            new EngineReports(runtime, change -> heard.add(change.id()), looks::incrementAndGet, timer);

    @AfterEach
    void stop() {
        reports.close();
        timer.shutdownNow();
    }

    @Test
    void anEngineThatRestartsIsListenedToAgainAndOnce() {
        reports.begin();
        runtime.report(new ContainerChange("a", "die", Map.of()));
        runtime.endReports();
        await("it is listened to again").atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(looks)
                .hasValue(2));
        runtime.report(new ContainerChange("b", "die", Map.of()));
        assertThat(heard).containsExactly("a", "b");
    }

    @Test
    void nobodyListensAfterTheEnd() {
        reports.begin();
        reports.close();
        runtime.report(new ContainerChange("a", "die", Map.of()));
        assertThat(heard).isEmpty();
    }
}
