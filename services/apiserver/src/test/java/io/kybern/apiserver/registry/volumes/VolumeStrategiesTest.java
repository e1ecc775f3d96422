package io.kybern.apiserver.registry.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.registry.StrategyFaults;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PersistentVolumes, claims of them, and the classes that they are of. */
@Timeout(60)
final class VolumeStrategiesTest {

    private static final StrategyFaults VOLUMES = StrategyFaults.of("", "persistentvolumes", VolumeStrategy::new);
    private static final StrategyFaults CLAIMS = StrategyFaults.of("", "persistentvolumeclaims", ClaimStrategy::new);
    private static final StrategyFaults CLASSES =
            StrategyFaults.of("storage.k8s.io", "storageclasses", StorageClassStrategy::new);
    private static final String CAPACITY = "accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}";
    private static final String REQUEST = "accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}";

    private static String joined(List<String> faults) {
        return String.join(" & ", faults);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hostPath: {path: /a/../b} | spec.hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
                "local: {path: /a} | spec.nodeAffinity: Required value: Local volume requires node affinity",
                "hostPath: {path: /a}, nodeAffinity: {} | spec.nodeAffinity.required: Required value: must specify required node"
                        + " constraints",
                "nfs: {server: s, path: a} | spec.nfs.path: Invalid value: \"a\": must be an absolute path",
                "csi: {driver: d.io} | spec.csi.volumeHandle: Required value",
                "csi: {driver: d.io, volumeHandle: h, nodePublishSecretRef: {name: s}} |"
                        + " spec.csi.nodePublishSecretRef.namespace: Required value",
                "hostPath: {path: /a}, volumeAttributesClassName: c | spec.csi: Required value: has to be specified when using"
                        + " volumeAttributesClassName",
                "hostPath: {path: /a}, nfs: {server: s, path: /a} | spec.nfs: Forbidden: may not specify more than 1 volume type",
                "hostPath: {path: //}, persistentVolumeReclaimPolicy: Recycle | spec.persistentVolumeReclaimPolicy: Forbidden:"
                        + " may not be 'recycle' for a hostPath mount of '/'",
                "volumeMode: Block | spec: Required value: must specify a volume type",
            })
    void aVolumeComesFromOneGoodSource(String spec, String fault) {
        assertThat(joined(VOLUMES.onCreate("spec: {" + CAPACITY + ", " + spec + "}")))
                .isEqualTo(fault);
    }

    @Test
    void aVolumeStaysWhereItIs() {
        String volume = "spec: {" + CAPACITY + ", csi: {driver: d.io, volumeHandle: %s}, volumeMode: %s}";
        assertThat(VOLUMES.onUpdate(volume.formatted("a", "Block"), volume.formatted("b", "Filesystem")))
                .satisfiesExactly(
                        fault -> assertThat(fault)
                                .startsWith(
                                        "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable"
                                                + " after creation\n@@ -")
                                .contains("-    \"volumeHandle\": \"a\"\n+    \"volumeHandle\": \"b\"\n"),
                        fault -> assertThat(fault)
                                .isEqualTo("volumeMode: Invalid value: \"Filesystem\": field is immutable"));
        assertThat(VOLUMES.onUpdate(
                        volume.formatted("a", "Block"),
                        volume.formatted("a, controllerExpandSecretRef: {name: s, namespace: n}", "Block")))
                .isEmpty();
    }

    @Test
    void theNodesOfAVolumeChangeOnlyTheirLabelsNames() {
        String volume = "spec: {" + CAPACITY + ", hostPath: {path: /a}, nodeAffinity: {required: {nodeSelectorTerms:"
                + " [{matchExpressions: [{key: %s, operator: Exists}]}]}}}";
        String old = volume.formatted("beta.kubernetes.io/os");
        assertThat(VOLUMES.onUpdate(old, volume.formatted("kubernetes.io/os"))).isEmpty();
        assertThat(VOLUMES.onUpdate(old, volume.formatted("kubernetes.io/arch")))
                .singleElement()
                .asString()
                .startsWith("nodeAffinity: Invalid value: ")
                .endsWith(": field is immutable, except for updating from beta label to GA");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "dataSourceRef: {kind: Backup, name: b} | spec.dataSource: Invalid value: \"Backup\": must be"
                        + " 'PersistentVolumeClaim' when referencing the default apiGroup & spec.dataSourceRef: Invalid value:"
                        + " \"Backup\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
                "dataSource: {kind: PersistentVolumeClaim, name: a}, dataSourceRef: {kind: PersistentVolumeClaim, name: b} |"
                        + " spec: Invalid value: \"spec.dataSource\": must match dataSourceRef",
                "volumeMode: Some | spec.volumeMode: Unsupported value: \"Some\": supported values: \"Block\", \"Filesystem\"",
            })
    void aClaimSaysOnlyWhatCanBe(String spec, String fault) {
        assertThat(joined(CLAIMS.onCreate("spec: {" + REQUEST + ", " + spec + "}")))
                .isEqualTo(fault);
    }

    @Test
    void whatAClaimIsFilledFromStandsInBothFields() {
        var claim = CLAIMS.created("spec: {" + REQUEST + ", dataSource: {kind: PersistentVolumeClaim, name: a}}");
        assertThat(claim.at("/spec/dataSourceRef/name").asString()).isEqualTo("a");
        var other = CLAIMS.created("spec: {" + REQUEST + ", dataSource: {kind: Backup, apiGroup: b.io, name: a}}");
        assertThat(other.path("spec").has("dataSource")).isFalse();
    }

    @Test
    void aClaimChangesItsSizeAndItsClassOnce() {
        String before = "spec: {" + REQUEST + "}";
        assertThat(CLAIMS.onUpdate(before, "spec: {" + REQUEST + ", storageClassName: c, volumeName: v}"))
                .isEmpty();
        assertThat(CLAIMS.onUpdate(before, "spec: {" + REQUEST.replace("1Gi", "2Gi") + "}"))
                .singleElement()
                .asString()
                .startsWith("spec: Forbidden: spec is immutable after creation except resources.requests and"
                        + " volumeAttributesClassName for bound claims\n@@ -");
        assertThat(CLAIMS.onUpdate("spec: {" + REQUEST + ", volumeAttributesClassName: a}", "spec: {" + REQUEST + "}"))
                .contains("spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden");
    }

    @Test
    void oldWaysAreWarnedOf() {
        String old = "metadata: {annotations: {volume.beta.kubernetes.io/storage-class: c}}\n";
        String warning = "metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use"
                + " \"storageClassName\" attribute instead";
        assertThat(CLAIMS.strategy()
                        .warningsOnCreate(CLAIMS.object(old + "spec: {resources: {requests: {storage: 100m}}}")))
                .containsExactly(
                        warning,
                        "spec.resources.requests[storage]: fractional byte value \"100m\" is invalid, must be an integer");
        assertThat(VOLUMES.strategy()
                        .warningsOnCreate(VOLUMES.object(old + "spec: {persistentVolumeReclaimPolicy: Recycle}")))
                .containsExactly(
                        warning,
                        "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended"
                                + " approach is to use dynamic provisioning.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[{matchLabelExpressions: [{key: z}]}] | [0].matchLabelExpressions[0].values: Required value",
                "[{matchLabelExpressions: [{key: z, values: [a, a]}]}] | [0].matchLabelExpressions[0].values[1]: Duplicate"
                        + " value: \"a\"",
                "[{matchLabelExpressions: [{key: z, values: [a]}, {key: z, values: [b]}]}] | [0].matchLabelExpressions[1].key:"
                        + " Duplicate value: \"z\"",
                "[{matchLabelExpressions: [{key: z, values: [a]}]}, {matchLabelExpressions: [{key: z, values: [a]}]}] |"
                        + " [1].matchLabelExpressions: Duplicate value: \"\"",
            })
    void aClassNamesPlacesOnce(String topologies, String fault) {
        assertThat(joined(CLASSES.onCreate("provisioner: p\nallowedTopologies: " + topologies)))
                .isEqualTo("allowedTopologies" + fault);
    }
}
