package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The objects of storage and of address ranges, through their lives: made, read, found, changed, deleted alone and together. */
class StorageApiE2E extends PodTest {

    private final String own = kubectl.namespace();

    @AfterAll
    void removeWhatIsNotInTheNamespace() {
        for (String type :
                List.of("pv", "storageclass", "csidriver", "csinode", "volumeattachment", "volumeattributesclass")) {
            new Kubectl("default").call("", Map.of(), "delete", type, "-l", "test=" + own, "--wait=false");
        }
    }

    /** Makes two objects, labels one, deletes it alone and the other by its label. */
    private void lives(String type, String apiVersion, String kind, String fields) {
        for (String suffix : List.of("a", "b")) {
            kubectl.apply("""
                    apiVersion: %s
                    kind: %s
                    metadata: { name: %s-%s, labels: { test: %s } }
                    %s
                    """.formatted(apiVersion, kind, own, suffix, own, fields.strip()));
        }
        assertThat(get(type, own + "-a").path("kind").asString()).isEqualTo(kind);
        assertThat(get(type, "-l", "test=" + own).path("items").size()).isEqualTo(2);
        kubectl.run("label", type, own + "-a", "patched=yes");
        assertThat(kubectl.run("get", type, "-l", "patched=yes,test=" + own, "-o", "name"))
                .endsWith("/" + own + "-a");
        JsonNode before = get(type, own + "-b");
        kubectl.call(
                        before.toString().replace("\"labels\":{", "\"labels\":{\"replaced\":\"yes\","),
                        Map.of(),
                        "replace",
                        "-f",
                        "-")
                .ok();
        assertThat(field(type + "/" + own + "-b", ".metadata.labels.replaced")).isEqualTo("yes");
        kubectl.run("delete", type, own + "-a");
        kubectl.run("delete", type, "-l", "test=" + own);
        assertThat(kubectl.run("get", type, "-l", "test=" + own, "-o", "name")).isEmpty();
    }

    @Test
    void storageClassesLive() {
        lives("storageclasses", "storage.k8s.io/v1", "StorageClass", "provisioner: e2e.example.com/none");
    }

    @Test
    void volumeAttributesClassesLive() {
        lives(
                "volumeattributesclasses",
                "storage.k8s.io/v1",
                "VolumeAttributesClass",
                "driverName: e2e.example.com\nparameters: { iops: \"10\" }");
    }

    @Test
    void csiDriversLive() {
        lives(
                "csidrivers",
                "storage.k8s.io/v1",
                "CSIDriver",
                "spec: { attachRequired: false, volumeLifecycleModes: [Ephemeral] }");
    }

    @Test
    void csiNodesLive() {
        lives(
                "csinodes",
                "storage.k8s.io/v1",
                "CSINode",
                "spec: { drivers: [{ name: e2e.example.com, nodeID: \"n\", topologyKeys: [a/b] }] }");
    }

    @Test
    void csiStorageCapacitiesLive() {
        lives(
                "csistoragecapacities",
                "storage.k8s.io/v1",
                "CSIStorageCapacity",
                "storageClassName: none\ncapacity: 1Gi");
    }

    @Test
    void volumeAttachmentsLiveAndHaveAStatus() {
        String fields =
                "spec: { attacher: e2e.example.com, nodeName: absent, source: { persistentVolumeName: absent } }";
        kubectl.apply("apiVersion: storage.k8s.io/v1\nkind: VolumeAttachment\nmetadata: { name: " + own
                + "-s, labels: { test: " + own + "-s } }\n" + fields);
        kubectl.run(
                "patch",
                "volumeattachment",
                own + "-s",
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\":{\"attached\":true}}");
        assertThat(field("volumeattachment/" + own + "-s", ".status.attached")).isEqualTo("true");
        kubectl.run("delete", "volumeattachment", own + "-s");
        lives("volumeattachments", "storage.k8s.io/v1", "VolumeAttachment", fields);
    }

    @Test
    void volumesAndClaimsLiveAndHaveAStatus() {
        kubectl.apply("""
                apiVersion: v1
                kind: PersistentVolume
                metadata: { name: %1$s, labels: { test: %1$s } }
                spec:
                  capacity: { storage: 1Gi }
                  accessModes: [ReadWriteOnce]
                  storageClassName: %1$s
                  hostPath: { path: /tmp/%1$s }
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: { name: claim, labels: { test: %1$s } }
                spec: { accessModes: [ReadWriteOnce], storageClassName: %1$s, resources: { requests: { storage: 1Gi } } }
                """.formatted(own));
        eventually("the claim is bound")
                .until(() -> field("pvc/claim", ".status.phase").equals("Bound")
                        && field("pv/" + own, ".status.phase").equals("Bound"));
        for (String object : List.of("pv/" + own, "pvc/claim")) {
            kubectl.run(
                    "patch",
                    object,
                    "--subresource=status",
                    "--type=merge",
                    "-p",
                    "{\"status\":{\"reason\":\"E2E\",\"message\":\"set\","
                            + "\"conditions\":[{\"type\":\"StatusPatched\",\"status\":\"True\"}]}}");
            kubectl.run("label", object, "patched=" + own);
        }
        assertThat(field("pv/" + own, ".status.message")).isEqualTo("set");
        assertThat(field("pvc/claim", ".status.conditions[?(@.type==\"StatusPatched\")].status"))
                .isEqualTo("True");
        kubectl.run("delete", "pvc", "-l", "patched=" + own);
        eventually("the volume is released")
                .until(() -> field("pv/" + own, ".status.phase").equals("Released"));
        kubectl.run("delete", "pv", "-l", "patched=" + own);
        assertThat(kubectl.run("get", "pv", "-l", "test=" + own, "-o", "name")).isEmpty();
    }

    @Test
    void aPodMayAskForAVolumeOfADriver() {
        kubectl.apply(pod(
                "inline",
                stay(),
                "nodeSelector: { no: such-node }\nvolumes: [{ name: v, csi: { driver: e2e.example.com,"
                        + " readOnly: true, volumeAttributes: { a: b } } }]"));
        assertThat(field("pod/inline", ".spec.volumes[0].csi.driver")).isEqualTo("e2e.example.com");
        kubectl.run("delete", "pod", "inline");
    }

    @Test
    void addressRangesAndAddressesAreObjects() {
        eventually("the cluster's range is ready")
                .untilAsserted(() -> assertThat(condition(get("servicecidr", "kubernetes"), "Ready")
                                .path("status")
                                .asString())
                        .isEqualTo("True"));
        kubectl.run("create", "service", "clusterip", "addressed", "--tcp=80");
        JsonNode address = get("ipaddress", field("service/addressed", ".spec.clusterIP"));
        JsonNode parent = address.path("spec").path("parentRef");
        assertThat(List.of(
                        parent.path("resource").asString(),
                        parent.path("namespace").asString(),
                        parent.path("name").asString()))
                .containsExactly("services", own, "addressed");
        kubectl.run("delete", "service", "addressed");
        eventually("the address is given back").until(() -> kubectl.call(
                        "",
                        Map.of(),
                        "get",
                        "ipaddress",
                        address.path("metadata").path("name").asString())
                .error()
                .contains("NotFound"));
    }
}
