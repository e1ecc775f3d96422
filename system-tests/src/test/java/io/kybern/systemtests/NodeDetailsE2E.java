package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Restarts of whole pods, as whom containers run, what pods are given as a whole, and volumes that are devices. The pods of all tests start together. */
class NodeDetailsE2E extends PodTest {

    private static final String NODE = "node-1";

    private String device;

    @BeforeAll
    void startPods() {
        device = "dev-" + kubectl.namespace();
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: again }
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  initContainers:
                  - { name: setup, image: %1$s, command: [sh, -c, "hostname -i >> /v/runs"], volumeMounts: [{ name: v, mountPath: /v }] }
                  containers:
                  - { name: c, image: %1$s, command: [sleep, "1000"], volumeMounts: [{ name: v, mountPath: /v }] }
                  - name: trigger
                    image: %1$s
                    command: [sh, -c, "[ -e /v/been ] || { touch /v/been; exit 88; }; sleep 1000"]
                    restartPolicy: Never
                    restartPolicyRules: [{ action: RestartAllContainers, exitCodes: { operator: In, values: [88] } }]
                    volumeMounts: [{ name: v, mountPath: /v }]
                  volumes: [{ name: v, emptyDir: {} }]
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: strict }
                spec:
                  terminationGracePeriodSeconds: 0
                  securityContext: { runAsUser: 1000, runAsGroup: 3000, supplementalGroups: [4000], supplementalGroupsPolicy: Strict }
                  resources: { requests: { cpu: 20m, memory: 32Mi }, limits: { memory: 64Mi } }
                  containers: [{ name: c, image: %1$s, command: [sleep, "1000"] }]
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: maker }
                spec:
                  nodeSelector: { kubernetes.io/hostname: %2$s }
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: c
                    image: %1$s
                    command: [sh, -c, "mknod /machine/%3$s b 7 250; sleep 1000"]
                    securityContext: { privileged: true }
                    volumeMounts: [{ name: dev, mountPath: /machine }]
                  volumes: [{ name: dev, hostPath: { path: /dev, type: Directory } }]
                ---
                apiVersion: v1
                kind: PersistentVolume
                metadata: { name: %3$s }
                spec:
                  capacity: { storage: 1Mi }
                  accessModes: [ReadWriteOnce]
                  volumeMode: Block
                  persistentVolumeReclaimPolicy: Retain
                  storageClassName: %3$s
                  local: { path: /dev/%3$s }
                  nodeAffinity:
                    required:
                      nodeSelectorTerms:
                      - matchExpressions: [{ key: kubernetes.io/hostname, operator: In, values: [%2$s] }]
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: { name: raw }
                spec:
                  accessModes: [ReadWriteOnce]
                  volumeMode: Block
                  storageClassName: %3$s
                  resources: { requests: { storage: 1Mi } }
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: raw }
                spec:
                  nodeSelector: { kubernetes.io/hostname: %2$s }
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: c
                    image: %1$s
                    command: [sleep, "1000"]
                    volumeDevices: [{ name: v, devicePath: /dev/xvda }]
                  volumes: [{ name: v, persistentVolumeClaim: { claimName: raw } }]
                """.formatted(IMAGE, NODE, device));
    }

    @AfterAll
    void removeDevice() {
        kubectl.call("", Map.of(), "exec", "maker", "--", "rm", "-f", "/machine/" + device);
        kubectl.call("", Map.of(), "delete", "pv", device, "--wait=false");
    }

    @Test
    void aRuleRestartsAllContainersOfAPodInPlace() {
        JsonNode pod = awaitPods("all of them ran again", NodeDetailsE2E::ranAgain, "again")
                .get("again");
        assertThat(phase(pod)).isEqualTo("Running");
        assertThat(pod.path("status")
                        .path("initContainerStatuses")
                        .path(0)
                        .path("restartCount")
                        .asInt())
                .isEqualTo(1);
        assertThat(condition(pod, "AllContainersRestarting").path("status").asString())
                .isEqualTo("False");
        String ip = pod.path("status").path("podIP").asString();
        assertThat(exec("again", "cat /v/runs").lines().map(String::strip)).containsExactly(ip, ip);
    }

    private static boolean ranAgain(JsonNode pod) {
        JsonNode statuses = pod.path("status").path("containerStatuses");
        return isReady(pod)
                && statuses.path(0).path("restartCount").asInt() == 1
                && statuses.path(1).path("restartCount").asInt() == 1;
    }

    @Test
    void aContainersStatusTellsAsWhomItRuns() {
        JsonNode user = container(
                        awaitPods("it is ready", PodTest::isReady, "strict").get("strict"))
                .path("user")
                .path("linux");
        assertThat(user.path("uid").asLong()).isEqualTo(1000);
        assertThat(user.path("gid").asLong()).isEqualTo(3000);
        assertThat(user.path("supplementalGroups").toString()).contains("4000");
        assertThat(List.of(exec("strict", "id -G").strip().split(" "))).containsExactlyInAnyOrder("3000", "4000");
    }

    @Test
    void aPodsStatusTellsWhatItWasGivenAsAWhole() {
        JsonNode status = awaitPods("it is ready", PodTest::isReady, "strict")
                .get("strict")
                .path("status");
        assertThat(status.path("allocatedResources").path("cpu").asString()).isEqualTo("20m");
        assertThat(status.path("allocatedResources").path("memory").asString()).isEqualTo("32Mi");
        assertThat(status.path("resources").path("limits").path("memory").asString())
                .isEqualTo("64Mi");
        assertThat(status.path("qosClass").asString()).isEqualTo("Burstable");
    }

    @Test
    void aBlockVolumeIsADeviceInTheContainer() {
        awaitPods("it is ready", PodTest::isReady, "raw");
        assertThat(exec("raw", "[ -b /dev/xvda ] && stat -c %t:%T /dev/xvda")).isEqualTo("7:fa");
    }
}
