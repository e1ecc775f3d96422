package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Claims and the volumes that they are bound to; "Persistent Volumes" in the documentation. */
class VolumesE2E extends ClusterTest {

    /** The class of this test's volumes, so that nobody else's claims take them. */
    private final String own = kubectl.namespace();

    @AfterAll
    void removeVolumes() {
        new Kubectl("default").call("", Map.of(), "delete", "pv", "-l", "test=" + own, "--wait=false");
    }

    private void volume(String name, String size) {
        kubectl.apply("""
                apiVersion: v1
                kind: PersistentVolume
                metadata: { name: %1$s-%2$s, labels: { test: %1$s } }
                spec:
                  capacity: { storage: %3$s }
                  accessModes: [ReadWriteOnce]
                  storageClassName: %1$s
                  hostPath: { path: /tmp/%1$s-%2$s, type: DirectoryOrCreate }
                """.formatted(own, name, size));
    }

    private void claim(String name, String size) {
        kubectl.apply("""
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: { name: %2$s }
                spec:
                  accessModes: [ReadWriteOnce]
                  storageClassName: %1$s
                  resources: { requests: { storage: %3$s } }
                """.formatted(own, name, size));
    }

    private void phase(String object, String phase) {
        eventually(object + " is " + phase)
                .untilAsserted(() -> assertThat(field(object, ".status.phase")).isEqualTo(phase));
    }

    @Test
    void aClaimIsBoundUsedAndItsVolumeReleased() {
        volume("large", "2Gi");
        volume("small", "1Gi");
        phase("pv/" + own + "-small", "Available");
        claim("data", "1Gi");
        phase("pvc/data", "Bound");
        phase("pv/" + own + "-small", "Bound");
        assertThat(field("pvc/data", ".spec.volumeName")).isEqualTo(own + "-small");
        assertThat(field("pvc/data", ".status.capacity.storage")).isEqualTo("1Gi");
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: user }
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
                  containers:
                  - name: c
                    image: %s
                    imagePullPolicy: IfNotPresent
                    command: [sh, -c, "echo kept > /data/file; cat /data/file"]
                    volumeMounts: [{ name: data, mountPath: /data }]
                """.formatted(IMAGE));
        kubectl.run("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/user", "--timeout=110s");
        assertThat(kubectl.run("logs", "user")).isEqualTo("kept");
        kubectl.run("delete", "pod/user", "pvc/data");
        phase("pv/" + own + "-small", "Released");
        claim("again", "1Gi");
        eventually("what was released is not given away")
                .untilAsserted(
                        () -> assertThat(field("pvc/again", ".spec.volumeName")).isEqualTo(own + "-large"));
    }

    @Test
    void aClaimWithoutAVolumeWaitsAndSaysSo() {
        claim("huge", "1Ti");
        eventually("the claim says what it waits for")
                .untilAsserted(() -> assertThat(kubectl.run("describe", "pvc", "huge"))
                        .contains("Pending")
                        .contains("storageclass.storage.k8s.io \"" + own + "\" not found"));
    }
}
