package io.kybern.apiserver.registry.pods;

import static io.kybern.apiserver.registry.pods.PodSpecValidatorTest.PODS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.KubeObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What may change of a pod, and of what is said of it. */
@Timeout(60)
final class PodUpdateValidatorTest {

    private static final String POD = "spec: {containers: [{name: c, image: i}], %s}";

    private static List<String> change(String before, String after) {
        return PODS.onUpdate(POD.formatted(before), POD.formatted(after));
    }

    @Test
    void whatElseChangedIsTold() {
        List<String> faults = change("hostname: a", "hostname: b");
        assertThat(faults)
                .singleElement()
                .asString()
                .startsWith("spec: Forbidden: pod updates may not change fields other than"
                        + " `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
                        + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds`"
                        + " (allow it to be set to 1 if it was previously negative)\n@@ -")
                .contains("-  \"hostname\": \"a\",\n+  \"hostname\": \"b\",\n");
    }

    @Test
    void tolerationsOnlyCome() {
        assertThat(change("tolerations: [{key: a, operator: Exists}]", "tolerations: []"))
                .containsExactly(
                        "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds");
        assertThat(change("hostIPC: false", "hostIPC: false, tolerations: [{key: a, operator: Exists}]"))
                .isEmpty();
    }

    @Test
    void manyTolerationsAreComparedQuickly() {
        ObjectNode pod = PODS.created(POD.formatted("tolerations: []"));
        ArrayNode tolerations = (ArrayNode) pod.at("/spec/tolerations");
        for (int i = 0; i < 100_000; i++) {
            tolerations.addObject().put("key", "k" + i).put("operator", "Exists");
        }
        assertThat(PODS.strategy().validateUpdate(pod.deepCopy(), pod).stream()
                        .filter(fault -> fault.field().startsWith("spec")))
                .isEmpty();
    }

    @Test
    void gatesOnlyGo() {
        assertThat(change("schedulingGates: [{name: a}]", "schedulingGates: [{name: a}, {name: b}]"))
                .containsExactly(
                        "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling"
                                + " gate 'b'");
        assertThat(change("schedulingGates: [{name: a}]", "hostIPC: false")).hasSize(1);
        assertThat(change("schedulingGates: [{name: a}]", "schedulingGates: []"))
                .isEmpty();
    }

    @Test
    void aPodThatIsHeldBackMayOnlyBecomeChoosier() {
        String gated = "schedulingGates: [{name: a}], nodeSelector: {x: y}";
        assertThat(change(gated, "schedulingGates: [{name: a}], nodeSelector: {x: y, z: w}"))
                .isEmpty();
        assertThat(change(gated, "schedulingGates: [{name: a}], nodeSelector: {x: z}"))
                .containsExactly(
                        "spec.nodeSelector: Invalid value: {\"x\":\"z\"}: only additions to spec.nodeSelector are"
                                + " allowed (no mutations or deletions)");
        assertThat(change("nodeSelector: {x: y}", "nodeSelector: {x: y, z: w}"))
                .singleElement()
                .asString()
                .startsWith("spec: Forbidden: pod updates may not change fields");
    }

    @Test
    void anImageMustStayGood() {
        assertThat(PODS.onUpdate(
                        POD.formatted("hostIPC: false"),
                        "spec: {containers: [{name: c, image: ' j'}], hostIPC: false}"))
                .contains(
                        "spec.containers[0].image: Invalid value: \" j\": must not have leading or trailing whitespace");
    }

    @Test
    void whatWasWrongBeforeTheRuleCameMayStay() {
        String bad = "dnsConfig: {options: [{value: x}]}";
        assertThat(change(bad, bad)).isEmpty();
    }

    private static final String STATUS =
            "qosClass: BestEffort, hostIP: 1.2.3.4, hostIPs: [{ip: 1.2.3.4}], containerStatuses: [{name: c, state: {%s}}]";

    private static ObjectNode ended(String restartPolicy) {
        ObjectNode pod = PODS.created(POD.formatted("nodeName: n, restartPolicy: " + restartPolicy));
        return PODS.withStatus(pod, "{" + STATUS.formatted("terminated: {exitCode: 0}") + "}");
    }

    @Test
    void whatHasEndedForGoodDoesNotRunAgain() {
        String running = "{" + STATUS.formatted("running: {}") + "}";
        assertThat(PODS.onStatus(ended("Always"), running)).isEmpty();
        assertThat(PODS.onStatus(ended("OnFailure"), running))
                .containsExactly(
                        "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state");
    }

    @Test
    void aStatusHasGoodAddressesAndConditions() {
        String status = STATUS.formatted("terminated: {exitCode: 0}").replace("hostIP: 1.2.3.4", "hostIP: 1.2.3.5");
        assertThat(PODS.onStatus(ended("Always"), "{" + status + ", podIPs: [{ip: 1.1.1.1}, {ip: 2.2.2.2}]}"))
                .containsExactly(
                        "status.podIPs: Invalid value: [{\"ip\":\"1.1.1.1\"},{\"ip\":\"2.2.2.2\"}]: may specify no more than one IP"
                                + " for each IP family",
                        "status.hostIPs[0].ip: Invalid value: \"1.2.3.4\": must be equal to `hostIP`");
        assertThat(PODS.onStatus(
                        ended("Always"), "{qosClass: Burstable, conditions: [{type: 'a b'}], nominatedNodeName: m}"))
                .satisfiesExactly(
                        fault -> assertThat(fault).startsWith("status.conditions[0].Type: Invalid value: \"a b\""),
                        fault -> assertThat(fault)
                                .isEqualTo(
                                        "status.nominatedNodeName: Forbidden: may not be set on pods that are already"
                                                + " bound to a node"),
                        fault -> assertThat(fault)
                                .isEqualTo("status.qosClass: Invalid value: \"Burstable\": field is immutable"));
    }

    @Test
    void itsNodeDoesNotSayWhoOwnsAPod() {
        ObjectNode pod = PODS.created("metadata: {ownerReferences: [{name: o}]}\n" + POD.formatted("nodeName: n"));
        assertThat(PODS.withStatus(pod, "{phase: Running}")
                        .at("/metadata/ownerReferences/0/name")
                        .asString())
                .isEqualTo("o");
        assertThat(KubeObject.name(pod)).isEqualTo("a");
    }

    @Test
    void whichGenerationAStatusTellsOfIsNotForgotten() {
        ObjectNode pod = PODS.withStatus(
                PODS.created(POD.formatted("nodeName: n")),
                "{observedGeneration: 3, conditions: [{type: Ready, observedGeneration: 2}]}");
        ObjectNode next = PODS.withStatus(pod, "{conditions: [{type: Ready}, {type: Other}]}");
        assertThat(next.at("/status/observedGeneration").asInt()).isEqualTo(3);
        assertThat(next.at("/status/conditions/0/observedGeneration").asInt()).isEqualTo(2);
        assertThat(next.at("/status/conditions/1/observedGeneration").isMissingNode())
                .isTrue();
    }
}
