package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a RuntimeClass adds to the pods that name it; "Runtime Class" and "Pod Overhead" in the documentation. */
class RuntimeClassesE2E extends PodTest {

    private final String own = kubectl.namespace();

    @BeforeAll
    void start() {
        kubectl.apply("""
                apiVersion: node.k8s.io/v1
                kind: RuntimeClass
                metadata: { name: %1$s }
                handler: runc
                overhead: { podFixed: { cpu: 10m, memory: 1Mi } }
                scheduling: { nodeSelector: { kubernetes.io/hostname: node-1 } }
                """.formatted(own));
    }

    @AfterAll
    void remove() {
        kubectl.run("delete", "runtimeclass", own, "--ignore-not-found");
    }

    private String pod(String name, String more) {
        return pod(name, stay(), "runtimeClassName: " + own + "\n" + more);
    }

    @Test
    void aPodRunsWithTheHandlerTheOverheadAndTheNodesOfItsClass() {
        kubectl.apply(pod("classy", ""));
        JsonNode pod = awaitPods("runs", PodTest::isReady, "classy").get("classy");
        assertThat(pod.at("/spec/overhead/cpu").asString()).isEqualTo("10m");
        assertThat(pod.at("/spec/overhead/memory").asString()).isEqualTo("1Mi");
        assertThat(pod.at("/spec/nodeSelector/kubernetes.io~1hostname").asString())
                .isEqualTo("node-1");
        assertThat(pod.at("/spec/nodeName").asString()).isEqualTo("node-1");
    }

    @Test
    void aPodThatContradictsItsClassIsRefused() {
        assertThat(kubectl.call(pod("boasting", "overhead: { cpu: 20m }"), Map.of(), "apply", "-f", "-")
                        .error())
                .contains("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        assertThat(kubectl.call(
                                pod("stubborn", "nodeSelector: { kubernetes.io/hostname: node-2 }"),
                                Map.of(),
                                "apply",
                                "-f",
                                "-")
                        .error())
                .contains("conflict: runtimeClass.scheduling.nodeSelector[kubernetes.io/hostname] = node-1");
        assertThat(kubectl.call(
                                pod("lost", stay(), "runtimeClassName: " + own + "-absent"),
                                Map.of(),
                                "apply",
                                "-f",
                                "-")
                        .error())
                .contains("pod rejected: RuntimeClass \"" + own + "-absent\" not found");
    }
}
