package io.kybern.node.objects;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StatusWritesTest {

    private final List<String> calls = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private KubernetesClient client;
    private ApiPodClient pods;

    /** The object as the API server has it. */
    private volatile Pod stored = pod(1, null);

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            calls.add(exchange.getRequestMethod());
            if (exchange.getRequestMethod().equals("PUT")) {
                Pod sent = Serialization.unmarshal(exchange.getRequestBody(), Pod.class);
                // what is empty is there all the same
                sent.getStatus().getContainerStatuses().forEach(each -> each.setLastState(new ContainerState()));
                stored = pod(revision() + 1, sent.getStatus());
            }
            byte[] answer = Serialization.asJson(stored).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withAutoConfigure(false)
                        .withMasterUrl("http://localhost:" + server.getAddress().getPort())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
        pods = new ApiPodClient(client);
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    private int revision() {
        return Integer.parseInt(stored.getMetadata().getResourceVersion());
    }

    private static Pod pod(int revision, PodStatus status) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web")
                .withUid("u")
                .withResourceVersion(String.valueOf(revision))
                .endMetadata()
                .withStatus(status)
                .build();
    }

    private static PodStatusBuilder running() {
        return new PodStatusBuilder()
                .withPhase("Running")
                .addNewContainerStatus()
                .withName("main")
                .withReady(true)
                .withVolumeMounts(List.of())
                .withNewState()
                .withNewRunning("2026-01-01T00:00:00Z")
                .endState()
                .endContainerStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition();
    }

    @Test
    void aStatusThatTheServerHasIsNotWrittenAgain() throws Exception {
        Pod written = pods.writeStatus(stored, running().build()).orElseThrow();
        assertThat(calls).containsExactly("GET", "PUT");

        // whoever heard of the write wants the same as before
        assertThat(pods.writeStatus(written, running().build())).contains(written);
        assertThat(calls).containsExactly("GET", "PUT");

        // whoever has not heard of it learns it from the server
        assertThat(pods.writeStatus(pod(1, null), running().build())
                        .orElseThrow()
                        .getMetadata()
                        .getResourceVersion())
                .isEqualTo("2");
        assertThat(calls).containsExactly("GET", "PUT", "GET");
    }

    @Test
    void conditionsOfOthersStayAndAreNoReasonToWrite() throws Exception {
        stored = pod(
                5,
                new PodStatusBuilder()
                        .addNewCondition()
                        .withType("example.com/gate")
                        .withStatus("True")
                        .endCondition()
                        .build());
        Pod written = pods.writeStatus(stored, running().build()).orElseThrow();
        assertThat(written.getStatus().getConditions()).hasSize(2);
        pods.writeStatus(written, running().build());
        assertThat(calls).containsExactly("GET", "PUT");
    }

    @Test
    void whatSomebodyElseWroteInsteadIsWrittenOver() throws Exception {
        pods.writeStatus(stored, running().build());
        Pod lost = pod(
                revision() + 1,
                running()
                        .editFirstCondition()
                        .withStatus("False")
                        .endCondition()
                        .build());
        stored = lost;
        pods.writeStatus(lost, running().build());
        assertThat(stored.getStatus().getConditions().getFirst().getStatus()).isEqualTo("True");
    }

    @Test
    void anEndOfWhichTheNodeHasNotHeardStays() throws Exception {
        Pod known = stored;
        stored = pod(
                2,
                new PodStatusBuilder().withPhase("Failed").withReason("Evicted").build());
        pods.writeStatus(known, running().withPhase("Succeeded").build());
        assertThat(stored.getStatus().getPhase()).isEqualTo("Failed");
        assertThat(stored.getStatus().getReason()).isEqualTo("Evicted");
        assertThat(stored.getStatus().getContainerStatuses())
                .as("what else the node says of the pod is written")
                .hasSize(1);
    }
}
