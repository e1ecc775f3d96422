package io.kybern.apiserver.endpoints;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Evictions, and the budgets that they ask. */
@Timeout(60)
class EvictionsTest {

    private static final String PODS = "/api/v1/namespaces/a/pods";
    private static final String BUDGETS = "/apis/policy/v1/namespaces/a/poddisruptionbudgets";
    private static final String NOT_NOW = "Cannot evict pod as it would violate the pod's disruption budget.";

    private WritesUnderTest writes;

    @BeforeEach
    void start() {
        writes = new WritesUnderTest();
        made(writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}"));
        made(writes.create("/api/v1/namespaces/a/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}"));
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    /** A pod that is bound, so that it is not gone at once, in a phase. */
    private void pod(String name, String phase, boolean ready) {
        made(writes.create(
                PODS,
                "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"app\":\"web\"}},\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}"
                        .formatted(name)));
        made(writes.merge(
                PODS + "/" + name + "/status",
                "{\"status\":{\"phase\":\"%s\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"%s\"}]}}"
                        .formatted(phase, ready ? "True" : "False")));
    }

    private void budget(String name, String spec, int allowed, int healthy, int desired) {
        made(writes.create(
                BUDGETS,
                "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"web\"}},\"minAvailable\":1%s}}"
                        .formatted(name, spec)));
        made(writes.merge(
                BUDGETS + "/" + name + "/status",
                ("{\"status\":{\"disruptionsAllowed\":%d,\"currentHealthy\":%d,\"desiredHealthy\":%d,\"expectedPods\":%d,\"observedGeneration\":1,"
                                + "\"conditions\":[{\"type\":\"DisruptionAllowed\",\"status\":\"True\",\"reason\":\"SufficientPods\","
                                + "\"message\":\"\",\"lastTransitionTime\":\"2025-01-01T00:00:00Z\"}]}}")
                        .formatted(allowed, healthy, desired, healthy)));
    }

    private Reply evict(String name, String more) {
        return writes.create(
                PODS + "/" + name + "/eviction",
                "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"%s\"}%s}"
                        .formatted(name, more));
    }

    private JsonNode budgetStatus(String name) {
        return writes.get(BUDGETS + "/" + name).body().path("status");
    }

    private static void refused(Reply reply, String cause) {
        assertThat(reply.code()).as(reply.text()).isEqualTo(429);
        assertThat(reply.message()).isEqualTo(NOT_NOW);
        JsonNode why = reply.body().path("details").path("causes").path(0);
        assertThat(why.path("reason").asString()).isEqualTo("DisruptionBudget");
        assertThat(why.path("message").asString()).isEqualTo(cause);
    }

    @Test
    void aPodWithoutABudgetGoesAndSaysWhy() {
        pod("p", "Running", true);

        assertThat(evict("p", "").code()).isEqualTo(201);

        JsonNode pod = writes.get(PODS + "/p").body();
        assertThat(pod.path("metadata").has("deletionTimestamp")).isTrue();
        JsonNode condition = pod.path("status").path("conditions").path(1);
        assertThat(condition.path("type").asString()).isEqualTo("DisruptionTarget");
        assertThat(condition.path("reason").asString()).isEqualTo("EvictionByEvictionAPI");
    }

    @Test
    void anEvictionTakesADisruptionUntilThereIsNone() {
        pod("p", "Running", true);
        pod("q", "Running", true);
        budget("b", "", 1, 2, 1);

        made(evict("p", ""));

        JsonNode status = budgetStatus("b");
        assertThat(status.path("disruptionsAllowed").asInt()).isZero();
        assertThat(status.path("disruptedPods").has("p")).isTrue();
        assertThat(status.path("conditions").path(0).path("reason").asString()).isEqualTo("InsufficientPods");
        refused(evict("q", ""), "The disruption budget b needs 1 healthy pods and has 2 currently");
        assertThat(writes.get(PODS + "/q").body().path("metadata").has("deletionTimestamp"))
                .isFalse();
    }

    @Test
    void nothingGoesBeforeTheBudgetIsCounted() {
        pod("p", "Running", true);
        budget("b", "", 5, 6, 1);
        made(writes.merge(BUDGETS + "/b", "{\"spec\":{\"minAvailable\":6}}"));

        Reply reply = evict("p", "");

        refused(reply, "The disruption budget b is still being processed by the server.");
        assertThat(reply.body().path("details").path("retryAfterSeconds").asInt())
                .isEqualTo(10);
    }

    @Test
    void whatDoesNotRunIsNotGuarded() {
        pod("p", "Pending", false);
        pod("q", "Failed", false);
        budget("b", "", 0, 0, 1);

        made(evict("p", ""));
        made(evict("q", ""));
    }

    @Test
    void anUnhealthyPodGoesIfTheBudgetIsKeptOrSaysSo() {
        pod("p", "Running", false);
        budget("b", "", 0, 0, 1);
        refused(evict("p", ""), "The disruption budget b needs 1 healthy pods and has 0 currently");

        made(writes.merge(BUDGETS + "/b/status", "{\"status\":{\"currentHealthy\":1}}"));
        made(evict("p", ",\"deleteOptions\":{\"dryRun\":[\"All\"]}"));

        made(writes.merge(BUDGETS + "/b/status", "{\"status\":{\"currentHealthy\":0,\"observedGeneration\":2}}"));
        made(writes.merge(BUDGETS + "/b", "{\"spec\":{\"unhealthyPodEvictionPolicy\":\"AlwaysAllow\"}}"));
        made(evict("p", ""));
    }

    @Test
    void aPodHasOneBudgetAtMost() {
        pod("p", "Running", true);
        budget("b", "", 1, 2, 1);
        budget("c", "", 1, 2, 1);

        Reply reply = evict("p", "");

        assertThat(reply.code()).isEqualTo(500);
        assertThat(reply.message())
                .isEqualTo(
                        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
    }

    @Test
    void aDryRunTakesNothing() {
        pod("p", "Running", true);
        budget("b", "", 1, 2, 1);

        made(evict("p", ",\"deleteOptions\":{\"dryRun\":[\"All\"]}"));

        assertThat(budgetStatus("b").path("disruptionsAllowed").asInt()).isEqualTo(1);
        assertThat(writes.get(PODS + "/p").body().path("metadata").has("deletionTimestamp"))
                .isFalse();
    }

    @Test
    void aCrowdNeverGetsMoreThanIsAllowed() throws InterruptedException, ExecutionException {
        for (int i = 0; i < 12; i++) {
            pod("p" + i, "Running", true);
        }
        budget("b", "", 4, 12, 8);
        List<Future<Reply>> replies = new ArrayList<>();
        try (ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 12; i++) {
                String name = "p" + i;
                replies.add(crowd.submit(() -> evict(name, "")));
            }
        }

        int evicted = 0;
        for (Future<Reply> reply : replies) {
            evicted += reply.get().code() == 201 ? 1 : 0;
        }
        assertThat(evicted).isLessThanOrEqualTo(4).isPositive();
        assertThat(budgetStatus("b").path("disruptionsAllowed").asInt()).isEqualTo(4 - evicted);
    }

    @Test
    void aBudgetHasOneBound() {
        Reply reply = writes.create(
                BUDGETS, "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"minAvailable\":1,\"maxUnavailable\":\"110%\"}}");

        assertThat(reply.code()).isEqualTo(422);
        assertThat(reply.message())
                .contains("minAvailable and maxUnavailable cannot be both set")
                .contains("spec.maxUnavailable: Invalid value: \"110%\": must not be greater than 100%");
    }
}
