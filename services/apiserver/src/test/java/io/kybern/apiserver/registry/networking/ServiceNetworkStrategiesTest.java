package io.kybern.apiserver.registry.networking;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.registry.StrategyFaults;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ServiceNetworkStrategiesTest {

    private static final String GROUP = "networking.k8s.io";
    private static final StrategyFaults CLASSES = StrategyFaults.of(GROUP, "ingressclasses", IngressClassStrategy::new);
    private static final StrategyFaults ADDRESSES = StrategyFaults.of(GROUP, "ipaddresses", AddressStrategy::new);
    private static final StrategyFaults RANGES = StrategyFaults.of(GROUP, "servicecidrs", ServiceCidrStrategy::new);

    private static List<String> one(String fault) {
        return fault == null ? List.of() : List.of(fault);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "controller: acme.io/foo |",
                "controller: '' | spec.controller: Required value",
                "controller: foo | spec.controller: Invalid value: \"foo\": must be a domain-prefixed path (such as"
                        + " \"acme.io/foo\")",
                "controller: 'acme.io/a b' | spec.controller: Invalid value: \"a b\": Invalid path (regex used for validation"
                        + " is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
                "controller: a.io/b, parameters: { kind: P, name: p } |",
                "controller: a.io/b, parameters: { kind: P, name: p, namespace: n } | spec.parameters.namespace: Forbidden:"
                        + " `parameters.scope` is set to 'Cluster'",
                "controller: a.io/b, parameters: { kind: P, name: p, scope: Namespace } | spec.parameters.namespace: Required"
                        + " value: `parameters.scope` is set to 'Namespace'",
                "controller: a.io/b, parameters: { kind: P, name: p, scope: Both } | spec.parameters.scope: Unsupported value:"
                        + " \"Both\": supported values: \"Cluster\", \"Namespace\"",
                "controller: a.io/b, parameters: { name: p } | spec.parameters.kind: Required value",
                "controller: a.io/b, parameters: { kind: P/Q, name: p } | spec.parameters.kind: Invalid value: \"P/Q\": may not"
                        + " contain '/'",
            })
    void anIngressClassNamesItsControllerAndParameters(String spec, String fault) {
        assertThat(CLASSES.onCreate("spec: {" + spec + "}")).isEqualTo(one(fault));
    }

    @Test
    void theControllerOfAClassStays() {
        assertThat(CLASSES.onUpdate("spec: {controller: a.io/b}", "spec: {controller: a.io/c}"))
                .containsExactly("spec.controller: Invalid value: \"a.io/c\": field is immutable");
        assertThat(CLASSES.onCreate("spec: {controller: a.io/" + "b".repeat(250) + "}"))
                .containsExactly("spec.controller: Too long: may not be more than 250 bytes");
    }

    @Test
    void aChangeOfAClassCounts() {
        assertThat(CLASSES.updated(
                                "spec: {controller: a.io/b}",
                                "spec: {controller: a.io/b, parameters: {kind: P, name: p}}")
                        .at("/metadata/generation")
                        .asInt())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ resource: services, namespace: n, name: s } |",
                "{ resource: services, name: a/b } | spec.parentRef.name: Invalid value: \"a/b\": may not contain '/'",
                "{ name: s } | spec.parentRef.resource: Required value",
                "{ resource: services } | spec.parentRef.name: Required value",
                "{ group: 'A_', resource: services, name: s } | spec.parentRef.group: Invalid value: \"A_\": a lowercase RFC"
                        + " 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end"
                        + " with an alphanumeric character (e.g. 'example.com', regex used for validation is"
                        + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
                " | spec.parentRef: Required value",
            })
    void anAddressSaysWhoseItIs(String parent, String fault) {
        String spec = parent == null ? "{}" : "{ parentRef: " + parent + " }";
        assertThat(ADDRESSES.onCreate("{metadata: {name: 10.0.0.1}, spec: " + spec + "}"))
                .isEqualTo(one(fault));
    }

    @Test
    void anAddressIsItsName() {
        String spec = ", spec: {parentRef: {resource: services, name: s}}}";
        assertThat(ADDRESSES.onCreate("{metadata: {name: 10.0.0.1.2}" + spec))
                .containsExactly("metadata.name: Invalid value: \"10.0.0.1.2\": must be a valid IP address, (e.g."
                        + " 10.9.8.7 or 2001:db8::ffff)");
        assertThat(ADDRESSES.onCreate("{metadata: {name: '2001:DB8::1'}" + spec))
                .containsExactly(
                        "metadata.name: Invalid value: \"2001:DB8::1\": must be in canonical form (\"2001:db8::1\")");
        assertThat(ADDRESSES.onUpdate(
                        "{metadata: {name: 10.0.0.1}" + spec,
                        "{metadata: {name: 10.0.0.1}, spec: {parentRef: {resource: services, name: t}}}"))
                .containsExactly("spec.parentRef: Invalid value: {\"resource\":\"services\",\"name\":\"t\"}: field is"
                        + " immutable");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[192.168.0.0/24] |",
                "['2001:db8::/64'] |",
                "[192.168.0.0/24, '2001:db8::/64'] |",
                "[] | spec.cidrs: Required value: at least one CIDR required",
                "[10.0.0.0/8, '2001:db8::/64', 11.0.0.0/8] | spec.cidrs: Invalid value:"
                        + " {\"cidrs\":[\"10.0.0.0/8\",\"2001:db8::/64\",\"11.0.0.0/8\"]}: may only hold up to 2 values",
                "[10.0.0.0/8, 11.0.0.0/8] | spec.cidrs: Invalid value: [\"10.0.0.0/8\",\"11.0.0.0/8\"]: may specify no more"
                        + " than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
                "[10.0.0.1/8] | spec.cidrs[0]: Invalid value: \"10.0.0.1/8\": must not have bits set beyond the prefix length",
            })
    void aRangeIsOneOfEachFamilyAtMost(String cidrs, String fault) {
        assertThat(RANGES.onCreate("spec: {cidrs: " + cidrs + "}")).isEqualTo(one(fault));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[10.0.0.0/8] | [10.0.0.0/8] |",
                "[10.0.0.0/8] | [10.0.0.0/8, '2001:db8::/64'] |",
                "[10.0.0.0/8] | [10.0.0.0/9] | spec.cidrs[0]: Invalid value: \"10.0.0.0/9\": field is immutable",
                "[10.0.0.0/8] | [] | spec.cidrs: Invalid value: []: field is immutable",
                "[10.0.0.0/8, '2001:db8::/64'] | [10.0.0.0/8] | spec.cidrs: Invalid value: [\"10.0.0.0/8\"]: field is"
                        + " immutable",
                "[10.0.0.0/8] | [10.0.0.0/8, '2001:db8::/x'] | spec.cidrs[1]: Invalid value: \"2001:db8::/x\": must be a valid"
                        + " CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
            })
    void aRangeOnlyGainsTheOtherFamily(String before, String after, String fault) {
        assertThat(RANGES.onUpdate("spec: {cidrs: " + before + "}", "spec: {cidrs: " + after + "}"))
                .isEqualTo(one(fault));
    }

    @Test
    void aRangesStatusIsApart() {
        assertThat(RANGES.created("{spec: {cidrs: [10.0.0.0/8]}, status: {conditions: [{type: Ready}]}}")
                        .has("status"))
                .isFalse();
    }
}
