package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Who asks whether a container is alive and ready; "Configure Liveness, Readiness and Startup Probes" in the documentation. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProbesE2E extends PodTest {

    private static final String WEB = "mkdir -p /w && echo ok > /w/healthz && ";
    private static final String HTTPD = "exec httpd -f -p 8080 -h /w";

    /** The waits before them are of 10, 20, 40 and 80 seconds. */
    private static final Duration TIME_OF_FIVE_RESTARTS = Duration.ofSeconds(400);

    @BeforeAll
    void start() {
        kubectl.apply((pod(
                                "exec-fails",
                                script("touch /tmp/health; sleep 4; rm /tmp/health; exec sleep 1000")
                                        + "livenessProbe: { exec: { command: [cat, /tmp/health] }, timeoutSeconds: 20, periodSeconds: 1, failureThreshold: 1 }\n",
                                "")
                        + pod(
                                "exec-holds",
                                script("touch /tmp/health; exec sleep 1000")
                                        + "livenessProbe: { exec: { command: [cat, /tmp/health] }, timeoutSeconds: 20, periodSeconds: 1, failureThreshold: 10 }\n",
                                "")
                        + pod(
                                "exec-slow",
                                stay()
                                        + "livenessProbe: { exec: { command: [sleep, '20'] }, timeoutSeconds: 1, periodSeconds: 2, failureThreshold: 1 }\n",
                                "")
                        + pod(
                                "http-fails",
                                script(WEB + "{ sleep 3; rm /w/healthz; } & " + HTTPD)
                                        + "livenessProbe: { httpGet: { path: /healthz, port: 8080 }, initialDelaySeconds: 1, timeoutSeconds: 20, periodSeconds: 1, failureThreshold: 3 }\n",
                                "")
                        + pod(
                                "http-holds",
                                script(WEB + HTTPD)
                                        + "livenessProbe: { httpGet: { path: /healthz, port: 8080, httpHeaders: [{ name: X-Probe, value: '1' }] },"
                                        + " initialDelaySeconds: 1, timeoutSeconds: 20, periodSeconds: 1, failureThreshold: 10 }\n",
                                "")
                        + pod(
                                "tcp-fails",
                                stay()
                                        + "livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 2 }\n",
                                "")
                        + pod(
                                "tcp-holds",
                                script(WEB + HTTPD)
                                        + "livenessProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 1, timeoutSeconds: 20, periodSeconds: 1, failureThreshold: 10 }\n",
                                "")
                        + pod(
                                "again-and-again",
                                stay()
                                        + "livenessProbe: { exec: { command: [sh, -c, 'echo no good; exit 1'] }, periodSeconds: 1, failureThreshold: 1 }\n",
                                "")
                        + pod(
                                "late",
                                script(WEB + HTTPD)
                                        + "readinessProbe: { httpGet: { path: /healthz, port: 8080 }, initialDelaySeconds: 6, periodSeconds: 1 }\n",
                                "")
                        + pod(
                                "never",
                                stay() + "readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 }\n",
                                "")
                        + pod(
                                "starting",
                                script("sleep 8; touch /tmp/started; exec sleep 1000")
                                        + "startupProbe: { exec: { command: [cat, /tmp/started] }, timeoutSeconds: 20, periodSeconds: 1, failureThreshold: 60 }\n"
                                        + "livenessProbe: { exec: { command: [cat, /tmp/started] }, timeoutSeconds: 20, periodSeconds: 1, failureThreshold: 3 }\n"
                                        + "readinessProbe: { exec: { command: ['true'] }, timeoutSeconds: 20, periodSeconds: 1 }\n",
                                "")
                        + pod(
                                        "stubborn",
                                        script("trap \"\" TERM; while true; do sleep 1; done")
                                                + "livenessProbe: { exec: { command: ['false'] }, timeoutSeconds: 20, periodSeconds: 1,"
                                                + " failureThreshold: 1, terminationGracePeriodSeconds: 1 }\n",
                                        "")
                                .replace(
                                        "terminationGracePeriodSeconds: 1\n  enable",
                                        "terminationGracePeriodSeconds: 300\n  enable")
                        + pod(
                                "never-started",
                                stay()
                                        + "startupProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 }\n",
                                ""))
                .replace("restartPolicy: Never", "restartPolicy: Always"));
        awaitPods(
                "was restarted",
                pod -> restarts(pod) > 0,
                "exec-fails",
                "exec-slow",
                "http-fails",
                "tcp-fails",
                "never-started",
                "again-and-again");
    }

    private static int restarts(JsonNode pod) {
        return container(pod).path("restartCount").asInt();
    }

    private void saysWhy(String pod, String... words) {
        eventually("the events of " + pod).untilAsserted(() -> assertThat(kubectl.run(
                        "get",
                        "events",
                        "--field-selector=involvedObject.name=" + pod,
                        "-o",
                        "jsonpath={range .items[*]}{.reason}: {.message}\n{end}"))
                .contains(words));
    }

    @Test
    void aContainerWhoseCommandFailsIsRestarted() {
        saysWhy(
                "exec-fails",
                "Unhealthy: Liveness probe failed: cat: can't open '/tmp/health'",
                "Killing: Container c failed liveness probe, will be restarted");
    }

    @Test
    void aContainerWhoseCommandTakesTooLongIsRestarted() {
        saysWhy("exec-slow", "Unhealthy: Liveness probe failed: command timed out: \"sleep 20\" timed out after 1s");
    }

    @Test
    void aContainerWhosePageFailsIsRestarted() {
        saysWhy("http-fails", "Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 404");
    }

    @Test
    void aContainerWhosePortIsClosedIsRestarted() {
        saysWhy("tcp-fails", "Unhealthy: Liveness probe failed: dial tcp ", ":8080: connect: connection refused");
    }

    @Test
    void containersWhoseProbesHoldAreLeftAlone() {
        // by now they were asked many times: others were restarted because of the same probes
        awaitPods(
                "ready and never restarted",
                pod -> isReady(pod) && restarts(pod) == 0,
                "exec-holds",
                "http-holds",
                "tcp-holds");
    }

    @Test
    void theNumberOfRestartsOnlyGrows() {
        int[] before = new int[1];
        eventually("it was restarted five times").atMost(TIME_OF_FIVE_RESTARTS).until(() -> {
            int now = restarts(get("pod", "again-and-again"));
            assertThat(now).isGreaterThanOrEqualTo(before[0]);
            before[0] = now;
            return now >= 5;
        });
        saysWhy(
                "again-and-again",
                "Liveness probe failed: no good",
                "BackOff: Back-off restarting failed container c in pod again-and-again_");
    }

    @Test
    void aPodIsNotReadyBeforeTheFirstLookAndNotRestarted() {
        JsonNode pod = awaitPods("is ready", PodTest::isReady, "late").get("late");
        Instant started = Instant.parse(
                container(pod).path("state").path("running").path("startedAt").asString());
        Instant ready =
                Instant.parse(condition(pod, "Ready").path("lastTransitionTime").asString());
        assertThat(Duration.between(started, ready)).isGreaterThanOrEqualTo(Duration.ofSeconds(5));
        assertThat(restarts(pod)).isZero();
    }

    @Test
    void aPodThatIsNeverReadyIsNotRestarted() {
        saysWhy("never", "Unhealthy: Readiness probe failed:");
        JsonNode pod = get("pod", "never");
        assertThat(phase(pod)).isEqualTo("Running");
        assertThat(restarts(pod)).isZero();
        assertThat(condition(pod, "Ready").path("status").asString()).isEqualTo("False");
        assertThat(condition(pod, "Ready").path("reason").asString()).isEqualTo("ContainersNotReady");
        assertThat(condition(pod, "Ready").path("message").asString()).isEqualTo("containers with unready status: [c]");
        assertThat(container(pod).path("started").asBoolean()).isTrue();
    }

    @Test
    void nothingElseIsAskedUntilTheContainerHasStarted() {
        JsonNode pod = awaitPods("is ready", PodTest::isReady, "starting").get("starting");
        assertThat(restarts(pod)).isZero();
        saysWhy("starting", "Unhealthy: Startup probe failed: cat: can't open '/tmp/started'");
        Instant started = Instant.parse(
                container(pod).path("state").path("running").path("startedAt").asString());
        Instant ready =
                Instant.parse(condition(pod, "Ready").path("lastTransitionTime").asString());
        assertThat(Duration.between(started, ready)).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void aContainerThatNeverStartsIsRestarted() {
        saysWhy("never-started", "Killing: Container c failed startup probe, will be restarted");
        assertThat(container(get("pod", "never-started")).path("ready").asBoolean())
                .isFalse();
    }

    @Test
    void aContainerThatDoesNotEndHasAsLongAsItsProbeGrants() {
        // with the time that its pod grants it would not be restarted before this gives up
        awaitPods("was restarted", pod -> restarts(pod) > 0, "stubborn");
        assertThat(get("pod", "stubborn")
                        .at("/spec/terminationGracePeriodSeconds")
                        .asInt())
                .isEqualTo(300);
        kubectl.run("delete", "pod", "stubborn", "--grace-period=0", "--force", "--wait=false");
    }
}
