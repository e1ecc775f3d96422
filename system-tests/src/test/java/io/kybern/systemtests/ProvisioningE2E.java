package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Volumes that are made for claims, and what keeps them while they are used; "Dynamic Volume Provisioning" in the documentation. */
class ProvisioningE2E extends ClusterTest {

    private void phase(String object, String phase) {
        eventually(object + " is " + phase)
                .untilAsserted(() -> assertThat(field(object, ".status.phase")).isEqualTo(phase));
    }

    private boolean isThere(String object) {
        return kubectl.call("", Map.of(), "get", object, "-o", "name").exitCode() == 0;
    }

    @Test
    void aStatefulSetGetsItsVolumesAndFindsThemAgain() {
        kubectl.apply("""
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: { name: db }
                spec:
                  replicas: 2
                  serviceName: db
                  podManagementPolicy: Parallel
                  persistentVolumeClaimRetentionPolicy: { whenDeleted: Delete, whenScaled: Retain }
                  selector: { matchLabels: { app: db } }
                  template:
                    metadata: { labels: { app: db } }
                    spec:
                      terminationGracePeriodSeconds: 0
                      securityContext: { runAsUser: 1001 }
                      containers:
                      - name: c
                        image: %s
                        imagePullPolicy: IfNotPresent
                        command: [sh, -c, "echo $HOSTNAME >> /data/starts; sleep 3600"]
                        readinessProbe: { exec: { command: [test, -s, /data/starts] }, timeoutSeconds: 20, periodSeconds: 1 }
                        volumeMounts: [{ name: data, mountPath: /data }]
                  volumeClaimTemplates:
                  - metadata: { name: data }
                    spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 10Mi } } }
                """.formatted(IMAGE));
        kubectl.run("rollout", "status", "statefulset/db", "--timeout=110s");
        String volume = field("pvc/data-db-0", ".spec.volumeName");
        assertThat(field("pvc/data-db-0", ".spec.storageClassName")).isEqualTo("standard");
        assertThat(field("pvc/data-db-0", ".status.phase")).isEqualTo("Bound");
        String node = field("pod/db-0", ".spec.nodeName");
        assertThat(field(
                        "pv/" + volume,
                        ".spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values[0]"))
                .isEqualTo(node);
        assertThat(field("pvc/data-db-0", ".metadata.annotations.volume\\.kubernetes\\.io/selected-node"))
                .isEqualTo(node);
        kubectl.run("delete", "pod", "db-0");
        kubectl.run("rollout", "status", "statefulset/db", "--timeout=110s");
        eventually("the pod has found what it wrote")
                .untilAsserted(() -> assertThat(kubectl.run("exec", "db-0", "--", "cat", "/data/starts"))
                        .isEqualTo("db-0\ndb-0"));
        assertThat(field("pod/db-0", ".spec.nodeName")).isEqualTo(node);
        kubectl.run("delete", "statefulset", "db");
        eventually("volumes go with their claims").until(() -> !isThere("pv/" + volume));
    }

    @Test
    void aClaimStaysAsLongAsAPodUsesIt() {
        kubectl.apply("""
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: { name: used }
                spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 10Mi } } }
                """);
        eventually("the claim waits for a pod").untilAsserted(() -> assertThat(kubectl.run("describe", "pvc", "used"))
                .contains("waiting for first consumer to be created before binding"));
        assertThat(field("pvc/used", ".metadata.finalizers[0]")).isEqualTo("kubernetes.io/pvc-protection");
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: user }
                spec:
                  terminationGracePeriodSeconds: 0
                  volumes: [{ name: data, persistentVolumeClaim: { claimName: used } }]
                  containers:
                  - name: c
                    image: %s
                    imagePullPolicy: IfNotPresent
                    command: [sleep, "3600"]
                    volumeMounts: [{ name: data, mountPath: /data }]
                """.formatted(IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod/user", "--timeout=110s");
        String volume = field("pvc/used", ".spec.volumeName");
        kubectl.run("delete", "pvc", "used", "--wait=false");
        kubectl.run("delete", "pv", volume, "--wait=false");
        assertThat(kubectl.run("describe", "pvc", "used")).contains("Terminating");
        assertThat(kubectl.run("get", "pv", volume)).contains("Terminating");
        kubectl.run("delete", "pod", "user");
        eventually("the claim goes after its last pod").until(() -> !isThere("pvc/used"));
        eventually("the volume goes after its claim").until(() -> !isThere("pv/" + volume));
    }

    @AfterAll
    void removeClass() {
        kubectl.call("", Map.of(), "delete", "storageclass", growing(), "--ignore-not-found");
    }

    private String growing() {
        return kubectl.namespace() + "-grows";
    }

    private void claimed(String name, String more) {
        kubectl.apply("""
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: { name: %1$s }
                spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 10Mi } }%3$s }
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: %1$s }
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  volumes: [{ name: data, persistentVolumeClaim: { claimName: %1$s } }]
                  containers:
                  - { name: c, image: %2$s, imagePullPolicy: IfNotPresent, command: [touch, /data/x], volumeMounts: [{ name: data, mountPath: /data }] }
                """.formatted(name, IMAGE, more));
    }

    @Test
    void aClaimGrowsOnlyWhereItsClassAllowsIt() {
        kubectl.apply("""
                apiVersion: storage.k8s.io/v1
                kind: StorageClass
                metadata: { name: %s }
                provisioner: kybern.io/local-path
                volumeBindingMode: WaitForFirstConsumer
                allowVolumeExpansion: true
                """.formatted(growing()));
        claimed("fixed", "");
        claimed("grows", ", storageClassName: " + growing());
        phase("pvc/grows", "Bound");
        kubectl.run("patch", "pvc", "grows", "-p", "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"20Mi\"}}}}");
        eventually("the claim is larger").untilAsserted(() -> assertThat(field("pvc/grows", ".status.capacity.storage"))
                .isEqualTo("20Mi"));
        assertThat(field("pv/" + field("pvc/grows", ".spec.volumeName"), ".spec.capacity.storage"))
                .isEqualTo("20Mi");
        assertThat(kubectl.refused(
                        "patch",
                        "pvc",
                        "grows",
                        "-p",
                        "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"15Mi\"}}}}"))
                .contains("field can not be less than status.capacity");
        phase("pvc/fixed", "Bound");
        assertThat(kubectl.refused(
                        "patch",
                        "pvc",
                        "fixed",
                        "-p",
                        "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"20Mi\"}}}}"))
                .contains("only dynamically provisioned pvc can be resized");
        phase("pod/fixed", "Succeeded");
    }
}
