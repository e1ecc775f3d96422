package io.kybern.apiserver.registry.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.apiserver.registry.StrategyFaults;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class CsiStrategiesTest {

    private static final String GROUP = "storage.k8s.io";
    private static final StrategyFaults DRIVERS = StrategyFaults.of(GROUP, "csidrivers", CsiDriverStrategy::new);
    private static final StrategyFaults NODES = StrategyFaults.of(GROUP, "csinodes", CsiNodeStrategy::new);
    private static final StrategyFaults CAPACITIES =
            StrategyFaults.of(GROUP, "csistoragecapacities", StorageCapacityStrategy::new);
    private static final StrategyFaults ATTACHMENTS =
            StrategyFaults.of(GROUP, "volumeattachments", AttachmentStrategy::new);
    private static final StrategyFaults CLASSES =
            StrategyFaults.of(GROUP, "volumeattributesclasses", AttributesClassStrategy::new);
    private static final String ATTACHMENT = "spec: {attacher: d.io, nodeName: n, source: {persistentVolumeName: v}}";

    private static List<String> one(String fault) {
        return fault == null ? List.of() : List.of(fault);
    }

    @Test
    void aDriverGetsItsDefaults() {
        ObjectNode driver = DRIVERS.created("");
        assertThat(driver.get("spec"))
                .isEqualTo(Json.read("{\"attachRequired\":true,\"podInfoOnMount\":false,\"storageCapacity\":false,"
                        + "\"fsGroupPolicy\":\"ReadWriteOnceWithFSType\",\"volumeLifecycleModes\":[\"Persistent\"],"
                        + "\"requiresRepublish\":false,\"seLinuxMount\":false}"));
        assertThat(driver.at("/metadata/generation").asInt()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fsGroupPolicy: Some | spec.fsGroupPolicy: Unsupported value: \"Some\": supported values: \"File\", \"None\","
                        + " \"ReadWriteOnceWithFSType\"",
                "volumeLifecycleModes: [Brief] | spec.volumeLifecycleModes: Unsupported value: \"Brief\": supported values:"
                        + " \"Persistent\", \"Ephemeral\"",
                "tokenRequests: [{audience: a}, {audience: a}] | spec.tokenRequests[1].audience: Duplicate value: \"a\"",
                "tokenRequests: [{audience: a, expirationSeconds: 599}] | spec.tokenRequests[0].expirationSeconds: Invalid"
                        + " value: 599: may not specify a duration less than 10 minutes",
                "tokenRequests: [{audience: a, expirationSeconds: 4294967297}] | spec.tokenRequests[0].expirationSeconds:"
                        + " Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds",
                "nodeAllocatableUpdatePeriodSeconds: 9 | spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be"
                        + " greater than or equal to 10 seconds",
            })
    void aDriverSaysOnlyWhatCanBe(String spec, String fault) {
        assertThat(DRIVERS.onCreate("spec: {" + spec + "}")).isEqualTo(one(fault));
    }

    @Test
    void whatADriverIsStays() {
        assertThat(DRIVERS.onUpdate("", "spec: {attachRequired: false}"))
                .containsExactly("spec.attachedRequired: Invalid value: false: field is immutable");
        assertThat(DRIVERS.onUpdate("", "spec: {volumeLifecycleModes: [Ephemeral]}"))
                .containsExactly("spec.volumeLifecycleModes: Invalid value: [\"Ephemeral\"]: field is immutable");
        assertThat(DRIVERS.onUpdate("", "spec: {podInfoOnMount: true, requiresRepublish: true}"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: d.io, nodeID: n, topologyKeys: [a.io/zone]} |",
                "{name: d.io} | spec.drivers[0].nodeID: Required value",
                "{nodeID: n} | spec.drivers[0].name: Required value",
                "{name: d.io, nodeID: n, allocatable: {count: -1}} | spec.drivers[0].allocatable.count: Invalid value: -1: must"
                        + " be greater than or equal to 0",
                "{name: d.io, nodeID: n, topologyKeys: [z, z]} | spec.drivers[0]: Duplicate value: \"z\"",
            })
    void aNodeListsItsDrivers(String driver, String fault) {
        assertThat(NODES.onCreate("spec: {drivers: [" + driver + "]}")).isEqualTo(one(fault));
    }

    @Test
    void aNodesDriversComeAndGoButDoNotChange() {
        String one = "{name: d.io, nodeID: n}";
        assertThat(NODES.onCreate("spec: {drivers: [" + one + "," + one + "]}"))
                .containsExactly("spec.drivers[1].name: Duplicate value: \"d.io\"");
        assertThat(NODES.onUpdate("spec: {drivers: [" + one + "]}", "spec: {drivers: []}"))
                .isEmpty();
        assertThat(NODES.onUpdate(
                        "spec: {drivers: [" + one + "]}",
                        "spec: {drivers: [{name: d.io, nodeID: n, allocatable: {count: 3}}]}"))
                .isEmpty();
        assertThat(NODES.onUpdate("spec: {drivers: [" + one + "]}", "spec: {drivers: [{name: d.io, nodeID: m}]}"))
                .containsExactly(
                        "spec.drivers: Invalid value: {\"name\":\"d.io\",\"nodeID\":\"m\"}: field is immutable");
    }

    @Test
    void aCapacityIsOfOneClassInOnePlace() {
        String capacity = "{storageClassName: c, nodeTopology: {matchLabels: {z: a}}, capacity: 1Gi}";
        assertThat(CAPACITIES.onCreate(capacity)).isEmpty();
        assertThat(CAPACITIES.onCreate("{storageClassName: c, capacity: -1Gi}"))
                .containsExactly("capacity: Invalid value: \"-1Gi\": must be greater than or equal to 0");
        assertThat(CAPACITIES.onCreate("{storageClassName: C_}"))
                .singleElement()
                .asString()
                .startsWith("storageClassName: Invalid value: \"C_\": a lowercase RFC 1123 subdomain must consist of");
        assertThat(CAPACITIES.onUpdate(
                        capacity, "{storageClassName: c, nodeTopology: {matchLabels: {z: a}}, capacity: 2Gi}"))
                .isEmpty();
        assertThat(CAPACITIES.onUpdate(capacity, "{storageClassName: d}"))
                .containsExactly(
                        "nodeTopology: Invalid value: null: field is immutable",
                        "storageClassName: Invalid value: \"d\": field is immutable");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{persistentVolumeName: v} |",
                "{} | spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
                "{persistentVolumeName: v, inlineVolumeSpec: {}} | spec.source: Forbidden: must specify exactly one of"
                        + " inlineVolumeSpec and persistentVolumeName",
                "{persistentVolumeName: ''} | spec.source.persistentVolumeName: Required value: must specify non empty"
                        + " persistentVolumeName",
            })
    void anAttachmentHasOneSource(String source, String fault) {
        assertThat(ATTACHMENTS.onCreate("spec: {attacher: d.io, nodeName: n, source: " + source + "}"))
                .isEqualTo(one(fault));
    }

    @Test
    void anAttachmentBeginsUnattachedAndStaysWhereItIs() {
        ObjectNode made = ATTACHMENTS.created(ATTACHMENT);
        assertThat(made.get("status")).isEqualTo(Json.read("{\"attached\":false}"));
        assertThat(ATTACHMENTS.onUpdate(ATTACHMENT, ATTACHMENT.replace("nodeName: n", "nodeName: m")))
                .singleElement()
                .asString()
                .startsWith("spec: Invalid value: {")
                .endsWith("}: field is immutable");
        assertThat(ATTACHMENTS.onStatus(made, "{attached: true, attachError: {message: no, errorCode: -1}}"))
                .containsExactly("status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647,"
                        + " inclusive");
        assertThat(ATTACHMENTS
                        .withStatus(made, "{attached: true}")
                        .at("/status/attached")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void aClassOfAttributesNeverChanges() {
        String made = "{driverName: d.io, parameters: {iops: '1'}}";
        assertThat(CLASSES.onCreate(made)).isEmpty();
        assertThat(CLASSES.onCreate("{driverName: d.io}"))
                .containsExactly("parameters: Required value: must contain at least one key/value pair");
        assertThat(CLASSES.onCreate("{parameters: {iops: '1'}}")).containsExactly("driverName: Required value");
        assertThat(CLASSES.onUpdate(made, "{driverName: e.io, parameters: {iops: '2'}}"))
                .containsExactly(
                        "driverName: Forbidden: updates to driverName are forbidden.",
                        "parameters: Forbidden: updates to parameters are forbidden.");
    }
}
