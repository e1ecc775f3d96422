package io.kybern.apiserver.registry.pods;

import static io.kybern.apiserver.registry.pods.PodSpecValidatorTest.PODS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.StrategyFaults;
import io.kybern.apiserver.registry.apps.DeploymentStrategy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
final class PodWarningsTest {

    private static List<String> warnings(String yaml) {
        return PODS.strategy().warningsOnCreate(PODS.object(yaml));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "nodeSelector: {beta.kubernetes.io/os: linux} | spec.nodeSelector[beta.kubernetes.io/os]: deprecated since"
                        + " v1.14; use \"kubernetes.io/os\" instead",
                "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms:"
                        + " [{matchExpressions: [{key: beta.kubernetes.io/arch, operator: Exists}]}]}}} |"
                        + " spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]"
                        + ".matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use"
                        + " \"kubernetes.io/arch\" instead",
                "topologySpreadConstraints: [{topologyKey: z}] | spec.topologySpreadConstraints[0].labelSelector: a null"
                        + " labelSelector results in matching no pod",
                "imagePullSecrets: [{}] | spec.imagePullSecrets[0].name: invalid empty name \"\"",
                "imagePullSecrets: [{name: a}, {name: a}] | spec.imagePullSecrets[1].name: duplicate name \"a\"",
                "hostAliases: [{ip: 1.1.1.1}, {ip: 1.1.1.1}] | spec.hostAliases[1].ip: duplicate ip \"1.1.1.1\"",
                "overhead: {memory: 100m} | spec.overhead[memory]: fractional byte value \"100m\" is invalid, must be an integer",
                "volumes: [{name: v, gitRepo: {repository: r}}] | spec.volumes[0].gitRepo: deprecated in v1.11",
                "volumes: [{name: v, configMap: {name: m, items: [{key: a, path: p}, {key: b, path: p/q}]}}] | volume \"v\""
                        + " (ConfigMap \"m\"): overlapping paths: \"p/q\" with \"p\"",
                "volumes: [{name: v, projected: {sources: [{secret: {name: s, items: [{key: a, path: t}]}},"
                        + " {serviceAccountToken: {path: t}}]}}] | volume \"v\" (Projected ServiceAccountToken): overlapping"
                        + " paths: \"t\" with \"t\"",
            })
    void aCreatorHearsOfWhatIsOddInASpec(String spec, String warning) {
        assertThat(warnings("spec: {containers: [{name: c, image: i}], " + spec + "}"))
                .containsExactly(warning);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "env: [{name: A, value: x}, {name: A, value: y}] | spec.containers[0].env[1]: hides previous definition of"
                        + " \"A\", which may be dropped when using apply",
                "env: [{name: A, value: x}, {name: A, value: '$(A)y'}] | ``",
                "ports: [{containerPort: 80}, {containerPort: 80}] | spec.containers[0].ports[1]: duplicate port definition"
                        + " with spec.containers[0].ports[0]",
                "ports: [{containerPort: 80}, {containerPort: 80, hostPort: 80}] | spec.containers[0].ports[1]: overlapping port"
                        + " definition with spec.containers[0].ports[0]",
                "ports: [{containerPort: 80, hostPort: 80}, {containerPort: 80, hostPort: 80, hostIP: 1.1.1.1}] |"
                        + " spec.containers[0].ports[1]: dangerously ambiguous port definition with spec.containers[0].ports[0]",
                "ports: [{containerPort: 80, hostIP: 1.1.1.1}] | spec.containers[0].ports[0]: hostIP set without hostPort:"
                        + " {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.1.1.1}",
            })
    void aCreatorHearsOfWhatIsOddInAContainer(String container, String warning) {
        assertThat(String.join(" & ", warnings("spec: {containers: [{name: c, image: i, " + container + "}]}")))
                .isEqualTo(warning);
    }

    @Test
    void aNameWithDotsIsNoGoodHostName() {
        assertThat(warnings("{metadata: {name: a.b}, spec: {containers: [{name: c, image: i}]}}"))
                .containsExactly(
                        "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior;"
                                + " a DNS label is recommended: [must not contain dots]");
    }

    @Test
    void templatesHaveTheSameWarningsAtTheirOwnPaths() {
        assertThat(PodWarnings.ofTemplate(
                        Json.read(
                                "{\"metadata\":{\"annotations\":{\"scheduler.alpha.kubernetes.io/critical-pod\":\"\"}},"
                                        + "\"spec\":{\"terminationGracePeriodSeconds\":-1}}"),
                        FieldPath.of("spec", "template")))
                .containsExactly(
                        "spec.template.metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in"
                                + " v1.16+; use the \"priorityClassName\" field instead",
                        "spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will"
                                + " be treated as 1");
    }

    @Test
    void aWorkloadIsToldOfItsTemplateWheneverThatChanges() {
        var deployments = StrategyFaults.of("apps", "deployments", DeploymentStrategy::new);
        String template = "template: {spec: {containers: [{name: c, image: i}], imagePullSecrets: [{}]}}";
        var first = deployments.created("{metadata: {name: a.b}, spec: {" + template + "}}");
        String warning = "spec.template.spec.imagePullSecrets[0].name: invalid empty name \"\"";
        assertThat(deployments.strategy().warningsOnCreate(first))
                .containsExactly(
                        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS"
                                + " label is recommended: [must not contain dots]",
                        warning);
        assertThat(deployments.strategy().warningsOnUpdate(first, first)).isEmpty();
        var next = first.deepCopy();
        KubeObject.metadata(next).put("generation", 2);
        assertThat(deployments.strategy().warningsOnUpdate(next, first)).containsExactly(warning);
    }

    /** A template whose only container has as many ports as asked for; the number of the port of the node grows if it is to. */
    private static JsonNode ports(int count, boolean ofTheNode) {
        ObjectNode template = Json.object();
        ArrayNode ports = template.putObject("spec")
                .putArray("containers")
                .addObject()
                .put("name", "c")
                .putArray("ports");
        for (int i = 1; i <= count; i++) {
            ports.addObject().put("containerPort", 1).put("protocol", "TCP").put("hostPort", ofTheNode ? i : 0);
        }
        return template;
    }

    @Test
    void manyPortsTakeNeitherLongNorMuch() {
        FieldPath field = FieldPath.of("spec", "template");
        assertThat(PodWarnings.ofTemplate(ports(3, false), field)).hasSize(3);
        assertThat(PodWarnings.ofTemplate(ports(100_000, false), field)).hasSizeBetween(1, PodWarnings.MAX_COMPARISONS);
        assertThat(PodWarnings.ofTemplate(ports(100_000, true), field)).isEmpty();
    }

    @Test
    void manyFilesOfAVolumeTakeNotLong() {
        ObjectNode template = Json.object();
        ArrayNode volumes = template.putObject("spec").putArray("volumes");
        ArrayNode items = volumes.addObject().putObject("configMap").putArray("items");
        ArrayNode sources = volumes.addObject().putObject("projected").putArray("sources");
        for (int i = 0; i < 100_000; i++) {
            String path = "%06d".formatted(i);
            items.addObject().put("path", path);
            sources.addObject().putObject("serviceAccountToken").put("path", path);
        }
        items.addObject().put("path", "/".repeat(1_000_000) + "a");
        assertThat(PodWarnings.ofTemplate(template, FieldPath.of("spec", "template")))
                .isEmpty();
    }

    @Test
    void aPathIsComparedWithoutTheSlashesAtItsEnd() {
        assertThat(warnings(
                        "spec: {containers: [{name: c, image: i}], volumes: [{name: v, secret: {secretName: s, items:"
                                + " [{key: a, path: p}, {key: b, path: p//}]}}]}"))
                .containsExactly("volume \"v\" (Secret \"s\"): overlapping paths: \"p\" with \"p\"");
    }
}
