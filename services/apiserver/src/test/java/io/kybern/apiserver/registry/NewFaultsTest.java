package io.kybern.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.apiserver.registry.apps.DaemonSetStrategy;
import io.kybern.apiserver.registry.apps.DeploymentStrategy;
import io.kybern.apiserver.registry.apps.ReplicaSetStrategy;
import io.kybern.apiserver.registry.apps.ReplicationControllerStrategy;
import io.kybern.apiserver.registry.apps.StatefulSetStrategy;
import io.kybern.apiserver.registry.batch.CronJobStrategy;
import io.kybern.apiserver.registry.batch.JobStrategy;
import io.kybern.apiserver.registry.pods.PodEphemerals;
import io.kybern.apiserver.registry.pods.PodResize;
import io.kybern.apiserver.registry.pods.PodStrategy;
import io.kybern.apiserver.registry.pods.PodTemplateStrategy;
import io.kybern.apiserver.registry.volumes.ClaimStrategy;
import io.kybern.apiserver.registry.volumes.StorageClassStrategy;
import io.kybern.apiserver.registry.volumes.VolumeStrategy;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An object that was stored before a rule came can be changed elsewhere, and be let go. */
@Timeout(120)
final class NewFaultsTest {

    private static final String METADATA = "metadata: {finalizers: [example.com/f]}\n";
    private static final String SPEC = "containers: [{name: c, image: i}], dnsConfig: {options: [{value: x}]}";
    private static final String TEMPLATE = "template: {metadata: {labels: {a: b}}, spec: {" + SPEC + "}}";
    private static final String SELECTED = "spec: {selector: {matchLabels: {a: b}}, " + TEMPLATE + "}";
    private static final String ENDING = TEMPLATE.replace(SPEC, SPEC + ", restartPolicy: Never");

    private static Arguments old(
            String group,
            String resource,
            BiFunction<ResourceType, TableShape, ResourceStrategy> constructor,
            String yaml) {
        return Arguments.of(resource, StrategyFaults.of(group, resource, constructor), METADATA + yaml);
    }

    static Stream<Arguments> objects() {
        return Stream.of(
                old("", "pods", PodStrategy::new, "spec: {" + SPEC + "}"),
                old("", "podtemplates", PodTemplateStrategy::new, TEMPLATE),
                old("", "replicationcontrollers", ReplicationControllerStrategy::new, "spec: {" + TEMPLATE + "}"),
                old("apps", "replicasets", ReplicaSetStrategy::new, SELECTED),
                old("apps", "deployments", DeploymentStrategy::new, SELECTED),
                old("apps", "daemonsets", DaemonSetStrategy::new, SELECTED),
                old(
                        "apps",
                        "statefulsets",
                        StatefulSetStrategy::new,
                        SELECTED.replace(SPEC, SPEC + ", activeDeadlineSeconds: 1")),
                old("batch", "jobs", JobStrategy::new, "spec: {" + ENDING + "}"),
                old(
                        "batch",
                        "cronjobs",
                        CronJobStrategy::new,
                        "spec: {schedule: '* * * * *', jobTemplate: {spec: {" + ENDING + "}}}"),
                old("", "persistentvolumes", VolumeStrategy::new, "spec: {hostPath: {path: ../a}}"),
                old("", "persistentvolumeclaims", ClaimStrategy::new, "spec: {accessModes: [Some]}"),
                old("storage.k8s.io", "storageclasses", StorageClassStrategy::new, "parameters: {'': x}"));
    }

    private static List<String> messages(List<FieldError> faults) {
        return faults.stream().map(FieldError::message).toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("objects")
    void whatWasWrongBeforeARuleCameHoldsNoOneFromLettingTheObjectGo(
            String resource, StrategyFaults faults, String yaml) {
        assertThat(faults.onCreate(yaml)).isNotEmpty();
        ObjectNode stored = faults.created(yaml);
        ObjectNode next = stored.deepCopy();
        KubeObject.metadata(next).remove("finalizers");
        KubeObject.metadata(next).putObject("labels").put("x", "y");
        KubeObject.metadata(next).put("resourceVersion", "1");
        KubeObject.metadata(stored).put("resourceVersion", "1");
        assertThat(messages(faults.strategy().validateUpdate(next, stored))).isEmpty();
    }

    @Test
    void aWorkloadWithAnOldFaultIsScaledButTakesNoNewFault() {
        StrategyFaults deployments = StrategyFaults.of("apps", "deployments", DeploymentStrategy::new);
        assertThat(deployments.onUpdate(SELECTED, SELECTED.replace("spec: {sel", "spec: {replicas: 5, sel")))
                .isEmpty();
        assertThat(deployments.onUpdate(SELECTED, SELECTED.replace("{value: x}", "{value: x}, {value: y}")))
                .containsExactly("spec.template.spec.dnsConfig.options[1]: Required value: must not be empty");
    }

    private static final StrategyFaults PODS = StrategyFaults.of("", "pods", PodStrategy::new);

    @Test
    void anOlderPodIsStillLookedInto() {
        ObjectNode pod = PODS.created("spec: {" + SPEC + "}");
        String debug =
                "ephemeralContainers: [{name: d, image: i, terminationMessagePolicy: File, imagePullPolicy: Always%s}]";
        assertThat(messages(PodEphemerals.takeOver(
                        pod.deepCopy(), PODS.object("spec: {" + SPEC + ", " + debug.formatted("") + "}"))))
                .isEmpty();
        assertThat(messages(PodEphemerals.takeOver(
                        pod.deepCopy(),
                        PODS.object("spec: {" + SPEC + ", " + debug.formatted(", ports: [{containerPort: 1}]") + "}"))))
                .isNotEmpty();
    }

    @Test
    void anOlderPodIsStillResized() {
        String spec = SPEC.replace("image: i", "image: i, resources: {requests: {cpu: %s}}");
        ObjectNode pod = PODS.created("spec: {" + spec.formatted("1") + "}");
        assertThat(messages(PodResize.takeOver(pod.deepCopy(), PODS.object("spec: {" + spec.formatted("2") + "}"))))
                .isEmpty();
        assertThat(messages(PodResize.takeOver(pod.deepCopy(), PODS.object("spec: {" + spec.formatted("-2") + "}"))))
                .isNotEmpty();
    }

    @Test
    void anOldImageThatIsNoGoodMayStayAndNotCome() {
        String bad = "spec: {containers: [{name: c, image: ' i'}]}";
        assertThat(PODS.onUpdate(bad, bad)).isEmpty();
        assertThat(PODS.onUpdate(bad, bad.replace("' i'", "' j'"))).isNotEmpty();
    }

    @Test
    void manyOldFaultsAreForgivenQuickly() {
        ObjectNode pod = PODS.created("spec: {" + SPEC + "}");
        ArrayNode options = (ArrayNode) pod.at("/spec/dnsConfig/options");
        for (int i = 0; i < 60_000; i++) {
            options.addObject().put("value", "x");
        }
        assertThat(PODS.strategy().validateUpdate(pod.deepCopy(), pod).stream()
                        .filter(fault -> fault.field().startsWith("spec.dnsConfig")))
                .isEmpty();
    }
}
