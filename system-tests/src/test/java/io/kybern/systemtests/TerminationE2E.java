package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is told about a container that has ended, and what comes after; "Pod Lifecycle" in the documentation. */
class TerminationE2E extends PodTest {

    private Map<String, JsonNode> pods = Map.of();

    @BeforeAll
    void start() {
        String custom = "terminationMessagePath: /dev/termination-custom-log\n";
        String fallback = "terminationMessagePolicy: FallbackToLogsOnError\n";
        String nonRoot = "securityContext: { runAsUser: 1000 }\n";
        kubectl.apply(pod("message", script("printf DONE > /dev/termination-log"), "")
                + pod("custom-path", custom + nonRoot + script("printf DONE > /dev/termination-custom-log"), "")
                + pod("log-on-error", fallback + nonRoot + script("printf DONE; exit 1"), "")
                + pod("log-on-success", fallback + script("printf DONE"), "")
                + pod("file-before-log", fallback + script("echo log; printf FILE > /dev/termination-log; exit 1"), "")
                + pod("long-message", script("head -c 5000 /dev/zero | tr \"\\0\" x > /dev/termination-log"), "")
                + pod("long-log", fallback + script("for i in $(seq 200); do echo line $i; done; exit 2"), "")
                + pod("always-fails", script("exit 1"), "")
                + pod("absent-command", "command: [absent-program]\n", "")
                + pod("greedy", "command: [tail, /dev/zero]\nresources: { limits: { memory: 16Mi } }\n", "")
                + pod("deadline", stay(), "activeDeadlineSeconds: 1")
                + pod(
                                "twice",
                                script("[ -e /v/seen ] || { touch /v/seen; exit 1; }")
                                        + "volumeMounts: [{ name: v, mountPath: /v }]\n",
                                "volumes: [{ name: v, emptyDir: {} }]")
                        .replace("restartPolicy: Never", "restartPolicy: OnFailure")
                + pod("never-pulled", stay(), "")
                        .replace("IfNotPresent", "Never")
                        .replace(IMAGE, "kybern/e2e-absent:1")
                + pod("absent-image", stay(), "").replace(IMAGE, "kybern/e2e-absent:2")
                + pod("again", script("exit 0"), "").replace("restartPolicy: Never", "restartPolicy: Always"));
        pods = awaitPods(
                "they have ended",
                PodTest::hasEnded,
                "message",
                "custom-path",
                "log-on-error",
                "log-on-success",
                "file-before-log",
                "long-message",
                "long-log",
                "always-fails",
                "absent-command",
                "greedy",
                "deadline",
                "twice");
    }

    private JsonNode terminated(String pod) {
        return container(pods.get(pod)).path("state").path("terminated");
    }

    private String message(String pod) {
        return terminated(pod).path("message").asString("");
    }

    @Test
    void theLastWordsOfAContainerAreInItsStatus() {
        assertThat(message("message")).isEqualTo("DONE");
        assertThat(phase(pods.get("message"))).isEqualTo("Succeeded");
    }

    @Test
    void theLastWordsMayBeWrittenElsewhereAndNotByRoot() {
        assertThat(message("custom-path")).isEqualTo("DONE");
        assertThat(phase(pods.get("custom-path"))).isEqualTo("Succeeded");
    }

    @Test
    void theLogIsTheLastWordIfTheContainerFailedAndSaidNothing() {
        assertThat(message("log-on-error")).isEqualTo("DONE");
        assertThat(message("log-on-success")).isEmpty();
        assertThat(message("file-before-log")).isEqualTo("FILE");
    }

    @Test
    void lastWordsAreCutToTheirEnds() {
        assertThat(message("long-message")).hasSize(4096);
        assertThat(message("long-log")).hasSizeLessThanOrEqualTo(2048).endsWith("line 200\n");
        assertThat(message("long-log").lines().count()).isLessThanOrEqualTo(80);
    }

    @Test
    void aContainerThatFailsHasItsReasonAndItsExitCode() {
        assertThat(terminated("always-fails").path("reason").asString()).isEqualTo("Error");
        assertThat(terminated("always-fails").path("exitCode").asInt()).isEqualTo(1);
        assertThat(terminated("always-fails").path("finishedAt").asString()).isNotEmpty();
        assertThat(terminated("greedy").path("exitCode").asInt()).isEqualTo(137);
        assertThat(terminated("greedy").path("reason").asString()).isEqualTo("OOMKilled");
        assertThat(terminated("message").path("reason").asString()).isEqualTo("Completed");
        assertThat(condition(pods.get("always-fails"), "Ready").path("reason").asString())
                .isEqualTo("PodFailed");
        assertThat(condition(pods.get("message"), "Ready").path("reason").asString())
                .isEqualTo("PodCompleted");
    }

    @Test
    void aContainerThatCannotStartSaysWhy() {
        assertThat(phase(pods.get("absent-command"))).isEqualTo("Failed");
        assertThat(terminated("absent-command").path("reason").asString()).isEqualTo("StartError");
        assertThat(terminated("absent-command").path("exitCode").asInt()).isEqualTo(128);
        assertThat(message("absent-command")).contains("exec: \"absent-program\": executable file not found in $PATH");
    }

    @Test
    void aContainerWhoseImageIsNotThereSaysWhy() {
        JsonNode never = awaitPods("waits", pod -> waits(pod, "ErrImageNeverPull"), "never-pulled")
                .get("never-pulled");
        assertThat(phase(never)).isEqualTo("Pending");
        assertThat(container(never).at("/state/waiting/message").asString())
                .isEqualTo("Container image \"kybern/e2e-absent:1\" is not present with pull policy of Never");
        JsonNode absent = awaitPods("waits longer", pod -> waits(pod, "ImagePullBackOff"), "absent-image")
                .get("absent-image");
        assertThat(phase(absent)).isEqualTo("Pending");
        assertThat(container(absent).at("/state/waiting/message").asString())
                .startsWith("Back-off pulling image \"kybern/e2e-absent:2\": ErrImagePull: ");
    }

    private static boolean waits(JsonNode pod, String reason) {
        return container(pod).at("/state/waiting/reason").asString("").equals(reason);
    }

    @Test
    void aPodThatIsActiveForTooLongFails() {
        JsonNode status = pods.get("deadline").path("status");
        assertThat(List.of(
                        status.path("phase").asString(),
                        status.path("reason").asString(),
                        status.path("message").asString()))
                .containsExactly(
                        "Failed", "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
    }

    @Test
    void onFailureAContainerRunsUntilItEndsWell() {
        assertThat(phase(pods.get("twice"))).isEqualTo("Succeeded");
        assertThat(container(pods.get("twice")).path("restartCount").asInt()).isEqualTo(1);
    }

    @Test
    void alwaysAContainerRunsAgainEvenAfterItEndedWell() {
        JsonNode pod = awaitPods(
                        "is started again",
                        each -> container(each).path("restartCount").asInt() > 0,
                        "again")
                .get("again");
        assertThat(phase(pod)).isEqualTo("Running");
        assertThat(container(pod)
                        .path("lastState")
                        .path("terminated")
                        .path("reason")
                        .asString())
                .isEqualTo("Completed");
        JsonNode waiting = awaitPods(
                        "waits", each -> container(each).path("state").has("waiting"), "again")
                .get("again");
        assertThat(isReady(waiting)).isFalse();
    }

    @Test
    void anExecutedCommandsOutputReachesTheLogOfAPodThatHasEnded() {
        assertThat(logs("log-on-error")).isEqualTo("DONE");
    }
}
