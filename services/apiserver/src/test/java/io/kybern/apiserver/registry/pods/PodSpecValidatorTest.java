package io.kybern.apiserver.registry.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.registry.StrategyFaults;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a pod may say beside its containers and volumes. */
@Timeout(60)
final class PodSpecValidatorTest {

    static final StrategyFaults PODS = StrategyFaults.of("", "pods", PodStrategy::new);
    private static final StrategyFaults TEMPLATES = StrategyFaults.of("", "podtemplates", PodTemplateStrategy::new);
    private static final String CONTAINERS = "containers: [{name: c, image: i}]";

    private static String pod(String spec) {
        return "spec: {" + CONTAINERS + ", " + spec + "}";
    }

    static String joined(List<String> faults) {
        return String.join(" & ", faults);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "securityContext: {runAsUser: 2147483648} | spec.securityContext.runAsUser: Invalid value: 2147483648: must be"
                        + " between 0 and 2147483647, inclusive",
                "securityContext: {supplementalGroups: [1, -1]} | spec.securityContext.supplementalGroups[1]: Invalid value:"
                        + " -1: must be between 0 and 2147483647, inclusive",
                "hostPID: true, shareProcessNamespace: true | spec.securityContext.shareProcessNamespace: Invalid value:"
                        + " true: ShareProcessNamespace and HostPID cannot both be enabled",
                "hostNetwork: true, securityContext: {sysctls: [{name: net.a, value: x}]} |"
                        + " spec.securityContext.sysctls[0].name: Invalid value: \"net.a\": may not be specified when"
                        + " 'hostNetwork' is true",
                "hostIPC: true, securityContext: {sysctls: [{name: kernel/shmmax, value: x}]} |"
                        + " spec.securityContext.sysctls[0].name: Invalid value: \"kernel/shmmax\": may not be specified when"
                        + " 'hostIPC' is true",
                "securityContext: {fsGroupChangePolicy: Some} | spec.securityContext.fsGroupChangePolicy: Unsupported value:"
                        + " \"Some\": supported values: \"Always\", \"OnRootMismatch\"",
                "securityContext: {supplementalGroupsPolicy: Some} | spec.securityContext.supplementalGroupsPolicy:"
                        + " Unsupported value: \"Some\": supported values: \"Merge\", \"Strict\"",
                "securityContext: {seccompProfile: {localhostProfile: a}} | spec.securityContext.seccompProfile.type: Required"
                        + " value: type is required when seccompProfile is set &"
                        + " spec.securityContext.seccompProfile.localhostProfile: Invalid value: {\"localhostProfile\":\"a\"}:"
                        + " can only be set when seccomp type is Localhost",
                "dnsPolicy: None | spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
                "dnsConfig: {searches: [a_b.c, ., 'x..y']} | spec.dnsConfig.searches[2]: Invalid value: \"x..y\": a lowercase RFC"
                        + " 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start"
                        + " and end with an alphanumeric character (e.g. 'example.com', regex used for validation is"
                        + " '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')",
                "dnsConfig: {options: [{value: x}]} | spec.dnsConfig.options[0]: Required value: must not be empty",
                "hostUsers: false, hostPID: true | spec.HostPID: Forbidden: when `hostUsers` is false",
                "hostUsers: false, hostNetwork: true | spec.hostNetwork: Forbidden: when `hostUsers` is false",
                "os: {name: mac} | spec.os: Unsupported value: \"mac\": supported values: \"linux\", \"windows\"",
                "os: {name: linux}, securityContext: {windowsOptions: {}} | spec.securityContext.windowsOptions: Forbidden:"
                        + " windows options cannot be set for a linux pod",
                "os: {name: windows}, hostPID: true, securityContext: {fsGroup: 1} | spec.hostPID: Forbidden: cannot be set for"
                        + " a windows pod & spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod",
                "securityContext: {windowsOptions: {hostProcess: true}} | spec.hostNetwork: Invalid value: false: hostNetwork"
                        + " must be true if pod contains any hostProcess containers",
                "securityContext: {windowsOptions: {runAsUserName: 'a\\b\\c'}} |"
                        + " spec.securityContext.windowsOptions.runAsUserName: Invalid value: \"a\\\\b\\\\c\": runAsUserName cannot"
                        + " contain more than one backslash",
                "preemptionPolicy: Some | spec.preemptionPolicy: Unsupported value: \"Some\": supported values:"
                        + " \"PreemptLowerPriority\", \"Never\"",
                "overhead: {cpu: -1} | spec.overhead.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
                "tolerations: [{key: a, operator: Gt, value: '1'}] | spec.tolerations[0].operator: Unsupported value: \"Gt\":"
                        + " supported values: \"Equal\", \"Exists\", \"Lt\", \"Gt\"",
                "tolerations: [{key: a, operator: Exists, value: b}] | spec.tolerations[0].operator: Invalid value: \"b\": value"
                        + " must be empty when `operator` is 'Exists'",
                "nodeName: n, schedulingGates: [{name: g}] | spec.nodeName: Forbidden: cannot be set until all schedulingGates"
                        + " have been cleared",
                "ephemeralContainers: [{name: e, image: i}] | spec.ephemeralContainers: Forbidden: cannot be set on create",
                "resources: {claims: [{name: a}]} | spec.resources.claims: Forbidden: claims may not be set for Resources at"
                        + " pod-level",
            })
    void aPodSaysOnlyWhatCanBe(String spec, String fault) {
        assertThat(joined(PODS.onCreate(pod(spec)))).isEqualTo(fault);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "maxSkew: 1, topologyKey: z, whenUnsatisfiable: ScheduleAnyway, minDomains: 0 | minDomains: Invalid value: 0:"
                        + " must be greater than zero & spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: can"
                        + " only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway",
                "maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule, nodeTaintsPolicy: Some | nodeTaintsPolicy:"
                        + " Unsupported value: \"Some\": supported values: \"Honor\", \"Ignore\"",
                "maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [a] | matchLabelKeys: Forbidden:"
                        + " must not be specified when labelSelector is not set",
            })
    void podsAreSpreadByRulesThatCanHold(String constraint, String fault) {
        assertThat(joined(PODS.onCreate(pod("topologySpreadConstraints: [{" + constraint + "}]"))))
                .isEqualTo("spec.topologySpreadConstraints[0]." + fault);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "labelSelector: {}, topologyKey: z, namespaces: [A] | namespace: Invalid value: \"A\": a lowercase RFC 1123 label",
                "labelSelector: {}, topologyKey: z, matchLabelKeys: [a], mismatchLabelKeys: [a] | matchLabelKeys[0]: Invalid"
                        + " value: \"a\": exists in both matchLabelKeys and mismatchLabelKeys",
                "labelSelector: {} | topologyKey: Required value: can not be empty",
            })
    void termsOfAffinitiesAreChecked(String term, String fault) {
        String spec =
                pod("affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{" + term + "}]}}");
        assertThat(PODS.onCreate(spec))
                .first()
                .asString()
                .startsWith("spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]." + fault);
    }

    @Test
    void labelsOfThePodAreWrittenIntoItsSelectors() {
        var created = PODS.created("""
                metadata: {labels: {app: a, version: v1}}
                spec:
                  containers: [{name: c, image: i}]
                  topologySpreadConstraints:
                  - {maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [version, other],
                     labelSelector: {matchLabels: {app: a}}}
                """);
        assertThat(created.at("/spec/topologySpreadConstraints/0/labelSelector/matchExpressions")
                        .toString())
                .isEqualTo("[{\"key\":\"version\",\"operator\":\"In\",\"values\":[\"v1\"]}]");
    }

    @Test
    void onTheNodesNetworkAPortIsWhatItIs() {
        String spec = "spec: {hostNetwork: true, containers: [{name: c, image: i, ports: [{containerPort: 80, hostPort:"
                + " 81}]}]}";
        assertThat(PODS.onCreate(spec))
                .containsExactly(
                        "spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when"
                                + " `hostNetwork` is true");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "kubernetes.io/config.mirror: x | metadata.annotations[kubernetes.io/config.mirror]: Invalid value: \"x\": must"
                        + " set spec.nodeName if mirror pod annotation is set",
                "controller.kubernetes.io/pod-deletion-cost: '+1' |"
                        + " metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: \"+1\": must be a"
                        + " 32bit integer",
                "seccomp.security.alpha.kubernetes.io/pod: some | metadata.annotations.seccomp.security.alpha.kubernetes.io/pod:"
                        + " Invalid value: \"some\": must be a valid seccomp profile",
                "container.apparmor.security.beta.kubernetes.io/d: unconfined |"
                        + " metadata.annotations[container.apparmor.security.beta.kubernetes.io/d]: Invalid value: \"d\":"
                        + " container not found",
            })
    void annotationsThatMeanSomethingAreChecked(String annotation, String fault) {
        assertThat(joined(PODS.onCreate("metadata: {annotations: {" + annotation + "}}\n" + pod("hostIPC: false"))))
                .isEqualTo(fault);
    }

    @Test
    void templatesAreCheckedLikePodsButHaveNoEphemeralContainers() {
        assertThat(TEMPLATES.onCreate("""
                        template:
                          metadata: {labels: {'a b': x}}
                          spec:
                            containers: [{name: c, image: ' i '}]
                            os: {name: mac}
                            ephemeralContainers: [{name: e, image: i}]
                        """))
                .satisfiesExactly(
                        fault -> assertThat(fault).startsWith("template.labels: Invalid value: \"a b\""),
                        fault -> assertThat(fault).startsWith("template.spec.os: Unsupported value: \"mac\""),
                        fault -> assertThat(fault)
                                .isEqualTo(
                                        "template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed"
                                                + " in pod template"));
    }
}
