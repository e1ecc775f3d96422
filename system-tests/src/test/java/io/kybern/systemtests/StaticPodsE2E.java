package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What nodes run without being told by the server, and what they show of images. */
class StaticPodsE2E extends ClusterTest {

    private void awaitReady(String pod) {
        kubectl.run("wait", "--for=condition=Ready", "pod/" + pod, "--timeout=110s");
    }

    @Test
    void anImageIsAVolumeForReading() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: reading }
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: c
                    image: %1$s
                    command: [sh, -c, "ls -d /v/bin /s; touch /v/mine || echo kept"]
                    volumeMounts: [{ name: v, mountPath: /v }, { name: v, mountPath: /s, subPath: etc }]
                  volumes: [{ name: v, image: { reference: "%1$s" } }]
                """.formatted(IMAGE));
        eventually("it has read").untilAsserted(() -> assertThat(field("pod/reading", ".status.phase"))
                .isEqualTo("Succeeded"));
        assertThat(kubectl.run("logs", "reading")).contains("/v/bin", "/s", "kept");
    }

    @Test
    void aFileOnANodeIsAPodThatTheServerShows() {
        String file = "/m/" + kubectl.namespace() + ".yaml";
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: writer }
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - { name: c, image: %1$s, command: [sleep, "1000"], volumeMounts: [{ name: m, mountPath: /m }] }
                  volumes: [{ name: m, hostPath: { path: /etc/kubernetes/manifests, type: DirectoryOrCreate } }]
                """.formatted(IMAGE));
        awaitReady("writer");
        String mirror = "pod/fixed-" + field("pod/writer", ".spec.nodeName");
        String pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: fixed, namespace: " + kubectl.namespace()
                + " }\nspec: { terminationGracePeriodSeconds: 0, containers: [{ name: c, image: \"" + IMAGE
                + "\", command: [sleep, \"1000\"] }] }\n";
        try {
            kubectl.run("exec", "writer", "--", "sh", "-c", "echo '" + pod + "' > " + file);
            eventually("it is shown running").untilAsserted(() -> assertThat(field(mirror, ".status.phase"))
                    .isEqualTo("Running"));
            assertThat(kubectl.run("exec", mirror, "--", "hostname")).startsWith("fixed-");
            String uid = field(mirror, ".metadata.uid");
            String id = field(mirror, ".status.containerStatuses[0].containerID");
            kubectl.run("delete", mirror, "--wait=false");
            eventually("it is shown again").untilAsserted(() -> {
                assertThat(field(mirror, ".metadata.uid")).isNotEqualTo(uid);
                assertThat(field(mirror, ".status.containerStatuses[0].containerID"))
                        .isEqualTo(id);
            });
        } finally {
            kubectl.run("exec", "writer", "--", "rm", "-f", file);
        }
        eventually("it is gone")
                .untilAsserted(() -> assertThat(kubectl.run("get", mirror, "--ignore-not-found", "-o", "name"))
                        .isEmpty());
    }

    @Test
    void aNodeTellsOfItsMachineItsImagesAndThatItLives() {
        Kubectl cluster = new Kubectl("kube-node-lease");
        JsonNode node = ApiSession.JSON.readTree(cluster.run("get", "node", "node-1", "-o", "json"));
        JsonNode info = node.at("/status/nodeInfo");
        for (String fact : List.of(
                "machineID",
                "systemUUID",
                "bootID",
                "kernelVersion",
                "osImage",
                "containerRuntimeVersion",
                "kubeletVersion",
                "operatingSystem",
                "architecture")) {
            assertThat(info.path(fact).asString("")).as(fact).isNotEmpty();
        }
        assertThat(node.at("/status/conditions").findValuesAsString("type"))
                .containsExactlyInAnyOrder("MemoryPressure", "DiskPressure", "PIDPressure", "Ready");
        assertThat(node.at("/status/addresses").findValuesAsString("type")).contains("InternalIP", "Hostname");
        assertThat(node.at("/metadata/labels/kubernetes.io~1hostname").asString())
                .isEqualTo("node-1");
        assertThat(node.at("/status/images").toString()).contains(IMAGE);
        assertThat(cluster.run("get", "lease", "node-1", "-o", "jsonpath={.spec.holderIdentity}"))
                .isEqualTo("node-1");
        eventually("the lease belongs to the node").untilAsserted(() -> assertThat(cluster.run(
                        "get", "lease", "node-1", "-o", "jsonpath={.metadata.ownerReferences[*]['kind','uid']}"))
                .isEqualTo("Node " + cluster.run("get", "node", "node-1", "-o", "jsonpath={.metadata.uid}")));
        String renewed = renewTime(cluster);
        eventually("the lease is renewed").until(() -> !renewTime(cluster).equals(renewed));
    }

    private static String renewTime(Kubectl cluster) {
        return cluster.run("get", "lease", "node-1", "-o", "jsonpath={.spec.renewTime}");
    }
}
