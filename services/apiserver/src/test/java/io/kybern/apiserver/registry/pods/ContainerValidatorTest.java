package io.kybern.apiserver.registry.pods;

import static io.kybern.apiserver.registry.pods.PodSpecValidatorTest.PODS;
import static io.kybern.apiserver.registry.pods.PodSpecValidatorTest.joined;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class ContainerValidatorTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "volumeMounts: [{name: v, mountPath: /a, mountPropagation: Bidirectional}] | volumeMounts.mountPropagation:"
                        + " Forbidden: Bidirectional mount propagation is available only to privileged containers",
                "volumeMounts: [{name: v, mountPath: /a, mountPropagation: Some}] | volumeMounts.mountPropagation: Unsupported"
                        + " value: \"Some\": supported values: \"Bidirectional\", \"HostToContainer\", \"None\"",
                "volumeMounts: [{name: v, mountPath: /a, recursiveReadOnly: Enabled}] | volumeMounts.recursiveReadOnly:"
                        + " Forbidden: may only be specified when readOnly is true",
                "volumeMounts: [{name: v, mountPath: /a, subPath: /b}] | volumeMounts.subPath: Invalid value: \"/b\": must be a"
                        + " relative path",
                "volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /a}] | volumeMounts[1].mountPath: Invalid value:"
                        + " \"/a\": must be unique",
                "volumeDevices: [{name: v, devicePath: /a}] | volumeDevices[0].name: Invalid value: \"v\": can only use volume"
                        + " source type of PersistentVolumeClaim or Ephemeral for block mode",
                "volumeDevices: [{name: p, devicePath: /a/../b}] | volumeDevices[0].devicePath: Invalid value: \"/a/../b\": can"
                        + " not contain backsteps ('..')",
                "terminationMessagePolicy: Some | terminationMessagePolicy: Unsupported value: \"Some\": supported values:"
                        + " \"File\", \"FallbackToLogsOnError\"",
                "env: [{name: A, valueFrom: {}}] | env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`,"
                        + " `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
                "env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.phase}}}] | env[0].valueFrom.fieldRef.fieldPath:"
                        + " Unsupported value: \"status.phase\": supported values: \"metadata.name\", \"metadata.namespace\","
                        + " \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\","
                        + " \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"",
                "env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.x}}}] | env[0].valueFrom.fieldRef.fieldPath: Invalid"
                        + " value: \"spec.x\": error converting fieldPath: field label not supported: spec.x",
                "env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 2}}}] |"
                        + " env[0].valueFrom.resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m"
                        + " and 1 are supported with the cpu resource",
                "envFrom: [{prefix: a}] | envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`",
                "resources: {limits: {pods: 1}} | resources.limits[pods]: Invalid value: \"pods\": must be a standard resource"
                        + " for containers & spec.containers[0].resources.requests[pods]: Invalid value: \"pods\": must be a"
                        + " standard resource for containers",
                "resources: {requests: {a.b/c: 1}} | resources.limits: Required value: Limit must be set for non overcommitable"
                        + " resources",
                "resources: {limits: {hugepages-2Mi: 3Mi, cpu: 1}} | resources.limits[hugepages-2Mi]: Invalid value: \"3Mi\":"
                        + " 3Mi is not positive integer multiple of hugepages-2Mi &"
                        + " spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: \"3Mi\": 3Mi is not positive"
                        + " integer multiple of hugepages-2Mi",
                "resources: {limits: {hugepages-2Mi: 2Mi}} | resources: Forbidden: HugePages require cpu or memory",
                "resources: {claims: [{name: x}]} | resources.claims[0]: Not found: \"x\": must be one of the names in"
                        + " pod.spec.resourceClaims which is empty",
                "resizePolicy: [{resourceName: disk, restartPolicy: NotRequired}] | resizePolicy: Unsupported value: \"disk\":"
                        + " supported values: \"cpu\", \"memory\"",
                "lifecycle: {preStop: {sleep: {seconds: 31}}} | lifecycle.preStop.sleep: Invalid value: 31: must be non-negative"
                        + " and less than terminationGracePeriodSeconds (30)",
                "lifecycle: {stopSignal: SIGTERM} | lifecycle.stopSignal: Forbidden: may not be set for containers with empty"
                        + " `spec.os.name`",
                "livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: a_b}]}} | livenessProbe.httpGet.httpHeaders: Invalid"
                        + " value: \"a_b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g."
                        + " 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
                "livenessProbe: {sleep: {seconds: 1}} | livenessProbe: Required value: must specify a handler type",
            })
    void aContainerSaysOnlyWhatCanBe(String container, String fault) {
        String pod = "spec: {volumes: [{name: v, emptyDir: {}}, {name: p, persistentVolumeClaim: {claimName: x}}],"
                + " containers: [{name: c, image: i, " + container + "}]}";
        assertThat(joined(PODS.onCreate(pod))).isEqualTo("spec.containers[0]." + fault);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "name: c, image: i | spec.initContainers[0].name: Duplicate value: \"c\"",
                "name: d, image: i, ports: [{containerPort: 1, hostPort: 1}, {containerPort: 2, hostPort: 1}] |"
                        + " spec.initContainers[0].ports[1].hostPort: Duplicate value: \"TCP//1\"",
                "name: d, image: i, resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}] |"
                        + " spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": must not"
                        + " be set to 'RestartContainer' for non-sidecar initContainers",
            })
    void initContainersHaveRulesOfTheirOwn(String container, String fault) {
        assertThat(joined(PODS.onCreate(
                        "spec: {containers: [{name: c, image: i}], initContainers: [{" + container + "}]}")))
                .isEqualTo(fault);
    }

    @Test
    void ephemeralContainersAreOnlyForLooking() {
        var pod = PODS.created("""
                spec:
                  containers: [{name: c, image: i}]
                  volumes: [{name: v, emptyDir: {}}]
                  ephemeralContainers:
                  - {name: e, image: i, targetContainerName: x, ports: [{containerPort: 1}], resizePolicy: [],
                     volumeMounts: [{name: v, mountPath: /a, subPath: b}]}
                """);
        List<FieldError> errors = new ArrayList<>();
        PodSpecValidator.validate(pod.path("spec"), pod.path("metadata"), FieldPath.of("spec"), errors);
        assertThat(errors.stream().map(FieldError::message))
                .containsExactly(
                        "spec.ephemeralContainers[0].targetContainerName: Not found: \"x\"",
                        "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
                        "spec.ephemeralContainers[0].resizePolicy: Forbidden: cannot be set for an Ephemeral Container",
                        "spec.ephemeralContainers[0].volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral"
                                + " Container");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{name: x, resourceClaimName: a, resourceClaimTemplateName: b} | spec.resourceClaims[0]: Invalid value:"
                        + " {\"name\":\"x\",\"resourceClaimName\":\"a\",\"resourceClaimTemplateName\":\"b\"}: at most one of"
                        + " `resourceClaimName` or `resourceClaimTemplateName` may be specified",
                "{resourceClaimName: a} | spec.resourceClaims[0].name: Required value",
            })
    void claimsOfAPodHaveOneSource(String claim, String fault) {
        assertThat(joined(PODS.onCreate("spec: {containers: [{name: c, image: i}], resourceClaims: [" + claim + "]}")))
                .isEqualTo(fault);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "downwardAPI: {items: [{path: /a, fieldRef: {fieldPath: metadata.name}}]} | [0].downwardAPI.path: Invalid value:"
                        + " \"/a\": must be a relative path",
                "downwardAPI: {items: [{path: a, resourceFieldRef: {resource: limits.cpu}}]} |"
                        + " [0].downwardAPI.resourceFieldRef.containerName: Required value",
                "secret: {secretName: s, items: [{key: k, path: ..a}]} | [0].secret.items[0].path: Invalid value: \"..a\": must"
                        + " not start with '..'",
                "projected: {sources: [{configMap: {name: a, items: [{key: k, path: p}]}}, {secret: {name: b, items: [{key: k,"
                        + " path: p}]}}]} | [0].projected: Invalid value: \"b\": conflicting duplicate paths",
                "projected: {sources: [{configMap: {name: a}, secret: {name: b}}]} | [0].projected.sources[0]: Forbidden: may not"
                        + " specify more than 1 volume type per source",
                "hostPath: {path: /a, type: Some} | [0].hostPath.type: Unsupported value: \"Some\": supported values: \"\","
                        + " \"BlockDevice\", \"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\","
                        + " \"Socket\"",
                "nfs: {server: s, path: a} | [0].nfs.path: Invalid value: \"a\": must be an absolute path",
                "csi: {driver: d.io, nodePublishSecretRef: {}} | [0].csi.nodePublishSecretRef.name: Required value",
                "ephemeral: {} | [0].ephemeral.volumeClaimTemplate: Required value",
                "ephemeral: {volumeClaimTemplate: {metadata: {name: x}, spec: {accessModes: [ReadWriteOnce], resources:"
                        + " {requests: {storage: 1}}}}} | [0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be"
                        + " set",
                "secret: {secretName: s}, emptyDir: {} | [0].secret: Forbidden: may not specify more than 1 volume type",
                "iscsi: {targetPortal: p, iqn: x} | [0].iscsi.iqn: Invalid value: \"x\": must be valid format starting with iqn,"
                        + " eui, or naa",
            })
    void aVolumeHasOneGoodSource(String volume, String fault) {
        assertThat(joined(PODS.onCreate(
                        "spec: {containers: [{name: c, image: i}], volumes: [{name: v, " + volume + "}]}")))
                .isEqualTo("spec.volumes" + fault);
    }

    @Test
    void aFaultyVolumeCannotBeMounted() {
        assertThat(PODS.onCreate(
                        "spec: {volumes: [{name: v, secret: {}}], containers: [{name: c, image: i, volumeMounts:"
                                + " [{name: v, mountPath: /a}]}]}"))
                .containsExactly(
                        "spec.volumes[0].secret.secretName: Required value",
                        "spec.containers[0].volumeMounts[0].name: Not found: \"v\"");
    }

    @Test
    void tokensNeedAnAccount() {
        assertThat(PODS.onCreate(
                        "spec: {volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t}}]}}],"
                                + " containers: [{name: c, image: i}]}"))
                .containsExactly(
                        "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified"
                                + " when serviceAccountName is not set");
    }
}
