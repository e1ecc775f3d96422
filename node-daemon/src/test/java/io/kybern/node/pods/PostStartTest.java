package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PostStartTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void aContainerIsNotRunningBeforeItsHookIsDone(@TempDir Path directory) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.countDown();
            try {
                answer.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                PodFixture fixture = new PodFixture(new FakeRuntime(), directory)) {
            server.setExecutor(threads);
            server.start();
            Pod pod = pod(server.getAddress().getPort());
            fixture.keeper.seen(pod);
            asked.await();
            await("the container waits")
                    .atMost(PATIENCE)
                    .until(() ->
                            !fixture.client.status(pod).getContainerStatuses().isEmpty());
            PodStatus before = fixture.client.status(pod);
            ContainerStatus waiting = before.getContainerStatuses().getFirst();
            assertThat(waiting.getState().getRunning()).isNull();
            assertThat(waiting.getState().getWaiting().getReason()).isEqualTo("ContainerCreating");
            assertThat(before.getPhase()).isEqualTo("Pending");
            answer.countDown();
            await("the container runs").atMost(PATIENCE).until(() -> fixture.client
                    .status(pod)
                    .getContainerStatuses()
                    .getFirst()
                    .getReady());
        } finally {
            answer.countDown();
            server.stop(0);
        }
    }

    private static Pod pod(int port) {
        return PodFixture.pod()
                .editSpec()
                .editFirstContainer()
                .withNewLifecycle()
                .withNewPostStart()
                .withNewHttpGet()
                .withHost("127.0.0.1")
                .withNewPort(port)
                .withPath("/")
                .endHttpGet()
                .endPostStart()
                .endLifecycle()
                .endContainer()
                .endSpec()
                .build();
    }
}
