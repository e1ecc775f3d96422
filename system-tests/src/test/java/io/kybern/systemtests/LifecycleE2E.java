package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What goes with what: owners and what they own, namespaces and what is in them, finalizers. */
class LifecycleE2E extends ClusterTest {

    private void deploy(String name) {
        kubectl.apply("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: %1$s }
                spec:
                  replicas: 2
                  selector: { matchLabels: { app: %1$s } }
                  template:
                    metadata: { labels: { app: %1$s } }
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers: [{ name: c, image: %2$s, command: [sleep, "1000"] }]
                """.formatted(name, IMAGE));
        kubectl.run("rollout", "status", "deployment/" + name, "--timeout=110s");
    }

    private String names(String type, String app) {
        return kubectl.run("get", type, "-l", "app=" + app, "-o", "name");
    }

    @Test
    void whatADeletedDeploymentOwnsGoesInTheBackground() {
        deploy("background");
        kubectl.run("delete", "deployment", "background");
        eventually("its sets and pods are gone")
                .until(() -> names("replicasets,pods", "background").isEmpty());
    }

    @Test
    void aDeploymentDeletedInTheForegroundGoesLast() {
        deploy("foreground");
        kubectl.run("delete", "deployment", "foreground", "--cascade=foreground");
        assertThat(names("replicasets,pods", "foreground")).isEmpty();
    }

    @Test
    void orphansStayAndHaveNoOwner() {
        deploy("orphan");
        String sets = names("replicasets", "orphan");
        kubectl.run("delete", "deployment", "orphan", "--cascade=orphan");
        assertThat(names("replicasets", "orphan")).isEqualTo(sets);
        assertThat(field(sets, ".metadata.ownerReferences")).isEmpty();
        assertThat(pods("orphan")).hasSize(2);
    }

    @Test
    void anObjectWithAFinalizerWaitsForIt() {
        kubectl.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: held, finalizers: [example.com/hold] }
                """);
        kubectl.run("delete", "configmap", "held", "--wait=false");
        assertThat(field("configmap/held", ".metadata.deletionTimestamp")).isNotEmpty();
        kubectl.run("patch", "configmap", "held", "--type=merge", "-p", "{\"metadata\":{\"finalizers\":null}}");
        assertThat(kubectl.call("", Map.of(), "get", "configmap", "held").error())
                .contains("Error from server (NotFound): configmaps \"held\" not found");
    }

    @Test
    void aNamespaceGoesWithAllThatIsInIt() {
        Kubectl inside = new Kubectl(kubectl.namespace() + "-x");
        kubectl.run("create", "namespace", inside.namespace());
        eventually("its service account is there").untilAsserted(() -> inside.run("get", "serviceaccount", "default"));
        inside.run("create", "configmap", "some", "--from-literal=a=b");
        inside.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: held, finalizers: [example.com/hold] }
                """);
        inside.run(
                "run",
                "pod",
                "--image=" + IMAGE,
                "--image-pull-policy=IfNotPresent",
                "--grace-period=1",
                "--",
                "sleep",
                "1000");
        kubectl.run("delete", "namespace", inside.namespace(), "--wait=false");
        eventually("what holds nothing up is gone")
                .until(() -> inside.run("get", "configmaps", "-o", "name").equals("configmap/held"));
        assertThat(inside.call("", Map.of(), "create", "configmap", "late").error())
                .contains("because it is being terminated");
        eventually("the namespace says what it waits for").untilAsserted(() -> assertThat(field(
                        "namespace/" + inside.namespace(),
                        ".status.conditions[?(@.type==\"NamespaceFinalizersRemaining\")].message"))
                .contains("example.com/hold in 1 resource instances"));
        inside.run("patch", "configmap", "held", "--type=merge", "-p", "{\"metadata\":{\"finalizers\":null}}");
        kubectl.run("wait", "--for=delete", "namespace/" + inside.namespace(), "--timeout=110s");
    }

    @Test
    void everyNamespaceHasItsServiceAccountAndItsRootOfTrust() {
        assertThat(field("configmap/kube-root-ca.crt", ".data")).contains("BEGIN CERTIFICATE");
        kubectl.run("delete", "serviceaccount", "default");
        kubectl.run("delete", "configmap", "kube-root-ca.crt");
        eventually("both are made again").untilAsserted(() -> {
            kubectl.run("get", "serviceaccount", "default");
            kubectl.run("get", "configmap", "kube-root-ca.crt");
        });
    }
}
