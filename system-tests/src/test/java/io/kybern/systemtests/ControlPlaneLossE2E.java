package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parts of the control plane die while an application is updated. It goes on serving, because nothing of the control plane is on the
 * way of its requests, and what was asked for is done in the end without anybody's help.
 */
@Isolated
@Order(Integer.MAX_VALUE)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ControlPlaneLossE2E extends ClusterTest {

    /** In the order in which a rollout needs them. */
    private static final List<String> SERVICES = List.of(
            "deployment-controller",
            "replication-controller",
            "scheduler",
            "endpoint-controller",
            "apiserver",
            "node-controller",
            "lifecycle-controller",
            "workload-controller",
            "dns");

    private static final Logger log = LoggerFactory.getLogger(ControlPlaneLossE2E.class);

    private static final int WRITERS = 8;

    /**
     * A pod that ends has to serve as long as the proxies may not hear of its end. That is a moment, but while there is no API server
     * it is as long as that takes to start.
     */
    private static final int DRAIN_SECONDS = 40;

    private static final Duration KAFKA_AWAY = Duration.ofSeconds(30);

    private int release;

    @BeforeAll
    void deploy() {
        deployWeb("web", 4, DRAIN_SECONDS, "");
        kubectl.run("expose", "deployment", "web", "--port=80", "--target-port=8080", "--type=NodePort");
    }

    @AfterEach
    void everythingRuns() {
        Stack.start("kafka");
        Stack.start("redis");
        SERVICES.forEach(service -> eventually(service + " is healthy").until(() -> Stack.isHealthy(service)));
    }

    @Test
    @Order(1)
    void aRolloutSurvivesTheDeathOfEachService() {
        try (SteadyRequests requests = requests()) {
            for (String service : SERVICES) {
                goOnRolling();
                int restarts = Stack.restarts(service);
                Stack.crash(service);
                eventually(service + " is there again")
                        .until(() -> Stack.restarts(service) > restarts && Stack.isHealthy(service));
            }
            rolledOut();
            assertThat(requests.failures()).isEmpty();
        }
        SERVICES.forEach(service -> eventually(service + " is healthy").until(() -> Stack.isHealthy(service)));
    }

    @Test
    @Order(2)
    void whatIsAskedWhileKafkaIsAwayIsDoneMeanwhile() {
        try (SteadyRequests requests = requests()) {
            Stack.stop("kafka");
            kubectl.run("scale", "deployment/web", "--replicas=5");
            update();
            // the rule is that Kafka stays away for so long
            await("informers list from the API server")
                    .pollDelay(KAFKA_AWAY)
                    .atMost(KAFKA_AWAY.plusSeconds(120))
                    .untilAsserted(() -> assertThat(silentTopics()).contains("kybern.objects.apps.deployments"));
            eventually("the deployment controller knows of the change")
                    .until(() -> field("deployment/web", ".status.observedGeneration")
                            .equals(field("deployment/web", ".metadata.generation")));
            Stack.start("kafka");
            rolledOut();
            assertThat(field("deployment/web", ".status.readyReplicas")).isEqualTo("5");
            eventually("informers hear from Kafka again")
                    .until(() -> silentTopics().isEmpty());
            assertThat(requests.failures()).isEmpty();
        }
    }

    @Test
    @Order(3)
    void noAcknowledgedWriteIsLostWhenRedisIsKilled() throws Exception {
        try (SteadyRequests requests = requests();
                ApiSession session = ApiSession.open(kubectl);
                RevisionWatch watch = RevisionWatch.start(session);
                Writers writers = Writers.start(session, WRITERS)) {
            goOnRolling();
            for (int i = 0; i < 2; i++) {
                int restarts = Stack.restarts("redis");
                furtherWrites(writers);
                Stack.crash("redis");
                eventually("Redis is there again").until(() -> Stack.restarts("redis") > restarts);
                furtherWrites(writers);
            }
            writers.close();
            rolledOut();

            assertThat(writers.surprises()).isEmpty();
            assertThat(writers.revisions()).doesNotHaveDuplicates();
            writers.acknowledged()
                    .forEach((name, count) -> assertThat(Integer.parseInt(field("configmap/" + name, ".data.count")))
                            .as(name)
                            .isBetween(count, writers.tried().get(name)));
            assertThat(Integer.parseInt(field("configmap/shared", ".data.count")))
                    .isBetween(writers.sharedAtLeast(), writers.sharedAtMost());
            eventually("the watch has told of every write")
                    .untilAsserted(() -> assertThat(watch.seen()).containsAll(writers.revisions()));
            assertThat(watch.surprises()).isEmpty();
            assertThat(requests.failures()).isEmpty();
            log.atInfo()
                    .addKeyValue("acknowledged", writers.revisions().size())
                    .addKeyValue("unknown", writers.unknown())
                    .addKeyValue("watchesOpened", watch.opened())
                    .log("Redis was killed twice under writes");
        }
    }

    private static void furtherWrites(Writers writers) {
        int before = writers.revisions().size();
        eventually("writes are acknowledged").until(() -> writers.revisions().size() > before + 200);
    }

    /** What the deployment controller's health page says of the topics that it reads. */
    private static List<String> silentTopics() {
        List<String> topics = new ArrayList<>();
        ApiSession.JSON
                .readTree(page("http://127.0.0.1:" + Stack.SERVICES.get("deployment-controller") + "/actuator/health"))
                .at("/components/controllers/details/silentTopics")
                .forEach(topic -> topics.add(topic.asString()));
        return topics;
    }

    private SteadyRequests requests() {
        String node = new Kubectl("default")
                .run("get", "nodes", "-o", "jsonpath={.items[0].status.addresses[?(@.type==\"InternalIP\")].address}");
        SteadyRequests requests =
                SteadyRequests.to(node, Integer.parseInt(field("service/web", ".spec.ports[0].nodePort")));
        eventually("the Service answers").until(() -> requests.answers() > 20);
        assertThat(requests.failures()).isEmpty();
        return requests;
    }

    /** Sees to it that a rollout is under way: the one that is, or a further one, which takes much longer than to kill a process. */
    private void goOnRolling() {
        if (isRolledOut()) {
            update();
        }
        eventually("some pods are updated")
                .until(() -> !field("deployment/web", ".status.updatedReplicas").isEmpty());
    }

    private void update() {
        release++;
        kubectl.run("set", "env", "deployment/web", "RELEASE=" + release);
    }

    private boolean isRolledOut() {
        return kubectl.call("", Map.of(), "rollout", "status", "deployment/web", "--watch=false")
                .output()
                .contains("successfully rolled out");
    }

    /** What was asked for last is all that runs, apart from pods that end, and all that the Service has. */
    private void rolledOut() {
        eventually("the rollout is complete").until(this::isRolledOut);
        String running = kubectl.run(
                "get",
                "replicasets",
                "-l",
                "app=web",
                "-o",
                "jsonpath={range .items[?(@.spec.replicas>0)]}{.metadata.name} {.spec.template.spec.containers[0].env[0].value}{end}");
        assertThat(running).matches("web-\\S+ " + release);
        String replicaSet = running.split(" ")[0];
        int replicas = Integer.parseInt(field("deployment/web", ".spec.replicas"));
        eventually("the Service has them all")
                .untilAsserted(() -> assertThat(field("endpoints/web", ".subsets[0].addresses[*].targetRef.name")
                                .split(" "))
                        .hasSize(replicas)
                        .allSatisfy(pod -> assertThat(pod).startsWith(replicaSet + "-")));
    }
}
