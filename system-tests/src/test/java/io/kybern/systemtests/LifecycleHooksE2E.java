package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is done right after a container was started and right before it ends; "Container Lifecycle Hooks" in the documentation. */
class LifecycleHooksE2E extends PodTest {

    @BeforeAll
    void start() {
        kubectl.apply(pod(
                "handler",
                script(
                                "mkdir /w; touch /w/post-exec /w/post-http /w/pre-exec /w/pre-http; exec httpd -f -vv -p 8080 -h /w 2>&1")
                        + "readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }\n",
                ""));
        String handler = awaitPods("runs", PodTest::isReady, "handler")
                .get("handler")
                .path("status")
                .path("podIP")
                .asString();
        String log = "volumeMounts: [{ name: v, mountPath: /v }]\n";
        String patient = "terminationGracePeriodSeconds: 1";
        kubectl.apply(pod(
                        "post-exec",
                        stay()
                                + hook(
                                        "postStart",
                                        "exec: { command: [sh, -c, \"wget -qO- http://" + handler
                                                + ":8080/post-exec\"] }"),
                        "")
                + pod(
                        "post-http",
                        stay()
                                + hook(
                                        "postStart",
                                        "httpGet: { host: " + handler + ", port: 8080, path: \"/post-http\" }"),
                        "")
                + pod(
                                "pre-exec",
                                stay()
                                        + hook(
                                                "preStop",
                                                "exec: { command: [sh, -c, \"wget -qO- http://" + handler
                                                        + ":8080/pre-exec\"] }"),
                                "")
                        .replace(patient, "terminationGracePeriodSeconds: 30")
                + pod(
                                "pre-http",
                                stay()
                                        + hook(
                                                "preStop",
                                                "httpGet: { host: " + handler + ", port: 8080, path: \"/pre-http\" }"),
                                "")
                        .replace(patient, "terminationGracePeriodSeconds: 30")
                + pod("pre-sleep", stay() + hook("preStop", "sleep: { seconds: 3 }"), "")
                        .replace(patient, "terminationGracePeriodSeconds: 30")
                + pod("pre-long", stay() + hook("preStop", "exec: { command: [sleep, \"600\"] }"), "")
                        .replace(patient, "terminationGracePeriodSeconds: 3")
                + pod(
                        "post-fails",
                        stay() + hook("postStart", "exec: { command: [sh, -c, \"echo no good; exit 7\"] }"),
                        "")
                + pod(
                        "post-first",
                        script("cat /v/log; exec sleep 1000")
                                + log
                                + hook("postStart", "exec: { command: [sh, -c, \"sleep 2; echo posted >> /v/log\"] }"),
                        "volumes: [{ name: v, emptyDir: {} }]"));
        awaitPods("they run", PodTest::isReadyOrHasEnded);
    }

    private static String hook(String name, String action) {
        return "lifecycle: { " + name + ": { " + action + " } }\n";
    }

    private void wasAsked(String words) {
        eventually("the handler was asked for " + words)
                .untilAsserted(() -> assertThat(logs("handler")).contains("/" + words));
    }

    @Test
    void aCommandIsRunAfterTheStart() {
        wasAsked("post-exec");
    }

    @Test
    void aPageIsFetchedAfterTheStart() {
        wasAsked("post-http");
    }

    @Test
    void aCommandIsRunBeforeTheEnd() {
        kubectl.run("delete", "pod", "pre-exec", "--wait=false");
        wasAsked("pre-exec");
    }

    @Test
    void aPageIsFetchedBeforeTheEnd() {
        kubectl.run("delete", "pod", "pre-http", "--wait=false");
        wasAsked("pre-http");
    }

    @Test
    void aSleepHoldsUpTheEnd() {
        Instant before = Instant.now();
        kubectl.run("delete", "pod", "pre-sleep");
        assertThat(Duration.between(before, Instant.now())).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void aHookThatTakesLongerThanTheGracePeriodIsCutShort() {
        Instant before = Instant.now();
        // kubectl would give up long before the hook ends by itself
        kubectl.run("delete", "pod", "pre-long");
        assertThat(Duration.between(before, Instant.now())).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void aContainerIsNotRunningBeforeItsHookIsDone() {
        JsonNode pod = allPods().get("post-first");
        assertThat(exec("post-first", "cat /v/log")).isEqualTo("posted");
        Instant started = Instant.parse(
                container(pod).path("state").path("running").path("startedAt").asString());
        Instant ready =
                Instant.parse(condition(pod, "Ready").path("lastTransitionTime").asString());
        assertThat(Duration.between(started, ready)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aContainerWhoseFirstHookFailsIsKilled() {
        Map<String, JsonNode> pods = awaitPods("has ended", PodTest::hasEnded, "post-fails");
        assertThat(phase(pods.get("post-fails"))).isEqualTo("Failed");
        eventually("the events say why").untilAsserted(() -> assertThat(List.of(kubectl.run(
                                "get",
                                "events",
                                "--field-selector=involvedObject.name=post-fails",
                                "-o",
                                "jsonpath={range .items[*]}{.reason}: {.message}\n{end}")
                        .split("\n")))
                .contains("FailedPostStartHook: PostStartHook failed", "Killing: FailedPostStartHook"));
    }
}
