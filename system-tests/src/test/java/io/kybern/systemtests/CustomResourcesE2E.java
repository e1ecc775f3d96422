package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What kubectl does with types of its own. */
class CustomResourcesE2E extends ClusterTest {

    /** Every test has a group of its own, so that tests and their leftovers do not meet. */
    private final String group = kubectl.namespace() + ".example.com";

    private final String definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: { name: widgets.GROUP }
            spec:
              group: GROUP
              scope: Namespaced
              names: { plural: widgets, kind: Widget, shortNames: [wd] }
              versions:
              - name: v1
                served: true
                storage: true
                subresources:
                  status: {}
                  scale: { specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas }
                additionalPrinterColumns:
                - { name: Size, type: integer, jsonPath: .spec.size }
                selectableFields:
                - jsonPath: .spec.color
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec:
                        type: object
                        description: What the widget should be.
                        required: [color]
                        properties:
                          size: { type: integer, default: 3, minimum: 1 }
                          replicas: { type: integer }
                          color: { type: string, enum: [red, blue], description: Its color. }
                      status:
                        type: object
                        properties:
                          replicas: { type: integer }
            """.replace("GROUP", group);

    private final String widget = """
            apiVersion: %s/v1
            kind: Widget
            metadata: { name: one, labels: { a: b } }
            spec: { color: red, replicas: 1 }
            """.formatted(group);

    @AfterEach
    void removeDefinition() {
        kubectl.run("delete", "crd", "widgets." + group, "--ignore-not-found");
    }

    private void establish() {
        kubectl.apply(definition);
        awaitType("widgets." + group);
    }

    private String widgets(String... more) {
        String[] command = new String[more.length + 2];
        command[0] = "get";
        command[1] = "widgets." + group;
        System.arraycopy(more, 0, command, 2, more.length);
        return kubectl.run(command);
    }

    @Test
    void aTypeIsServedAsItsDefinitionSays() {
        establish();
        assertThat(kubectl.apply(widget)).isEqualTo("widget." + group + "/one created");
        assertThat(kubectl.apply(widget)).isEqualTo("widget." + group + "/one unchanged");
        assertThat(widgets("--no-headers")).matches("one +3");
        assertThat(widgets("-o", "name", "--field-selector", "spec.color=blue")).isEmpty();
        assertThat(widgets("-o", "name", "-l", "a=b")).isEqualTo("widget." + group + "/one");
        kubectl.run("scale", "widgets." + group + "/one", "--replicas=4");
        assertThat(widgets("one", "-o", "jsonpath={.spec.replicas} {.metadata.generation}"))
                .isEqualTo("4 2");
        kubectl.run(
                "patch",
                "widgets." + group,
                "one",
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\":{\"replicas\":2}}");
        assertThat(widgets("one", "-o", "jsonpath={.status.replicas} {.metadata.generation}"))
                .isEqualTo("2 2");
    }

    @Test
    void wrongInstancesAreRefused() {
        establish();
        Kubectl.Result wrong = kubectl.call(widget.replace("red", "green"), Map.of(), "apply", "-f", "-");
        assertThat(wrong.error())
                .contains("spec.color: Unsupported value: \"green\": supported values: \"red\", \"blue\"");
        Kubectl.Result unknown = kubectl.call(widget.replace("replicas", "replica"), Map.of(), "apply", "-f", "-");
        assertThat(unknown.error()).contains("unknown field \"spec.replica\"");
    }

    @Test
    void explainKnowsTheFields() {
        establish();
        eventually("the documents to tell of the type").untilAsserted(() -> assertThat(
                        kubectl.call("", Map.of(), "explain", "widgets.spec.color", "--api-version=" + group + "/v1")
                                .output())
                .contains("Its color."));
    }

    @Test
    void instancesGoWithTheirDefinition() {
        establish();
        kubectl.apply(widget);
        kubectl.run("delete", "crd", "widgets." + group, "--timeout=110s");
        assertThat(kubectl.call("", Map.of(), "get", "--raw", "/apis/" + group + "/v1/widgets")
                        .exitCode())
                .isNotZero();
        establish();
        assertThat(widgets("-o", "name")).isEmpty();
    }

    @Test
    void dependentsGoWithTheirOwner() {
        establish();
        kubectl.apply(widget);
        String uid = widgets("one", "-o", "jsonpath={.metadata.uid}");
        kubectl.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: owned
                  ownerReferences: [{ apiVersion: %s/v1, kind: Widget, name: one, uid: %s }]
                """.formatted(group, uid));
        kubectl.run("delete", "widgets." + group, "one");
        eventually("the dependent to go").until(() -> kubectl.run("get", "configmap", "owned", "--ignore-not-found")
                .isEmpty());
    }

    @Test
    void aNamespaceGoesWithItsInstances() {
        establish();
        Kubectl other = new Kubectl(kubectl.namespace() + "-gone");
        kubectl.run("create", "namespace", other.namespace());
        other.apply(widget);
        kubectl.run("delete", "namespace", other.namespace(), "--timeout=110s");
        assertThat(widgets("-A", "-o", "name")).isEmpty();
    }
}
