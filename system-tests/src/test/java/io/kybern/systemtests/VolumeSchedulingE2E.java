package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pods and the volumes of their claims: who waits for whom, and which node it becomes; "Storage Classes" in the documentation. */
class VolumeSchedulingE2E extends ClusterTest {

    /** The names of this test's classes and volumes begin so. */
    private final String own = kubectl.namespace();

    private final String node = "node-2";

    @BeforeAll
    void make() {
        kubectl.apply("""
                apiVersion: storage.k8s.io/v1
                kind: StorageClass
                metadata: { name: %1$s-late, labels: { test: %1$s } }
                provisioner: kubernetes.io/no-provisioner
                volumeBindingMode: WaitForFirstConsumer
                ---
                apiVersion: storage.k8s.io/v1
                kind: StorageClass
                metadata: { name: %1$s-early, labels: { test: %1$s } }
                provisioner: kubernetes.io/no-provisioner
                volumeBindingMode: Immediate
                """.formatted(own));
        kubectl.apply(claim("chosen", "late", "ReadWriteOnce")
                + volume("far", "late", "no-such-node")
                + volume("near", "late", node)
                + pod("chosen", "persistentVolumeClaim: { claimName: chosen }")
                + pod("waits", "persistentVolumeClaim: { claimName: unmade }")
                + claim("alone", "standard", "ReadWriteOncePod")
                + pod("first", "persistentVolumeClaim: { claimName: alone }")
                + pod("passing", ephemeral())
                + claim("taken-data", "late", "ReadWriteOnce")
                + pod("taken", ephemeral()));
    }

    @AfterAll
    void removeWhatIsNotInTheNamespace() {
        for (String type : List.of("pv", "storageclass")) {
            new Kubectl("default").call("", Map.of(), "delete", type, "-l", "test=" + own, "--wait=false");
        }
    }

    private String claim(String name, String storageClass, String mode) {
        return """
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: { name: %s }
                spec: { storageClassName: %s, accessModes: [%s], resources: { requests: { storage: 10Mi } } }
                """.formatted(name, storageClass.equals("standard") ? storageClass : own + "-" + storageClass, mode);
    }

    private String volume(String name, String storageClass, String on) {
        return """
                ---
                apiVersion: v1
                kind: PersistentVolume
                metadata: { name: %1$s-%2$s, labels: { test: %1$s } }
                spec:
                  capacity: { storage: 10Mi }
                  accessModes: [ReadWriteOnce]
                  storageClassName: %1$s-%3$s
                  hostPath: { path: /tmp/%1$s-%2$s, type: DirectoryOrCreate }
                  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: kubernetes.io/hostname, operator: In, values: [%4$s] }] }] } }
                """.formatted(own, name, storageClass, on);
    }

    private static String ephemeral() {
        return "ephemeral: { volumeClaimTemplate: { metadata: { labels: { kind: passing } }, spec: {"
                + " accessModes: [ReadWriteOnce], resources: { requests: { storage: 10Mi } } } } }";
    }

    private static String pod(String name, String volume) {
        return """
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: %s }
                spec:
                  terminationGracePeriodSeconds: 0
                  volumes: [{ name: data, %s }]
                  containers:
                  - name: c
                    image: %s
                    imagePullPolicy: IfNotPresent
                    command: [sh, -c, "echo here > /data/x && sleep 3600"]
                    volumeMounts: [{ name: data, mountPath: /data }]
                """.formatted(name, volume, IMAGE);
    }

    private void waitsBecause(String pod, String why) {
        eventually(pod + " says why it waits").untilAsserted(() -> assertThat(
                        field("pod/" + pod, ".status.conditions[?(@.type==\"PodScheduled\")].message"))
                .contains(why));
    }

    private void runs(String pod) {
        eventually(pod + " runs").untilAsserted(() -> assertThat(field("pod/" + pod, ".status.phase"))
                .isEqualTo("Running"));
    }

    @Test
    void nodeAndVolumeAreChosenTogether() {
        runs("chosen");
        assertThat(field("pod/chosen", ".spec.nodeName")).isEqualTo(node);
        assertThat(field("pvc/chosen", ".spec.volumeName")).isEqualTo(own + "-near");
        eventually("the other volume is free")
                .untilAsserted(() ->
                        assertThat(field("pv/" + own + "-far", ".status.phase")).isEqualTo("Available"));
    }

    @Test
    void aPodWaitsForItsClaimsAndForTheirVolumes() {
        waitsBecause("waits", "persistentvolumeclaim \"unmade\" not found");
        kubectl.apply(claim("unmade", "early", "ReadWriteOnce"));
        waitsBecause("waits", "pod has unbound immediate PersistentVolumeClaims");
        kubectl.apply(volume("made", "early", node));
        runs("waits");
        assertThat(field("pod/waits", ".spec.nodeName")).isEqualTo(node);

        kubectl.apply(
                claim("poor", "late", "ReadWriteMany") + pod("poor", "persistentVolumeClaim: { claimName: poor }"));
        waitsBecause("poor", "node(s) didn't find available persistent volumes to bind");
    }

    @Test
    void aClaimForOnePodIsKeptFromASecond() {
        runs("first");
        kubectl.apply(pod("second", "persistentVolumeClaim: { claimName: alone }"));
        waitsBecause(
                "second",
                "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode");
        kubectl.run("delete", "pod", "first");
        runs("second");
    }

    @Test
    void anEphemeralVolumeLivesAsLongAsItsPod() {
        runs("passing");
        assertThat(field("pvc/passing-data", ".metadata.ownerReferences[0].uid"))
                .isEqualTo(field("pod/passing", ".metadata.uid"));
        assertThat(field("pvc/passing-data", ".metadata.labels.kind")).isEqualTo("passing");
        eventually("it has written")
                .untilAsserted(() -> assertThat(kubectl.run("exec", "passing", "--", "cat", "/data/x"))
                        .isEqualTo("here"));
        kubectl.run("delete", "pod", "passing");
        eventually("its claim is gone").until(() -> kubectl.call("", Map.of(), "get", "pvc", "passing-data")
                .error()
                .contains("NotFound"));
    }

    @Test
    void theClaimOfSomebodyElseIsNoEphemeralVolume() {
        String why = "PVC \"%1$s/taken-data\" was not created for pod \"%1$s/taken\" (pod is not owner)".formatted(own);
        waitsBecause("taken", why);
        eventually("an event says so").untilAsserted(() -> assertThat(kubectl.run("describe", "pod", "taken"))
                .contains("FailedBinding")
                .contains("ephemeral volume data: " + why));
    }
}
