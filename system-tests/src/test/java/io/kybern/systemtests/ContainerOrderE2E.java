package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** In which order a pod's containers end, and when they are replaced; "Sidecar Containers" and "Termination of Pods" in the documentation. */
class ContainerOrderE2E extends PodTest {

    private static final String LOG = "volumeMounts: [{ name: v, mountPath: /v }]";
    private static final String VOLUME = "volumes: [{ name: v, emptyDir: {} }]\n";

    /** The same image by another name. */
    private static final String RENAMED = "docker.io/" + IMAGE;

    @BeforeAll
    void start() {
        kubectl.apply(pod(
                                "order",
                                script("until test -e /v/go; do sleep 0.2; done; echo main >> /v/log") + LOG + "\n",
                                VOLUME + "initContainers:\n"
                                        + sidecar(
                                                "one",
                                                "trap 'echo one ends >> /v/log; cat /v/log; exit 0' TERM",
                                                "echo one is told >> /v/log; touch /v/one")
                                        + sidecar(
                                                "two",
                                                "trap 'echo two ends >> /v/log; exit 3' TERM; touch /v/go",
                                                "until test -e /v/one; do sleep 0.2; done; echo two is told >> /v/log"))
                        .replace("terminationGracePeriodSeconds: 1", "terminationGracePeriodSeconds: 90")
                + replaced("replaced-never", "Never")
                + replaced("replaced-on-failure", "OnFailure")
                + pod(
                        "initializing",
                        stay(),
                        "initContainers:\n- { name: init, image: " + IMAGE
                                + ", imagePullPolicy: IfNotPresent, command: [sleep, \"1000\"] }\n")
                + pod("foreign", "", "os: { name: windows }\nnodeName: " + anyNode() + "\n"));
    }

    private static String sidecar(String name, String begin, String hook) {
        return ("- { name: %s, image: %s, imagePullPolicy: IfNotPresent, restartPolicy: Always, %s,"
                        + " command: [sh, -c, \"%s; while true; do sleep 0.2; done\"],"
                        + " lifecycle: { preStop: { exec: { command: [sh, -c, \"%s\"] } } } }\n")
                .formatted(name, IMAGE, LOG, begin, hook);
    }

    private static String replaced(String name, String policy) {
        String other = "- { name: other, image: %s, imagePullPolicy: IfNotPresent, command: [sleep, \"1000\"] }\n"
                .formatted(IMAGE);
        String init =
                "initContainers:\n- { name: init, image: %s, imagePullPolicy: IfNotPresent, command: [\"true\"] }\n"
                        .formatted(IMAGE);
        return pod(name, stay(), other + init)
                .replace("restartPolicy: Never", "restartPolicy: " + policy)
                .replace("terminationGracePeriodSeconds: 1", "terminationGracePeriodSeconds: 30");
    }

    private String anyNode() {
        return field("nodes", ".items[0].metadata.name");
    }

    private static JsonNode init(JsonNode pod) {
        return pod.path("status").path("initContainerStatuses").path(0);
    }

    @Test
    void sidecarsAreToldAtOnceAndEndInReverseOrder() {
        JsonNode pod = awaitPods("has ended", PodTest::hasEnded, "order").get("order");
        assertThat(phase(pod)).isEqualTo("Succeeded");
        assertThat(kubectl.run("logs", "order", "-c", "one"))
                .isEqualTo("main\none is told\ntwo is told\ntwo ends\none ends");
        assertThat(pod.path("status").path("initContainerStatuses"))
                .extracting(status -> status.path("state").path("terminated"))
                .extracting(end -> end.path("exitCode").asInt(-1) + " "
                        + end.path("reason").asString())
                .containsExactly("0 Completed", "3 Error");
    }

    @Test
    void aContainerWithAnotherImageIsReplacedWhateverItsPolicy() {
        String[] names = {"replaced-never", "replaced-on-failure"};
        awaitPods("runs", PodTest::isReady, names);
        for (String name : names) {
            kubectl.run("set", "image", "pod/" + name, "c=" + RENAMED, "init=" + RENAMED);
        }
        Map<String, JsonNode> pods = awaitPods(
                "runs anew",
                pod -> isReady(pod) && container(pod).path("restartCount").asInt() == 1,
                names);
        for (String name : names) {
            JsonNode pod = pods.get(name);
            assertThat(container(pod).path("image").asString()).isEqualTo(RENAMED);
            assertThat(container(pod)
                            .path("lastState")
                            .path("terminated")
                            .path("exitCode")
                            .asInt(-1))
                    .isZero();
            assertThat(pod.path("status")
                            .path("containerStatuses")
                            .path(1)
                            .path("restartCount")
                            .asInt(-1))
                    .isZero();
            assertThat(init(pod).path("restartCount").asInt(-1)).isZero();
            assertThat(init(pod).path("image").asString()).isEqualTo(IMAGE);
            eventually("the event says why").untilAsserted(() -> assertThat(List.of(kubectl.run(
                                    "get",
                                    "events",
                                    "--field-selector=reason=Killing,involvedObject.name=" + name,
                                    "-o",
                                    "jsonpath={range .items[*]}{.message}\n{end}")
                            .split("\n")))
                    .contains("Container c definition changed, will be restarted"));
        }
    }

    @Test
    void anInitContainerThatRunsIsStartedAndItsPodIsPending() {
        JsonNode pod = awaitPods(
                        "its init container runs",
                        each -> init(each).path("state").has("running"),
                        "initializing")
                .get("initializing");
        assertThat(init(pod).path("started").asBoolean()).isTrue();
        assertThat(init(pod).path("ready").asBoolean()).isFalse();
        assertThat(phase(pod)).isEqualTo("Pending");
    }

    @Test
    void aPodForAnotherOperatingSystemIsRejected() {
        JsonNode pod = awaitPods("is rejected", PodTest::hasEnded, "foreign").get("foreign");
        assertThat(pod.path("status").path("reason").asString()).isEqualTo("PodOSNotSupported");
        assertThat(pod.path("status").path("message").asString())
                .isEqualTo("Pod was rejected: Failed to admit pod as the OS field doesn't match node OS");
    }
}
