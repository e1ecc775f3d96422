package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One client sends as much as it can while another one works. */
class FloodE2E extends ClusterTest {

    private static final String GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1";
    private static final int TOO_MANY = 429;
    /** So many requests are under way at once, many more than its level has seats. */
    private static final int CROWD = 48;
    /** The flood ends with its purpose, and in any case after so many requests. */
    private static final int MOST = 50_000;

    private ClusterApi api;

    @BeforeAll
    void open() {
        api = ClusterApi.open(kubectl);
        for (String account : List.of("flooder", "worker")) {
            kubectl.run("create", "serviceaccount", account);
            kubectl.run(
                    "create",
                    "rolebinding",
                    account,
                    "--clusterrole=edit",
                    "--serviceaccount=" + kubectl.namespace() + ":" + account);
        }
        kubectl.apply("""
                apiVersion: flowcontrol.apiserver.k8s.io/v1
                kind: PriorityLevelConfiguration
                metadata: { name: %1$s }
                spec:
                  type: Limited
                  limited: { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: Reject } }
                ---
                apiVersion: flowcontrol.apiserver.k8s.io/v1
                kind: FlowSchema
                metadata: { name: %1$s }
                spec:
                  matchingPrecedence: 600
                  priorityLevelConfiguration: { name: %1$s }
                  distinguisherMethod: { type: ByUser }
                  rules:
                  - subjects: [{ kind: ServiceAccount, serviceAccount: { namespace: %1$s, name: flooder } }]
                    resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"] }]
                """.formatted(kubectl.namespace()));
    }

    @AfterAll
    void close() {
        for (String kind : List.of("flowschema", "prioritylevelconfiguration")) {
            kubectl.call("", Map.of(), "delete", kind, kubectl.namespace(), "--ignore-not-found");
        }
        api.close();
    }

    private ClusterApi actingAs(String account) {
        return api.as(kubectl.run("create", "token", account));
    }

    private String maps() {
        return "/api/v1/namespaces/" + kubectl.namespace() + "/configmaps";
    }

    @Test
    void whoFloodsIsToldToComeAgainWhileAnotherWorks() throws Exception {
        ClusterApi flooder = actingAs("flooder");
        ClusterApi worker = actingAs("worker");
        String schema =
                api.get(GROUP + "/flowschemas/" + kubectl.namespace()).ok().at("/metadata/uid");
        eventually("the flooder to have a level of its own").until(() -> flooder.get(maps())
                .headers()
                .firstValue("X-Kubernetes-PF-FlowSchema-UID")
                .filter(schema::equals)
                .isPresent());
        eventually("the worker to be allowed").until(() -> worker.get(maps()).code() == 200);

        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger served = new AtomicInteger();
        Queue<Answer> others = new ConcurrentLinkedQueue<>();
        List<Answer> work = new ArrayList<>();
        try (ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> flood = new ArrayList<>();
            try {
                for (int i = 0; i < CROWD; i++) {
                    flood.add(crowd.submit(() -> {
                        while (!stop.get() && sent.incrementAndGet() < MOST) {
                            Answer answer = flooder.get(maps());
                            if (answer.code() == 200) {
                                served.incrementAndGet();
                            } else {
                                others.add(answer);
                            }
                        }
                    }));
                }
                eventually("the flood to be refused")
                        .pollInterval(Duration.ofMillis(50))
                        .until(() -> !others.isEmpty());
                for (int i = 0; i < 10; i++) {
                    work.add(worker.post(maps(), "{metadata: {name: map-" + i + "}}"));
                    work.add(worker.get(maps() + "/map-" + i));
                }
            } finally {
                stop.set(true);
            }
            for (Future<?> each : flood) {
                each.get(60, TimeUnit.SECONDS);
            }
        }

        assertThat(work)
                .allSatisfy(
                        answer -> assertThat(answer.code()).as(answer.text()).isBetween(200, 201));
        assertThat(others).allSatisfy(answer -> {
            assertThat(answer.code()).as(answer.text()).isEqualTo(TOO_MANY);
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(answer.at("/reason")).isEqualTo("TooManyRequests");
        });
        assertThat(served.get()).as("the flood is not shut out either").isPositive();
        eventually("its seats are free again").until(() -> flooder.get(maps()).code() == 200);
    }
}
