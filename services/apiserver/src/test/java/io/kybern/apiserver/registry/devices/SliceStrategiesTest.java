package io.kybern.apiserver.registry.devices;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.registry.StrategyFaults;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class SliceStrategiesTest {

    private static final String GROUP = "resource.k8s.io";
    private static final StrategyFaults SLICES = StrategyFaults.of(GROUP, "resourceslices", ResourceSliceStrategy::new);
    private static final StrategyFaults CLASSES = StrategyFaults.of(GROUP, "deviceclasses", DeviceClassStrategy::new);
    private static final String SLICE = "driver: d.io, pool: {name: p, resourceSliceCount: 1}, nodeName: n";

    private static List<String> one(String fault) {
        return fault == null ? List.of() : List.of(fault);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                SLICE + " |",
                "driver: d.io, pool: {name: a.io/b, resourceSliceCount: 1}, allNodes: true |",
                "pool: {name: p, resourceSliceCount: 1}, nodeName: n | spec.driver: Required value",
                "driver: d.io, pool: {resourceSliceCount: 1}, nodeName: n | spec.pool.name: Required value",
                "driver: d.io, pool: {name: p}, nodeName: n | spec.pool.resourceSliceCount: Invalid value: 0: must be greater"
                        + " than zero",
                "driver: d.io, pool: {name: p, resourceSliceCount: 1, generation: -1}, nodeName: n | spec.pool.generation:"
                        + " Invalid value: -1: must be greater than or equal to zero",
                "driver: d.io, pool: {name: p, resourceSliceCount: 1} | spec: Required value: exactly one of `nodeName`,"
                        + " `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
                SLICE
                        + ", allNodes: true | spec: Invalid value: \"{`nodeName`, `allNodes`}\": exactly one of `nodeName`,"
                        + " `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set",
                SLICE + ", allNodes: false | spec.allNodes: Invalid value: false: must be either unset or set to true",
                SLICE + ", devices: [], sharedCounters: [] | spec: Invalid value: \"\": only one of `sharedCounters` or"
                        + " `devices` is allowed",
                SLICE + ", sharedCounters: [{name: s}] | spec.sharedCounters[0].counters: Required value",
            })
    void aSliceIsOfOnePoolAtSomeNodes(String spec, String fault) {
        assertThat(SLICES.onCreate("spec: {" + spec + "}")).isEqualTo(one(fault));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: g, attributes: {model: {string: m}, d.io/rev: {version: 1.2.3-a+b}}, capacity: {memory: {value: 1Gi}}}"
                        + " |",
                "{name: g, attributes: {model: {}}} | .attributes[model]: Invalid value: \"\": exactly one value must be"
                        + " specified",
                "{name: g, attributes: {model: {string: m, int: 1}}} | .attributes[model]: Invalid value:"
                        + " {\"string\":\"m\",\"int\":1}: exactly one value must be specified",
                "{name: g, attributes: {rev: {version: '1.2'}}} | .attributes[rev].version: Invalid value: \"1.2\": must be a"
                        + " string compatible with semver.org spec 2.0.0",
                "{name: g, attributes: {a/b/c: {int: 1}}} | .attributes: Invalid value: \"a/b/c\": must not contain more than"
                        + " one slash",
                "{name: g, attributes: {/c: {int: 1}}} | .attributes: Invalid value: \"\": the domain must not be empty",
                "{name: g, taints: [{key: k, effect: Explode}]} | .taints[0].effect: Unsupported value: \"Explode\": supported"
                        + " values: \"NoExecute\", \"NoSchedule\", \"None\"",
                "{name: g, allNodes: true} | : Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if"
                        + " `perDeviceNodeSelection` is set to true in the ResourceSlice spec",
                "{name: g, capacity: {m: {value: 4, requestPolicy: {default: 1, validValues: [1]}}}} |"
                        + " .capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true",
                "{name: g, allowMultipleAllocations: true, capacity: {m: {value: 4, requestPolicy: {default: 1, validRange: {min:"
                        + " 1, step: 1}}}}} |",
                "{name: g, allowMultipleAllocations: true, capacity: {m: {value: 4, requestPolicy: {default: 3, validRange: {min:"
                        + " 1, max: 2}}}}} | .capacity[m].requestPolicy.validRange.default: Invalid value: \"3\": default is more"
                        + " than max: 2",
                "{name: g, bindingConditions: [a]} | .bindingFailureConditions: Invalid value: null: bindingFailureConditions"
                        + " are required to use bindingConditions",
            })
    void aDeviceIsDescribed(String device, String fault) {
        assertThat(SLICES.onCreate("spec: {" + SLICE + ", devices: [" + device + "]}"))
                .isEqualTo(one(fault == null ? null : "spec.devices[0]" + fault));
    }

    @Test
    void aSliceHasSoManyDevicesOfDifferentNames() {
        String many =
                IntStream.range(0, 129).mapToObj(i -> "{name: d" + i + "}").collect(Collectors.joining(","));
        assertThat(SLICES.onCreate("spec: {" + SLICE + ", devices: [" + many + "]}"))
                .containsExactly("spec.devices: Too many: 129: must have at most 128 items");
        assertThat(SLICES.onCreate("spec: {" + SLICE + ", devices: [{name: g}, {name: g}]}"))
                .containsExactly("spec.devices[1]: Duplicate value: \"g\"");
    }

    @Test
    void whereASliceIsFromNeverChanges() {
        assertThat(SLICES.onUpdate(
                        "spec: {" + SLICE + "}",
                        "spec: {driver: e.io, pool: {name: q, resourceSliceCount: 1}, nodeName: m}"))
                .containsExactly(
                        "spec.pool.name: Invalid value: \"q\": field is immutable",
                        "spec.driver: Invalid value: \"e.io\": field is immutable",
                        "spec.nodeName: Invalid value: \"m\": field is immutable");
    }

    @Test
    void slicesArePickedByNodeAndDriver() {
        ObjectNode slice = SLICES.created("spec: {" + SLICE + ", devices: [{name: g, taints: [{key: k}]}]}");
        assertThat(SLICES.strategy().selectableFields(slice))
                .containsEntry("spec.nodeName", "n")
                .containsEntry("spec.driver", "d.io");
        assertThat(SLICES.strategy().supportedFieldLabels())
                .containsExactlyInAnyOrder("metadata.name", "spec.driver", "spec.nodeName");
        assertThat(slice.at("/spec/devices/0/taints/0/timeAdded").asString()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(slice.at("/metadata/generation").asInt()).isEqualTo(1);
        assertThat(SLICES.strategy().warningsOnCreate(SLICES.object("spec: {driver: D.io}")))
                .containsExactly(
                        "spec.driver: driver names should be lowercase; \"D.io\" contains uppercase characters");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "selectors: [{cel: {expression: device.driver == \"d.io\"}}], extendedResourceName: d.io/gpu |",
                "extendedResourceName: gpu | spec.extendedResourceName: Invalid value: \"gpu\": must be a valid extended"
                        + " resource name",
                "config: [{opaque: {driver: d.io, parameters: []}}] | spec.config[0].opaque.parameters: Invalid value: \"<value"
                        + " omitted>\": must be a valid JSON object",
                "selectors: [{}] | spec.selectors[0].cel: Required value",
            })
    void aClassPicksDevices(String spec, String fault) {
        assertThat(CLASSES.onCreate("spec: {" + spec + "}")).isEqualTo(one(fault));
    }

    @Test
    void aChangedClassCounts() {
        assertThat(CLASSES.updated("spec: {}", "spec: {extendedResourceName: d.io/gpu}")
                        .at("/metadata/generation")
                        .asInt())
                .isEqualTo(2);
    }
}
