package io.kybern.node.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kybern.api.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ApiReviewsTest {

    private static final Caller ANN =
            new Caller("ann", "7", List.of("dev", "system:authenticated"), Map.of("pod", List.of("a", "b")));

    private HttpServer server;
    private KubernetesClient client;
    private ApiReviews reviews;
    private volatile String asked = "";
    private volatile String path = "";
    private volatile String status = "";
    private volatile int code = 201;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            path = exchange.getRequestURI().getPath();
            byte[] answer = (code == 201
                            ? asked.substring(0, asked.lastIndexOf('}')) + ",\"status\":" + status + "}"
                            : "{}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(code, answer.length);
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
        reviews = new ApiReviews(client, "node-1");
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    @Test
    void aTokenIsReviewed() throws Exception {
        status = "{\"authenticated\":true,\"user\":{\"username\":\"ann\",\"uid\":\"7\","
                + "\"groups\":[\"dev\",\"system:authenticated\"],\"extra\":{\"pod\":[\"a\",\"b\"]}}}";
        assertThat(reviews.tokenReview("secret")).contains(ANN);
        assertThat(path).isEqualTo("/apis/authentication.k8s.io/v1/tokenreviews");
        assertThat(Json.read(asked).path("spec").toString()).isEqualTo("{\"token\":\"secret\"}");
    }

    @Test
    void aTokenMayBeNobodysWithoutAnError() throws Exception {
        status = "{\"authenticated\":false}";
        assertThat(reviews.tokenReview("secret")).isEmpty();
        status = "{\"user\":{}}";
        assertThat(reviews.tokenReview("secret")).isEmpty();
        status = "{\"authenticated\":true,\"user\":{}}";
        assertThat(reviews.tokenReview("secret")).isEmpty();
    }

    @Test
    void accessIsReviewedOnThisNode() throws Exception {
        status = "{\"allowed\":true}";
        assertThat(reviews.subjectAccessReview(ANN, "get", "metrics")).isTrue();
        assertThat(path).isEqualTo("/apis/authorization.k8s.io/v1/subjectaccessreviews");
        assertThat(Json.read(asked).path("spec")).isEqualTo(Json.read("""
                        {"user":"ann","uid":"7","groups":["dev","system:authenticated"],"extra":{"pod":["a","b"]},
                         "resourceAttributes":{"verb":"get","version":"v1","resource":"nodes","subresource":"metrics","name":"node-1"}}
                        """));
        status = "{\"allowed\":false,\"reason\":\"no\"}";
        assertThat(reviews.subjectAccessReview(ANN, "get", "metrics")).isFalse();
    }

    @Test
    void whatCannotBeAnsweredIsAFailure() {
        status = "{\"user\":{},\"error\":\"[invalid bearer token, service account token is not valid]\"}";
        assertThatThrownBy(() -> reviews.tokenReview("secret"))
                .isInstanceOf(ReviewException.class)
                .hasMessageContaining("service account token is not valid");
        code = 500;
        assertThatThrownBy(() -> reviews.tokenReview("secret")).isInstanceOf(ReviewException.class);
        assertThatThrownBy(() -> reviews.subjectAccessReview(ANN, "get", "metrics"))
                .isInstanceOf(ReviewException.class);
    }

    @Test
    void anAnswerHasItsTime() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                KubernetesClient waiting = new KubernetesClientBuilder()
                        .withConfig(new ConfigBuilder()
                                .withAutoConfigure(false)
                                .withMasterUrl("http://localhost:" + silent.getLocalPort())
                                .withRequestTimeout((int) Duration.ofHours(1).toMillis())
                                .withRequestRetryBackoffLimit(0)
                                .build())
                        .build()) {
            ApiReviews hasty = new ApiReviews(waiting, "node-1", Duration.ofMillis(200));
            assertThatThrownBy(() -> hasty.tokenReview("secret")).isInstanceOf(ReviewException.class);
            assertThatThrownBy(() -> hasty.subjectAccessReview(ANN, "get", "metrics"))
                    .isInstanceOf(ReviewException.class);
        }
    }
}
