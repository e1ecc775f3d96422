package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that need no running pod, and the words in which they answer. */
class CommandsE2E extends ClusterTest {

    private static final String MANIFEST = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: idle, labels: { app: idle, x: "1" } }
            spec:
              replicas: 0
              selector: { matchLabels: { app: idle } }
              template:
                metadata: { labels: { app: idle } }
                spec:
                  containers:
                  - { name: web, image: "%1$s", ports: [{ containerPort: 8080 }], env: [{ name: A, value: "1" }, { name: B, value: "2" }] }
                  - { name: side, image: "%1$s" }
            """.formatted(IMAGE);

    @TempDir
    private Path directory;

    @BeforeAll
    void create() {
        assertThat(kubectl.apply(MANIFEST)).isEqualTo("deployment.apps/idle created");
    }

    @Test
    void exposeTakesPortsAndSelectorsFromWhatItExposes() {
        assertThat(kubectl.run("expose", "deployment", "idle", "--name=same"))
                .as("the port of the container")
                .isEqualTo("service/same exposed");
        kubectl.run("expose", "deployment", "idle", "--name=other", "--port=80", "--target-port=8080");
        kubectl.run("expose", "deployment", "idle", "--name=outside", "--port=81", "--type=LoadBalancer");
        kubectl.run("expose", "deployment", "idle", "--name=headless", "--port=80", "--cluster-ip=None");
        kubectl.run("expose", "service", "other", "--name=again", "--port=90");
        assertThat(kubectl.run("get", "services", "-l", "app=idle"))
                .containsPattern("same +ClusterIP +10\\.96\\.\\S+ +<none> +8080/TCP")
                .containsPattern("other +ClusterIP +10\\.96\\.\\S+ +<none> +80/TCP")
                .containsPattern("outside +LoadBalancer +10\\.96\\.\\S+ +<pending> +81:3\\d{4}/TCP")
                .containsPattern("headless +ClusterIP +None +<none> +80/TCP")
                .containsPattern("again +ClusterIP +10\\.96\\.\\S+ +<none> +90/TCP");
        assertThat(field("service/again", ".spec.selector")).isEqualTo("{\"app\":\"idle\"}");
        assertThat(kubectl.refused("expose", "deployment", "idle", "--name=same"))
                .isEqualTo("Error from server (AlreadyExists): services \"same\" already exists");
        assertThat(kubectl.run("delete", "services", "-l", "app=idle").lines()).hasSize(5);
    }

    @Test
    void setChangesOneContainerOrAll() {
        kubectl.apply(MANIFEST.replace("name: idle", "name: set"));
        assertThat(kubectl.run("set", "image", "deployment/set", "web=one:1"))
                .isEqualTo("deployment.apps/set image updated");
        assertThat(images()).isEqualTo("one:1 " + IMAGE);
        kubectl.run("set", "image", "deployment/set", "*=two:2");
        assertThat(images()).isEqualTo("two:2 two:2");
        assertThat(kubectl.refused("set", "image", "deployment/set", "absent=x"))
                .isEqualTo("error: unable to find container named \"absent\"");
        kubectl.run("set", "env", "deployment/set", "-c", "web", "C=3", "A-");
        assertThat(kubectl.run("set", "env", "deployment/set", "--list", "-c", "web"))
                .isEqualTo("# Deployment set, container web\nB=2\nC=3");
    }

    private String images() {
        return field("deployment/set", ".spec.template.spec.containers[*].image");
    }

    @Test
    void patchesMergeContainersByNameAndSayWhatTheyDid() {
        kubectl.apply(MANIFEST.replace("name: idle", "name: patched"));
        String[] patch = {"patch", "deployment", "patched", "-p", ""};
        patch[4] = "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"side\",\"$patch\":\"delete\"}]}}}}";
        assertThat(kubectl.run(patch)).isEqualTo("deployment.apps/patched patched");
        assertThat(field("deployment/patched", ".spec.template.spec.containers[*].name"))
                .isEqualTo("web");
        eventually("nothing changes any more, the status neither")
                .until(() -> kubectl.run(patch).equals("deployment.apps/patched patched (no change)"));
        assertThat(kubectl.run(
                        "patch",
                        "deployment",
                        "patched",
                        "--subresource=scale",
                        "--type=merge",
                        "-p",
                        "{\"spec\":{\"replicas\":0}}"))
                .isEqualTo("scale.autoscaling/patched patched (no change)");
        assertThat(kubectl.refused(
                        "patch",
                        "deployment",
                        "patched",
                        "--type=json",
                        "-p",
                        "[{\"op\":\"test\",\"path\":\"/spec/replicas\",\"value\":3}]"))
                .isEqualTo("The request is invalid: the server rejected our request due to an error in our request");
        assertThat(kubectl.refused("label", "deployment", "patched", "b b=1"))
                .startsWith(
                        "The Deployment \"patched\" is invalid: metadata.labels: Invalid value: \"b b\": name part must"
                                + " consist of alphanumeric characters");
    }

    @Test
    void getAndDeleteReadFiles() throws IOException {
        Path manifest = Files.writeString(directory.resolve("two.yml"), """
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: filed }
                ---
                apiVersion: v1
                kind: ServiceAccount
                metadata: { name: filed }
                """);
        assertThat(kubectl.run("create", "-f", manifest.toString()))
                .isEqualTo("configmap/filed created\nserviceaccount/filed created");
        assertThat(kubectl.run("get", "-f", manifest.toString(), "-o", "name"))
                .isEqualTo("configmap/filed\nserviceaccount/filed");
        assertThat(kubectl.run("get", "configmap/filed", "serviceaccount/filed", "-o", "jsonpath={.items[*].kind}"))
                .isEqualTo("ConfigMap ServiceAccount");
        Path template = Files.writeString(directory.resolve("path"), "{.metadata.name}");
        assertThat(kubectl.run("get", "configmap", "filed", "-o", "jsonpath-file=" + template))
                .isEqualTo("filed");
        kubectl.run("create", "configmap", "held", "--from-file=" + template, "--from-literal=a=1");
        assertThat(field("configmap/held", ".data")).isEqualTo("{\"a\":\"1\",\"path\":\"{.metadata.name}\"}");
        assertThat(kubectl.run("delete", "-f", manifest.toString()))
                .isEqualTo("configmap \"filed\" deleted\nserviceaccount \"filed\" deleted");
        assertThat(kubectl.refused("get", "-f", manifest.toString()))
                .isEqualTo("Error from server (NotFound): configmaps \"filed\" not found\n"
                        + "Error from server (NotFound): serviceaccounts \"filed\" not found");
    }

    @Test
    void waitingSaysForWhatAndForWhom() {
        assertThat(kubectl.run("wait", "--for=condition=Available", "deployment/idle", "--timeout=110s"))
                .isEqualTo("deployment.apps/idle condition met");
        // as long as kubectl may need for its first look
        assertThat(kubectl.refused("wait", "--for=condition=Blue", "deployment/idle", "--timeout=10s"))
                .isEqualTo("error: timed out waiting for the condition on deployments/idle");
        assertThat(kubectl.refused("wait", "--for=condition=Blue", "deployment/absent", "--timeout=1s"))
                .isEqualTo("Error from server (NotFound): deployments.apps \"absent\" not found");
    }

    @Test
    void whoMayDoWhatIsAskedQuietlyAndBySubresource() {
        kubectl.run("create", "role", "logs", "--verb=get", "--resource=pods/log");
        kubectl.run("create", "rolebinding", "logs", "--role=logs", "--user=jane");
        String[] question = {"auth", "can-i", "-q", "get", "pods", "--subresource=log", "--as=jane"};
        eventually("the binding counts")
                .until(() -> kubectl.call("", Map.of(), question).exitCode() == 0);
        assertThat(kubectl.call("", Map.of(), "auth", "can-i", "-q", "get", "pods", "--as=jane"))
                .isEqualTo(new Kubectl.Result(1, "", ""));
        assertThat(kubectl.run("auth", "can-i", "--list", "--as=jane"))
                .containsPattern("pods/log +\\[] +\\[] +\\[get]")
                .containsPattern("selfsubjectreviews.authentication.k8s.io +\\[] +\\[] +\\[create]");
    }
}
