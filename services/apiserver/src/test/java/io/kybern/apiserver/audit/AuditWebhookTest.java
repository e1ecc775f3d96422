package io.kybern.apiserver.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.kybern.api.Json;
import io.kybern.apiserver.authn.WebhookFile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class AuditWebhookTest {

    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(1);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ConcurrentLinkedQueue<JsonNode> taken = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> credentials = new ConcurrentLinkedQueue<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final CountDownLatch mayAnswer = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer server;
    private volatile boolean hangs;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            asked.incrementAndGet();
            credentials.add(exchange.getRequestHeaders().getFirst("Authorization"));
            JsonNode list = Json.read(exchange.getRequestBody().readAllBytes());
            if (hangs) {
                awaitRelease();
            }
            boolean fails = failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
            if (!fails) {
                taken.add(list);
            }
            exchange.sendResponseHeaders(fails ? 500 : 200, -1);
            exchange.close();
        });
        server.start();
    }

    private void awaitRelease() {
        try {
            if (!mayAnswer.await(50, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody let it answer");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void stop() {
        mayAnswer.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private AuditWebhook webhook(int batch, Duration maxWait, int queueLength) {
        return webhook("http://127.0.0.1:" + server.getAddress().getPort() + "/audit", batch, maxWait, queueLength);
    }

    private AuditWebhook webhook(String address, int batch, Duration maxWait, int queueLength) {
        return new AuditWebhook(
                new WebhookFile(URI.create(address), "secret", HttpClient.newHttpClient()),
                new AuditProperties.Webhook(null, batch, maxWait, queueLength, SHORT),
                meters);
    }

    private static byte[] entry(int number) {
        return ("{\"auditID\":\"" + number + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    private List<String> ids() {
        List<String> ids = new ArrayList<>();
        taken.forEach(list ->
                list.path("items").forEach(each -> ids.add(each.path("auditID").asString())));
        return ids;
    }

    private double lost() {
        return meters.get("apiserver.audit.error")
                .tag("plugin", "webhook")
                .counter()
                .count();
    }

    @Test
    void aFullBatchIsSentAsOneList() {
        try (AuditWebhook webhook = webhook(3, LONG, 100)) {
            for (int i = 0; i < 3; i++) {
                webhook.write(entry(i));
            }
            await("the batch").atMost(PATIENCE).until(() -> !taken.isEmpty());
        }

        assertThat(taken).singleElement().satisfies(list -> {
            assertThat(list.path("kind").asString()).isEqualTo("EventList");
            assertThat(list.path("apiVersion").asString()).isEqualTo("audit.k8s.io/v1");
        });
        assertThat(ids()).containsExactly("0", "1", "2");
        assertThat(credentials).containsExactly("Bearer secret");
        assertThat(lost()).isZero();
    }

    @Test
    void fewEntriesAreSentAfterAWhile() {
        try (AuditWebhook webhook = webhook(1000, SHORT, 100)) {
            webhook.write(entry(1));

            await("the entry").atMost(PATIENCE).until(() -> ids().contains("1"));
        }
    }

    @Test
    void whatTheWebhookDoesNotTakeIsSentAgain() {
        failures.set(2);
        try (AuditWebhook webhook = webhook(1, SHORT, 100)) {
            webhook.write(entry(1));

            await("the entry").atMost(PATIENCE).until(() -> ids().contains("1"));
        }
        assertThat(asked).hasValue(3);
        assertThat(lost()).isZero();
    }

    @Test
    void afterSomeAttemptsItIsLostAndCounted() {
        failures.set(5);
        try (AuditWebhook webhook = webhook(1, SHORT, 100)) {
            webhook.write(entry(1));
            await("it to be given up").atMost(PATIENCE).until(() -> lost() == 1);
            webhook.write(entry(2));
            await("the next one").atMost(PATIENCE).until(() -> ids().equals(List.of("2")));
        }
    }

    @Test
    void whatDoesNotFitIsLostAndNobodyWaits() {
        hangs = true;
        try (AuditWebhook webhook = webhook(1, SHORT, 2)) {
            webhook.write(entry(0));
            await("the first to be under way").atMost(PATIENCE).until(() -> asked.get() == 1);
            for (int i = 1; i <= 5; i++) {
                webhook.write(entry(i));
            }
            assertThat(lost()).isEqualTo(3);
            mayAnswer.countDown();
            await("the others").atMost(PATIENCE).until(() -> ids().equals(List.of("0", "1", "2")));
        }
    }

    @Test
    void whatIsThereAtTheEndIsStillSent() {
        AuditWebhook webhook = webhook(1000, LONG, 100);
        webhook.write(entry(1));
        webhook.close();

        await("the last one").atMost(PATIENCE).until(() -> ids().equals(List.of("1")));
    }

    @Test
    void whatIsThereAtTheEndIsSentInBatches() {
        hangs = true;
        AuditWebhook webhook = webhook(2, SHORT, 100);
        webhook.write(entry(0));
        await("the first to be under way").atMost(PATIENCE).until(() -> asked.get() == 1);
        for (int i = 1; i <= 5; i++) {
            webhook.write(entry(i));
        }
        hangs = false;
        mayAnswer.countDown();
        webhook.close();

        assertThat(ids()).containsExactly("0", "1", "2", "3", "4", "5");
        assertThat(taken)
                .allSatisfy(list -> assertThat(list.path("items").size()).isLessThanOrEqualTo(2));
        assertThat(lost()).isZero();
    }

    @Test
    void whatTheEndInterruptsIsLostAndCounted() {
        hangs = true;
        AuditWebhook webhook = webhook(1, SHORT, 100);
        webhook.write(entry(0));
        await("the first to be under way").atMost(PATIENCE).until(() -> asked.get() == 1);
        webhook.write(entry(1));
        webhook.write(entry(2));

        webhook.close();

        assertThat(lost()).isEqualTo(3);
    }

    @Test
    void anAddressThatIsNoneDoesNotEndTheSender() {
        try (AuditWebhook webhook = webhook("audit.example:443", 1, SHORT, 100)) {
            webhook.write(entry(1));
            await("the first to be given up").atMost(PATIENCE).until(() -> lost() == 1);
            webhook.write(entry(2));
            await("the next one too").atMost(PATIENCE).until(() -> lost() == 2);
        }
    }
}
