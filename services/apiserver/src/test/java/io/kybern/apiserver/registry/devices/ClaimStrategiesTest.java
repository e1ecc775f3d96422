package io.kybern.apiserver.registry.devices;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.registry.StrategyFaults;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class ClaimStrategiesTest {

    private static final String GROUP = "resource.k8s.io";
    private static final StrategyFaults CLAIMS = StrategyFaults.of(GROUP, "resourceclaims", ResourceClaimStrategy::new);
    private static final StrategyFaults TEMPLATES =
            StrategyFaults.of(GROUP, "resourceclaimtemplates", ClaimTemplateStrategy::new);
    private static final String REQUEST = "{name: r, exactly: {deviceClassName: c}}";
    private static final String ALLOCATION =
            "allocation: {devices: {results: [{request: r, driver: d.io, pool: p, device: g}]}}";
    private static final String UID = "9d7c4a0e-0000-4000-8000-000000000001";

    private static List<String> one(String fault) {
        return fault == null ? List.of() : List.of(fault);
    }

    private static String claim(String devices) {
        return "spec: {devices: {" + devices + "}}";
    }

    @Test
    void aRequestIsForOneDevice() {
        ObjectNode claim = CLAIMS.created(claim("requests: [" + REQUEST
                + ", {name: s, firstAvailable: [{name: t, deviceClassName: c}, {name: u, deviceClassName: c, allocationMode:"
                + " All}]}]"));
        assertThat(claim.at("/spec/devices/requests/0/exactly/allocationMode").asString())
                .isEqualTo("ExactCount");
        assertThat(claim.at("/spec/devices/requests/0/exactly/count").asInt()).isEqualTo(1);
        assertThat(claim.at("/spec/devices/requests/1/firstAvailable/0/count").asInt())
                .isEqualTo(1);
        assertThat(claim.at("/spec/devices/requests/1/firstAvailable/1").has("count"))
                .isFalse();
        assertThat(CLAIMS.strategy().validateCreate(claim)).isEmpty();
        assertThat(TEMPLATES
                        .created("spec: {spec: {devices: {requests: [" + REQUEST + "]}}}")
                        .at("/spec/spec/devices/requests/0/exactly/count")
                        .asInt())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "requests: [{name: r}] | requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
                "requests: [{name: r, exactly: {deviceClassName: c}, firstAvailable: [{name: a, deviceClassName: c}]}] |"
                        + " requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but"
                        + " multiple fields are set",
                "requests: [{name: r, exactly: {}}] | requests[0].exactly.deviceClassName: Required value",
                "requests: [" + REQUEST + ", " + REQUEST + "] | requests[1]: Duplicate value: \"r\"",
                "requests: [{name: r, exactly: {deviceClassName: c, count: -1}}] | requests[0].exactly.count: Invalid value: -1:"
                        + " must be greater than zero",
                "requests: [{name: r, exactly: {deviceClassName: c, allocationMode: All, count: 2}}] |"
                        + " requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
                "requests: [{name: r, exactly: {deviceClassName: c, allocationMode: Some}}] |"
                        + " requests[0].exactly.allocationMode: Unsupported value: \"Some\": supported values: \"All\","
                        + " \"ExactCount\"",
                "requests: [{name: r, exactly: {deviceClassName: c, selectors: [{}]}}] |"
                        + " requests[0].exactly.selectors[0].cel: Required value",
                "requests: [{name: r, exactly: {deviceClassName: c, tolerations: [{operator: Exists, value: v}]}}] |"
                        + " requests[0].exactly.tolerations[0].value: Invalid value: \"v\": must be empty for operator"
                        + " `Exists`",
                "requests: [{name: r, exactly: {deviceClassName: c, tolerations: [{operator: Near}]}}] |"
                        + " requests[0].exactly.tolerations[0].operator: Unsupported value: \"Near\": supported values:"
                        + " \"Equal\", \"Exists\"",
                "requests: [" + REQUEST + "], constraints: [{requests: [s], matchAttribute: d.io/m}] |"
                        + " constraints[0].requests[0]: Invalid value: \"s\": must be the name of a request in the claim or the"
                        + " name of a request and a subrequest separated by '/'",
                "constraints: [{matchAttribute: m}] | constraints[0].matchAttribute: Invalid value: \"m\": a fully qualified"
                        + " name must be a domain and a name separated by a slash",
                "constraints: [{}] | constraints[0]: Required value: exactly one of \"matchAttribute\" or \"distinctAttribute\""
                        + " is required, but multiple fields are set",
                "config: [{}] | config[0].opaque: Required value",
                "config: [{opaque: {driver: d.io}}] | config[0].opaque.parameters: Required value",
                "config: [{opaque: {driver: d.io, parameters: 3}}] | config[0].opaque.parameters: Invalid value: \"<value"
                        + " omitted>\": must be a valid JSON object",
                "config: [{opaque: {parameters: {a: 1}}}] | config[0].opaque.driver: Required value",
            })
    void aClaimSaysWhatItAsksFor(String devices, String fault) {
        assertThat(CLAIMS.onCreate(claim(devices))).isEqualTo(one("spec.devices." + fault));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "device.driver == \"d.io\" |",
                "device.attributes[\"d.io\"].model == \"x\" && device.capacity[\"d.io\"].memory.compareTo(quantity(\"1Gi\")) >="
                        + " 0 |",
                "device.driver | must evaluate to bool",
                "device.name == \"g\" | compilation failed: ",
            })
    void aSelectorIsAnExpressionAboutDevices(String expression, String fault) {
        List<String> faults = CLAIMS.onCreate(
                claim("requests: [{name: r, exactly: {deviceClassName: c, selectors: [{cel: {expression: '" + expression
                        + "'}}]}}]"));
        if (fault == null) {
            assertThat(faults).isEmpty();
        } else {
            assertThat(faults)
                    .singleElement()
                    .asString()
                    .startsWith("spec.devices.requests[0].exactly.selectors[0].cel.expression: Invalid value: ")
                    .contains("\": " + fault);
        }
    }

    @Test
    void thereIsAnEndToRequests() {
        String requests =
                String.join(",", java.util.Collections.nCopies(33, "{name: r, exactly: {deviceClassName: c}}"));
        assertThat(CLAIMS.onCreate(claim("requests: [" + requests + "]")))
                .containsExactly("spec.devices.requests: Too many: 33: must have at most 32 items");
    }

    @Test
    void whatIsAskedForNeverChanges() {
        assertThat(CLAIMS.onUpdate(claim("requests: [" + REQUEST + "]"), claim("requests: []")))
                .containsExactly("spec: Invalid value: {\"devices\":{\"requests\":[]}}: field is immutable");
        assertThat(TEMPLATES.onUpdate("spec: {spec: {}}", "spec: {spec: {}, metadata: {labels: {a: b}}}"))
                .singleElement()
                .asString()
                .endsWith("field is immutable");
    }

    @Test
    void aTemplateHasLabelsAndAnnotationsOnly() {
        assertThat(TEMPLATES.onCreate("spec: {metadata: {labels: {a: b}, name: n}, spec: {}}"))
                .containsExactly("spec.metadata.Name: Forbidden: cannot be set");
        assertThat(TEMPLATES.onCreate("spec: {spec: {devices: {requests: [{name: r}]}}}"))
                .containsExactly("spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or"
                        + " `firstAvailable` is required");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{" + ALLOCATION + ", reservedFor: [{resource: pods, name: p, uid: u}]} |",
                "{reservedFor: [{resource: pods, name: p, uid: u}]} | status.reservedFor: Forbidden: may not be specified when"
                        + " `allocated` is not set",
                "{" + ALLOCATION
                        + ", reservedFor: [{resource: pods, name: p}]} | status.reservedFor[0].uid: Required value",
                "{" + ALLOCATION + ", devices: [{driver: d.io, pool: p, device: g}]} |",
                "{" + ALLOCATION
                        + ", devices: [{driver: d.io, pool: p, device: h}]} | status.devices[0]: Invalid value:"
                        + " \"d.io/p/h\": must be an allocated device in the claim",
                "{" + ALLOCATION + ", devices: [{driver: d.io, pool: p, device: g, networkData: {ips: [10.0.0.1]}}]} |"
                        + " status.devices[0].networkData.ips[0]: Invalid value: \"10.0.0.1\": must be a valid CIDR value, (e.g."
                        + " 10.9.8.0/24 or 2001:db8::/64)",
                "{allocation: {devices: {results: [{request: s, driver: d.io, pool: p, device: g}]}}} |"
                        + " status.allocation.devices.results[0].request: Invalid value: \"s\": must be the name of a request in"
                        + " the claim or the name of a request and a subrequest separated by '/'",
                "{allocation: {devices: {config: [{source: FromAir, opaque: {driver: d.io, parameters: {}}}]}}} |"
                        + " status.allocation.devices.config[0].source: Unsupported value: \"FromAir\": supported values:"
                        + " \"FromClaim\", \"FromClass\"",
            })
    void aStatusSaysWhatWasGot(String status, String fault) {
        assertThat(CLAIMS.onStatus(CLAIMS.created(claim("requests: [" + REQUEST + "]")), status))
                .isEqualTo(one(fault));
    }

    @Test
    void whatWasGotNeverChangesAndTakesItsDevicesAlong() {
        ObjectNode claim = CLAIMS.created(claim("requests: [" + REQUEST + "]"));
        ObjectNode allocated =
                CLAIMS.withStatus(claim, "{" + ALLOCATION + ", devices: [{driver: d.io, pool: p, device: g}]}");
        assertThat(CLAIMS.onStatus(allocated, "{" + ALLOCATION.replace("device: g", "device: h") + "}"))
                .singleElement()
                .asString()
                .startsWith("status.allocation: Invalid value: ")
                .endsWith("field is immutable");
        assertThat(CLAIMS.withStatus(allocated, "{devices: [{driver: d.io, pool: p, device: g}]}")
                        .at("/status/devices")
                        .isMissingNode())
                .isTrue();
    }

    @Test
    void nobodyNewUsesAClaimThatIsBeingDeleted() {
        ObjectNode claim = CLAIMS.created(claim("requests: [" + REQUEST + "]"));
        ObjectNode used = CLAIMS.withStatus(
                claim, "{" + ALLOCATION + ", reservedFor: [{resource: pods, name: p, uid: " + UID + "}]}");
        used.withObject("/metadata").put("deletionTimestamp", "2026-01-01T00:00:00Z");
        assertThat(CLAIMS.onStatus(used, "{" + ALLOCATION + "}")).isEmpty();
        assertThat(CLAIMS.onStatus(used, "{" + ALLOCATION + ", reservedFor: [{resource: pods, name: q, uid: other}]}"))
                .containsExactly("status.reservedFor: Forbidden: new entries may not be added while"
                        + " `deallocationRequested` or `deletionTimestamp` are set");
    }
}
