package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.javaoperatorsdk.operator.Operator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an operator does that is written with the Java Operator SDK. */
class OperatorE2E extends ClusterTest {

    private static final String DEFINITION = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: { name: greetings.greetings.example.com }
            spec:
              group: greetings.example.com
              scope: Namespaced
              names: { plural: greetings, kind: Greeting }
              versions:
              - name: v1
                served: true
                storage: true
                subresources: { status: {} }
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec: { type: object, properties: { text: { type: string } } }
                      status: { type: object, properties: { shown: { type: string } } }
            """;

    private final GreetingOperator reconciler = new GreetingOperator();
    private Operator operator;

    @BeforeAll
    void start() {
        kubectl.apply(DEFINITION);
        awaitType("greetings.greetings.example.com");
        operator = new Operator(overrider -> overrider
                .withKubernetesClient(new KubernetesClientBuilder().build())
                .withCloseClientOnStop(true));
        operator.register(reconciler, configuration -> configuration.settingNamespace(kubectl.namespace()));
        operator.start();
    }

    @AfterAll
    void stop() {
        operator.stop();
        kubectl.run("delete", "crd", "greetings.greetings.example.com", "--ignore-not-found");
    }

    @Test
    void whatDependsOnAResourceFollowsItAndGoesWithIt() {
        greet("hello");
        eventually("the page says it, and the status tells").untilAsserted(() -> {
            assertThat(field("configmap/world", ".data.text")).isEqualTo("hello");
            assertThat(field("greeting/world", ".status.shown")).isEqualTo("hello");
        });
        assertThat(field("greeting/world", ".metadata.finalizers")).contains("greetings.example.com/finalizer");

        greet("good morning");
        eventually("the page follows").untilAsserted(() -> assertThat(field("greeting/world", ".status.shown"))
                .isEqualTo("good morning"));

        kubectl.run("patch", "configmap", "world", "--type=merge", "-p", "{\"data\":{\"text\":\"nonsense\"}}");
        eventually("what somebody else wrote is put right")
                .untilAsserted(
                        () -> assertThat(field("configmap/world", ".data.text")).isEqualTo("good morning"));

        kubectl.run("delete", "greeting", "world", "--timeout=110s");
        assertThat(reconciler.cleaned).contains("world");
        eventually("the page goes with its owner")
                .untilAsserted(() -> assertThat(kubectl.run("get", "configmaps", "-o", "name"))
                        .doesNotContain("world"));
    }

    private void greet(String text) {
        kubectl.apply("""
                apiVersion: greetings.example.com/v1
                kind: Greeting
                metadata: { name: world }
                spec: { text: %s }
                """.formatted(text));
    }
}
