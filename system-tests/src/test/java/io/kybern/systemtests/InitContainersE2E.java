package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What runs before, and what runs beside; "Init Containers" and "Sidecar Containers" in the documentation. */
class InitContainersE2E extends PodTest {

    @BeforeAll
    void start() {
        String two = init("init1", "true", "") + init("init2", "true", "");
        String failing = init("init1", "false", "") + init("init2", "true", "");
        kubectl.apply(withInit("never", two, script("exit 0"), "")
                + withInit("always", two, stay(), "").replace("restartPolicy: Never", "restartPolicy: Always")
                + withInit("failing-always", failing, stay(), "")
                        .replace("restartPolicy: Never", "restartPolicy: Always")
                + withInit("failing-never", init("init1", "true", "") + init("init2", "false", ""), stay(), "")
                + withInit(
                        "sidecar",
                        init(
                                        "side",
                                        "trap 'echo side ends >> /v/log; exit 0' TERM; echo side >> /v/log; touch /tmp/up;"
                                                + " while true; do sleep 0.2; done",
                                        "restartPolicy: Always, startupProbe: { exec: { command: [test, -e, /tmp/up] }, timeoutSeconds: 20, periodSeconds: 1, failureThreshold: 60 },"
                                                + " volumeMounts: [{ name: v, mountPath: /v }]")
                                + init("after", "echo after >> /v/log", "volumeMounts: [{ name: v, mountPath: /v }]"),
                        script("echo main >> /v/log; cat /v/log") + "volumeMounts: [{ name: v, mountPath: /v }]\n",
                        "volumes: [{ name: v, emptyDir: {} }]"));
    }

    private static String withInit(String name, String inits, String container, String spec) {
        return pod(name, container, "initContainers:\n" + inits + spec);
    }

    private static String init(String name, String script, String more) {
        return "- { name: %s, image: %s, imagePullPolicy: IfNotPresent, command: [sh, -c, \"%s\"]%s }\n"
                .formatted(name, IMAGE, script, more.isEmpty() ? "" : ", " + more);
    }

    private static JsonNode init(JsonNode pod, int index) {
        return pod.path("status").path("initContainerStatuses").path(index);
    }

    @Test
    void initContainersRunOnceInAPodThatIsNeverRestarted() {
        JsonNode pod = awaitPods("has ended", PodTest::hasEnded, "never").get("never");
        assertThat(phase(pod)).isEqualTo("Succeeded");
        ranInOrder(pod);
    }

    @Test
    void initContainersRunOnceInAPodThatGoesOn() {
        JsonNode pod = awaitPods("runs", PodTest::isReady, "always").get("always");
        assertThat(phase(pod)).isEqualTo("Running");
        ranInOrder(pod);
    }

    private static void ranInOrder(JsonNode pod) {
        assertThat(condition(pod, "Initialized").path("status").asString()).isEqualTo("True");
        for (int i = 0; i < 2; i++) {
            assertThat(init(pod, i).path("ready").asBoolean()).isTrue();
            assertThat(init(pod, i).path("restartCount").asInt()).isZero();
            assertThat(init(pod, i)
                            .path("state")
                            .path("terminated")
                            .path("exitCode")
                            .asInt(-1))
                    .isZero();
        }
        assertThat(init(pod, 0)
                        .path("state")
                        .path("terminated")
                        .path("finishedAt")
                        .asString())
                .isLessThanOrEqualTo(init(pod, 1)
                        .path("state")
                        .path("terminated")
                        .path("startedAt")
                        .asString());
    }

    @Test
    void anInitContainerThatFailsIsTriedAgainAndHoldsUpTheOthers() {
        JsonNode pod = awaitPods(
                        "was tried again",
                        each -> init(each, 0).path("restartCount").asInt() > 1,
                        "failing-always")
                .get("failing-always");
        assertThat(phase(pod)).isEqualTo("Pending");
        JsonNode initialized = condition(pod, "Initialized");
        assertThat(initialized.path("status").asString()).isEqualTo("False");
        assertThat(initialized.path("reason").asString()).isEqualTo("ContainersNotInitialized");
        assertThat(initialized.path("message").asString())
                .isEqualTo("containers with incomplete status: [init1 init2]");
        assertThat(init(pod, 0)
                        .path("lastState")
                        .path("terminated")
                        .path("exitCode")
                        .asInt())
                .isEqualTo(1);
        assertThat(init(pod, 1).path("state").path("waiting").path("reason").asString())
                .isEqualTo("PodInitializing");
        assertThat(container(pod).path("state").path("waiting").path("reason").asString())
                .isEqualTo("PodInitializing");
        assertThat(container(pod).path("started").asBoolean()).isFalse();
    }

    @Test
    void anInitContainerThatFailsEndsAPodThatIsNeverRestarted() {
        JsonNode pod =
                awaitPods("has ended", PodTest::hasEnded, "failing-never").get("failing-never");
        assertThat(phase(pod)).isEqualTo("Failed");
        assertThat(init(pod, 1)
                        .path("state")
                        .path("terminated")
                        .path("exitCode")
                        .asInt())
                .isEqualTo(1);
        assertThat(init(pod, 1).path("ready").asBoolean()).isFalse();
        assertThat(condition(pod, "Initialized").path("status").asString()).isEqualTo("False");
        assertThat(condition(pod, "Initialized").path("message").asString())
                .isEqualTo("containers with incomplete status: [init2]");
        assertThat(container(pod).path("state").path("waiting").path("reason").asString())
                .isEqualTo("PodInitializing");
    }

    @Test
    void aSidecarRunsBesideTheOthersAndEndsAfterThem() {
        JsonNode pod = awaitPods("has ended", PodTest::hasEnded, "sidecar").get("sidecar");
        assertThat(phase(pod)).isEqualTo("Succeeded");
        assertThat(kubectl.run("logs", "sidecar", "-c", "c")).isEqualTo("side\nafter\nmain");
        assertThat(init(pod, 0).path("started").asBoolean()).isFalse();
        assertThat(init(pod, 0)
                        .path("state")
                        .path("terminated")
                        .path("exitCode")
                        .asInt(-1))
                .isZero();
    }
}
