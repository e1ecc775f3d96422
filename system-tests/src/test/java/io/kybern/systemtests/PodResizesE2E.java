package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Control groups of pods, and resizes of pods that run: several containers at once, more and less, back again, and what cannot be. Each pod sees the
 * node's control groups. All pods start together.
 */
class PodResizesE2E extends ClusterTest {

    private static final String PENDING = "{.status.conditions[?(@.type==\"PodResizePending\")].reason}";
    private static final String IN_PROGRESS = "{.status.conditions[?(@.type==\"PodResizeInProgress\")].reason}";

    /** Of each container: its restarts and what it has, as cpu request/limit, memory request/limit. */
    private static final String HAVE =
            "{range .status.containerStatuses[*]}{.name} {.restartCount} {.resources.requests.cpu}/"
                    + "{.resources.limits.cpu} {.resources.requests.memory}/{.resources.limits.memory}; {end}";

    @BeforeAll
    void startPods() {
        kubectl.apply(pod(
                        "three",
                        container("c1", both("20m", "35Mi")),
                        container("c2", both("22m", "37Mi")),
                        container("c3", both("24m", "39Mi")))
                + pod(
                        "mixed",
                        container("c1", "requests: { cpu: 20m }"),
                        container("c2", "requests: { memory: 35Mi }"),
                        container("c3", "requests: { cpu: 2m }, limits: { cpu: 10m }"))
                + pod(
                        "anew",
                        container("c1", both("20m", "35Mi"))
                                .replace(
                                        "name: c1",
                                        "name: c1, resizePolicy: [{ resourceName: memory, restartPolicy: RestartContainer }]"))
                + pod("tight", container("c1", "requests: { memory: 35Mi }, limits: { memory: 35Mi }")));
        for (String each : new String[] {"three", "mixed", "anew", "tight"}) {
            eventually(each + " is ready").untilAsserted(() -> assertThat(
                            field("pod/" + each, ".status.conditions[?(@.type==\"Ready\")].status"))
                    .isEqualTo("True"));
        }
    }

    private static String both(String cpu, String memory) {
        return "requests: { cpu: %1$s, memory: %2$s }, limits: { cpu: %1$s, memory: %2$s }".formatted(cpu, memory);
    }

    private static String container(String name, String resources) {
        return """
                - { name: %s, image: "%s", command: [sleep, "1000"], volumeMounts: [{ name: groups, mountPath: /groups, readOnly: true }],
                    resources: { %s } }
                """.formatted(name, IMAGE, resources);
    }

    private static String pod(String name, String... containers) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: { name: %s }
                spec:
                  terminationGracePeriodSeconds: 0
                  volumes: [{ name: groups, hostPath: { path: /sys/fs/cgroup } }]
                  containers:
                """.formatted(name) + String.join("", containers).indent(2) + "---\n";
    }

    private void resize(String pod, String containers) {
        kubectl.run(
                "patch",
                "pod",
                pod,
                "--subresource=resize",
                "-p",
                "{\"spec\":{\"containers\":[" + containers.replace("'", "\"") + "]}}");
    }

    private static String to(String name, String cpu, String memory) {
        String amounts = "{'cpu':'%s','memory':'%s'}".formatted(cpu, memory);
        return "{'name':'%1$s','resources':{'requests':%2$s,'limits':%2$s}}".formatted(name, amounts);
    }

    /** Waits until the containers have that and nothing is left to be done. */
    private void awaitResized(String pod, String expected) {
        eventually(pod + " is resized").untilAsserted(() -> assertThat(
                        kubectl.run("get", "pod", pod, "-o", "jsonpath=" + HAVE + PENDING + IN_PROGRESS))
                .isEqualTo(expected.strip()));
    }

    /** The group's files by the names of version 1, else by those of version 2. */
    private String group(String pod, String tier) {
        String uid = field("pod/" + pod, ".metadata.uid");
        String group = "kubepods/" + tier + "pod" + uid;
        return kubectl.run("exec", pod, "-c", "c1", "--", "sh", "-c", """
                        if [ -e /groups/cgroup.controllers ]; then cd /groups/%1$s; set -- $(cat cpu.max); echo $1 $(cat memory.max)
                        else echo $(cat /groups/cpu/%1$s/cpu.cfs_quota_us) $(cat /groups/memory/%1$s/memory.limit_in_bytes); fi""".formatted(group))
                .strip();
    }

    @Test
    void severalContainersOfAGroupGrowAndShrinkAtOnceAndGoBack() {
        String before = "c1 0 20m/20m 35Mi/35Mi; c2 0 22m/22m 37Mi/37Mi; c3 0 24m/24m 39Mi/39Mi; ";
        assertThat(group("three", "")).isEqualTo("6600 " + (111L << 20));
        resize("three", to("c1", "25m", "40Mi") + "," + to("c2", "17m", "42Mi") + "," + to("c3", "29m", "34Mi"));
        awaitResized("three", "c1 0 25m/25m 40Mi/40Mi; c2 0 17m/17m 42Mi/42Mi; c3 0 29m/29m 34Mi/34Mi; ");
        eventually("the group has their sum")
                .untilAsserted(() -> assertThat(group("three", "")).isEqualTo("7100 " + (116L << 20)));
        resize("three", to("c1", "20m", "35Mi") + "," + to("c2", "22m", "37Mi") + "," + to("c3", "24m", "39Mi"));
        awaitResized("three", before);
        eventually("the group has less")
                .untilAsserted(() -> assertThat(group("three", "")).isEqualTo("6600 " + (111L << 20)));
    }

    @Test
    void requestsAndLimitsComeToContainersThatHadNone() {
        resize(
                "mixed",
                "{'name':'c1','resources':{'requests':{'cpu':'25m'},'limits':{'cpu':'35m'}}},"
                        + "{'name':'c2','resources':{'requests':{'cpu':'10m','memory':'30Mi'},'limits':{'memory':'50Mi'}}},"
                        + "{'name':'c3','resources':{'requests':{'cpu':'1m'},'limits':{'cpu':'5m'}}}");
        awaitResized("mixed", "c1 0 25m/35m /; c2 0 10m/ 30Mi/50Mi; c3 0 1m/5m /; ");
    }

    @Test
    void aContainerIsStartedAnewOnlyForWhatItSaysSo() {
        resize("anew", to("c1", "25m", "35Mi"));
        awaitResized("anew", "c1 0 25m/25m 35Mi/35Mi; ");
        resize("anew", to("c1", "25m", "40Mi"));
        awaitResized("anew", "c1 1 25m/25m 40Mi/40Mi; ");
        eventually("the group follows")
                .untilAsserted(() -> assertThat(group("anew", "")).isEqualTo("2500 " + (40L << 20)));
    }

    @Test
    void whatIsInUseIsNotTakenAndWhatTheNodeDoesNotHaveIsNotGiven() {
        String small = "{'name':'c1','resources':{'requests':{'memory':'%1$s'},'limits':{'memory':'%1$s'}}}";
        resize("tight", small.formatted("30Mi"));
        awaitResized("tight", "c1 0 / 30Mi/30Mi; ");
        resize("tight", small.formatted("10Ki"));
        eventually("it is refused").untilAsserted(() -> assertThat(
                        field("pod/tight", ".status.conditions[?(@.type==\"PodResizeInProgress\")].message"))
                .matches("cannot decrease memory limits: .*memory limit \\(10240\\) below current usage \\(\\d+\\).*"));
        assertThat(kubectl.run("get", "pod", "tight", "-o", "jsonpath=" + HAVE + PENDING + IN_PROGRESS))
                .isEqualTo("c1 0 / 30Mi/30Mi; Error");
        resize("tight", small.formatted("9000Ti"));
        eventually("it is more than there is")
                .untilAsserted(() -> assertThat(kubectl.run("get", "pod", "tight", "-o", "jsonpath=" + PENDING))
                        .isEqualTo("Infeasible"));
        resize("tight", small.formatted("35Mi"));
        awaitResized("tight", "c1 0 / 35Mi/35Mi; ");
    }
}
