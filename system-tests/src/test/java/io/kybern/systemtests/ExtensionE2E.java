package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API server calls servers that run in pods of the cluster: admission and conversion webhooks, and an aggregated API. */
class ExtensionE2E extends ClusterTest {

    private final String group = kubectl.namespace() + ".example.com";
    private String caBundle = "";

    @BeforeAll
    void deployServer(@TempDir Path directory) {
        caBundle = ExtensionPod.deploy(kubectl, directory);
        kubectl.run("label", "namespace", kubectl.namespace(), "hooks=" + kubectl.namespace());
    }

    @AfterAll
    void removeWhatIsNotInTheNamespace() {
        String name = kubectl.namespace();
        kubectl.run(
                "delete", "validatingwebhookconfiguration,mutatingwebhookconfiguration", name, "--ignore-not-found");
        kubectl.run("delete", "apiservice", "v1." + group, "--ignore-not-found");
        kubectl.run("delete", "crd", "boxes.crd." + group, "boxes.mixed." + group, "--ignore-not-found");
    }

    private void configure(String kind, String path) {
        kubectl.apply(
                """
                apiVersion: admissionregistration.k8s.io/v1
                kind: %1$sWebhookConfiguration
                metadata: { name: %2$s }
                webhooks:
                - name: hook.example.com
                  clientConfig:
                    service: { namespace: %2$s, name: hook, path: %3$s }
                    caBundle: %4$s
                  admissionReviewVersions: [v1]
                  sideEffects: None
                  timeoutSeconds: 30
                  namespaceSelector: { matchLabels: { hooks: %2$s } }
                  objectSelector: { matchLabels: { %5$s: "yes" } }
                  rules:
                  - { operations: [CREATE, UPDATE], apiGroups: [""], apiVersions: [v1], resources: [configmaps] }
                """.formatted(kind, kubectl.namespace(), path, caBundle, kind.toLowerCase(java.util.Locale.ROOT)));
    }

    private Kubectl.Result labelled(String name, String label) {
        return kubectl.call("""
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: %s, labels: { %s: "yes" } }
                data: { own: value }
                """.formatted(name, label), Map.of(), "create", "-f", "-");
    }

    @Test
    void aWebhookInAPodRefuses() {
        configure("Validating", "/deny");

        eventually("the configuration to count").untilAsserted(() -> {
            kubectl.run("delete", "configmap", "refused", "--ignore-not-found");
            assertThat(labelled("refused", "validating").error())
                    .contains("Warning: knock first")
                    .contains("admission webhook \"hook.example.com\" denied the request: no entry");
        });
        assertThat(labelled("other", "free").exitCode()).isZero();
    }

    @Test
    void aWebhookInAPodChangesWhatIsCreated() {
        configure("Mutating", "/mutate");

        eventually("the configuration to count").untilAsserted(() -> {
            kubectl.run("delete", "configmap", "changed", "--ignore-not-found");
            labelled("changed", "mutating").ok();
            assertThat(field("configmap/changed", ".data.added")).isEqualTo("by webhook");
        });
    }

    /** Boxes of a group, with two versions that the server in the pod converts; kept in the first one. */
    private void defineBoxes(String crd) {
        String schema = "schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }";
        kubectl.apply("""
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: { name: boxes.%1$s }
                spec:
                  group: %1$s
                  scope: Namespaced
                  names: { plural: boxes, singular: box, kind: Box }
                  versions:
                  - { name: v1, served: true, storage: true, %2$s }
                  - { name: v2, served: true, storage: false, %2$s }
                  conversion:
                    strategy: Webhook
                    webhook:
                      conversionReviewVersions: [v1]
                      clientConfig: { caBundle: %3$s, service: { namespace: %4$s, name: hook, path: /convert } }
                """.formatted(crd, schema, caBundle, kubectl.namespace()));
        awaitType("boxes.v2." + crd);
    }

    private String boxes(String version, String crd, String field) {
        return kubectl.run("get", "boxes." + version + "." + crd, "-o", "jsonpath={.items[*]." + field + "}");
    }

    @Test
    void aWebhookInAPodConvertsVersions() {
        String crd = "crd." + group;
        defineBoxes(crd);
        kubectl.apply("apiVersion: %s/v1\nkind: Box\nmetadata: { name: one }\nsize: 3\n".formatted(crd));
        kubectl.apply("apiVersion: %s/v2\nkind: Box\nmetadata: { name: two }\nwidth: 4\n".formatted(crd));

        assertThat(boxes("v2", crd, "width")).isEqualTo("3 4");
        assertThat(boxes("v1", crd, "size")).isEqualTo("3 4");
    }

    @Test
    void whatIsKeptInTwoVersionsIsListedInEither() {
        String crd = "mixed." + group;
        defineBoxes(crd);
        kubectl.apply("apiVersion: %s/v1\nkind: Box\nmetadata: { name: a-first }\nsize: 3\n".formatted(crd));
        kubectl.run(
                "patch",
                "crd",
                "boxes." + crd,
                "--type=json",
                "-p",
                "[{\"op\":\"replace\",\"path\":\"/spec/versions/0/storage\",\"value\":false},"
                        + "{\"op\":\"replace\",\"path\":\"/spec/versions/1/storage\",\"value\":true}]");
        assertThat(field("crd/boxes." + crd, ".status.storedVersions")).isEqualTo("[\"v1\",\"v2\"]");
        kubectl.apply("apiVersion: %s/v1\nkind: Box\nmetadata: { name: b-second }\nsize: 4\n".formatted(crd));

        assertThat(boxes("v1", crd, "size")).isEqualTo("3 4");
        assertThat(boxes("v1", crd, "apiVersion")).isEqualTo(crd + "/v1 " + crd + "/v1");
        assertThat(boxes("v2", crd, "width")).isEqualTo("3 4");
        assertThat(boxes("v2", crd, "apiVersion")).isEqualTo(crd + "/v2 " + crd + "/v2");
    }

    @Test
    void anApiInAPodIsServedAmongTheOthers() {
        kubectl.apply("""
                apiVersion: apiregistration.k8s.io/v1
                kind: APIService
                metadata: { name: v1.%1$s }
                spec:
                  group: %1$s
                  version: v1
                  groupPriorityMinimum: 100
                  versionPriority: 10
                  caBundle: %2$s
                  service: { namespace: %3$s, name: hook }
                """.formatted(group, caBundle, kubectl.namespace()));
        kubectl.run("wait", "--for=condition=Available", "apiservice/v1." + group, "--timeout=110s");

        eventually("the type to be discovered")
                .untilAsserted(() -> assertThat(kubectl.run("get", "visitors." + group, "-o", "name"))
                        .startsWith("visitor." + group + "/"));
        assertThat(kubectl.run("get", "apiservice", "v1.apps", "--no-headers")).contains("Local", "True");
    }
}
