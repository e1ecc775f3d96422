package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What kubectl does with ReplicationControllers and the pods that they run, and as a proxy. */
class KubectlE2E extends ClusterTest {

    private static final String CONTROLLER = """
            apiVersion: v1
            kind: ReplicationController
            metadata: { name: %1$s, labels: { app: %1$s } }
            spec:
              replicas: %2$d
              selector: { app: %1$s }
              template:
                metadata: { labels: { app: %1$s } }
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: web
                    image: %3$s
                    imagePullPolicy: IfNotPresent
                    command: [sh, -c, "mkdir /w; hostname > /w/index.html; echo begun; httpd -f -p 8080 -h /w & wait $!"]
                    ports: [{ containerPort: 8080 }]
            """;

    @BeforeAll
    void runController() {
        kubectl.call(CONTROLLER.formatted("web", 1, IMAGE), Map.of(), "create", "-f", "-")
                .ok();
        kubectl.call(CONTROLLER.formatted("scaled", 2, IMAGE), Map.of(), "create", "-f", "-")
                .ok();
        eventually("the pods run").until(() -> running("web") == 1 && running("scaled") == 2);
    }

    private long running(String app) {
        return kubectl.run("get", "pods", "-l", "app=" + app, "--no-headers")
                .lines()
                .filter(line -> line.contains("Running"))
                .count();
    }

    @Test
    void aControllerIsScaledAndStopped() {
        assertThat(kubectl.run("scale", "rc", "scaled", "--replicas=1", "--timeout=110s"))
                .isEqualTo("replicationcontroller/scaled scaled");
        eventually("one pod is left").until(() -> pods("scaled").size() == 1);
        kubectl.run("scale", "rc", "scaled", "--replicas=2");
        eventually("two pods run").until(() -> running("scaled") == 2);
        kubectl.run("delete", "rc", "scaled", "--cascade=background");
        eventually("none is left").until(() -> kubectl.run("get", "pods,rc", "-l", "app=scaled", "-o", "name")
                .isEmpty());
    }

    @Test
    void aControllerAndWhatIsAroundItAreDescribed() {
        assertThat(kubectl.run("describe", "rc", "web"))
                .containsPattern("Name: +web")
                .containsPattern("Namespace: +" + kubectl.namespace())
                .containsPattern("Selector: +app=web")
                .containsPattern("Replicas: +1 current / 1 desired")
                .containsPattern("Pods Status: +1 Running / 0 Waiting / 0 Succeeded / 0 Failed")
                .contains("Pod Template:", "Image:", "Events:");
        assertThat(kubectl.run("describe", "pod", pods("web").getFirst()))
                .containsPattern("Status: +Running")
                .containsPattern("Controlled By: +ReplicationController/web")
                .contains("Image ID:", "IP:", "Node:");
        assertThat(kubectl.run("describe", "namespace", kubectl.namespace()))
                .containsPattern("Name: +" + kubectl.namespace())
                .containsPattern("Status: +Active")
                .contains("No resource quota", "No LimitRange resource");
    }

    @Test
    void controllersAndServicesAreExposed() {
        assertThat(kubectl.run("expose", "rc", "web", "--name=first", "--port=1234", "--target-port=8080"))
                .isEqualTo("service/first exposed");
        assertThat(kubectl.run("expose", "service", "first", "--name=second", "--port=2345", "--target-port=8080"))
                .isEqualTo("service/second exposed");
        for (String each : List.of("first", "second")) {
            eventually("the pod is behind the service")
                    .until(() -> field("endpoints/" + each, ".subsets[*].addresses[*].targetRef.name")
                            .equals(pods("web").getFirst()));
            assertThat(field("endpoints/" + each, ".subsets[*].ports[*].port")).isEqualTo("8080");
        }
        assertThat(kubectl.run("get", "service", "first", "second", "-o", "jsonpath={.items[*].spec.ports[*].port}"))
                .isEqualTo("1234 2345");
    }

    @Test
    void podsAreLabelledPatchedAndReplaced() {
        kubectl.run(
                "run",
                "plain",
                "--image=" + IMAGE,
                "--image-pull-policy=IfNotPresent",
                "--labels=run=plain",
                "--",
                "sleep",
                "1000");
        kubectl.run("label", "pods", "plain", "testing-label=testing-label-value");
        assertThat(kubectl.run("get", "pod", "plain", "-L", "testing-label")).contains("testing-label-value");
        kubectl.run("label", "pods", "plain", "testing-label-");
        assertThat(kubectl.run("get", "pod", "plain", "-L", "testing-label")).doesNotContain("testing-label-value");

        String image = "[{\"name\":\"plain\",\"image\":\"kybern/another:1\"}]";
        kubectl.run("patch", "pod", "plain", "-p", "{\"spec\":{\"containers\":" + image + "}}", "--dry-run=server");
        assertThat(field("pod/plain", ".spec.containers[0].image")).isEqualTo(IMAGE);
        kubectl.run("patch", "pod", "plain", "-p", "{\"metadata\":{\"annotations\":{\"x\":\"y\"}}}");
        assertThat(field("pod/plain", ".metadata.annotations.x")).isEqualTo("y");

        // the node may write the pod's status between the two
        eventually("the pod to be replaced").untilAsserted(() -> {
            String json = kubectl.run("get", "pod", "plain", "-o", "json")
                    .replace("\"image\": \"" + IMAGE + "\"", "\"image\": \"kybern/another:1\"");
            assertThat(kubectl.call(json, Map.of(), "replace", "-f", "-").ok()).isEqualTo("pod/plain replaced");
        });
        assertThat(field("pod/plain", ".spec.containers[0].image")).isEqualTo("kybern/another:1");
        kubectl.run("delete", "pod", "plain", "--now");
    }

    @Test
    void theProxyServesAtAPortOfItsChoice() {
        try (Background proxy = kubectl.start("proxy", "--port=0", "--disable-filter")) {
            proxy.says("Starting to serve on ");
            Matcher port = Pattern.compile("Starting to serve on 127\\.0\\.0\\.1:(\\d+)")
                    .matcher(proxy.output());
            assertThat(port.find()).isTrue();
            String address = "http://127.0.0.1:" + port.group(1);
            assertThat(page(address + "/api/")).contains("\"kind\": \"APIVersions\"");
            eventually("the pod's page is served").untilAsserted(() -> assertThat(page(address + "/api/v1/namespaces/"
                            + kubectl.namespace() + "/pods/" + pods("web").getFirst() + ":8080/proxy/"))
                    .isEqualTo(pods("web").getFirst()));
        }
    }

    @Test
    void theProxyServesAtASocket(@TempDir Path directory) {
        Path socket = directory.resolve("proxy.sock");
        try (Background proxy = kubectl.start("proxy", "--unix-socket=" + socket)) {
            proxy.says("Starting to serve on ");
            assertThat(Kubectl.execute(
                                    List.of(
                                            "curl",
                                            "-s",
                                            "-m",
                                            "20",
                                            "--unix-socket",
                                            socket.toString(),
                                            "http://localhost/api/"),
                                    "",
                                    Map.of())
                            .ok())
                    .contains("\"kind\": \"APIVersions\"");
        }
    }
}
