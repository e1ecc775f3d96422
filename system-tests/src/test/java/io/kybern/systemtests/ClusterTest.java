package io.kybern.systemtests;

import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** A test class with a namespace of its own, which goes with it. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ClusterTest {

    static final String IMAGE = "kybern/testbox:1";
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    final Kubectl kubectl = new Kubectl("e2e-" + Integer.toHexString(new Random().nextInt(1 << 24)));

    @BeforeAll
    void createNamespace() {
        new Kubectl("default").run("create", "namespace", kubectl.namespace());
        eventually("the namespace has what every namespace has")
                .untilAsserted(() -> kubectl.run("get", "serviceaccount/default", "configmap/kube-root-ca.crt"));
    }

    @AfterAll
    void deleteNamespace() {
        new Kubectl("default").run("delete", "namespace", kubectl.namespace(), "--wait=false");
    }

    /** Waits for a condition that has a name; what is refused meanwhile, or not answered, is asked again. */
    static ConditionFactory eventually(String condition) {
        return await(condition)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(300))
                .ignoreExceptionsMatching(
                        failure -> failure instanceof CommandError || failure instanceof UncheckedIOException);
    }

    /** Web servers that answer with the name of their pod. */
    void deployWeb(String name, int replicas) {
        deployWeb(name, replicas, 2, "");
    }

    /**
     * The same.
     *
     * @param drainSeconds how long a pod still serves after it was told to end
     * @param more what else the pods' spec says, in lines that begin at the first column
     */
    void deployWeb(String name, int replicas, int drainSeconds, String more) {
        kubectl.apply("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: %1$s, labels: { app: %1$s } }
                spec:
                  replicas: %2$d
                  selector: { matchLabels: { app: %1$s } }
                  template:
                    metadata: { labels: { app: %1$s } }
                    spec:
                      terminationGracePeriodSeconds: %5$d
                      containers:
                      - name: web
                        image: %3$s
                        imagePullPolicy: IfNotPresent
                        command: [sh, -c, "mkdir /w; hostname > /w/index.html; httpd -f -p 8080 -h /w & wait $!"]
                        ports: [{ containerPort: 8080, name: http }]
                        readinessProbe: { httpGet: { path: /, port: http }, timeoutSeconds: 5, periodSeconds: 1 }
                        lifecycle: { preStop: { exec: { command: [sleep, "%4$d"] } } }
                """.formatted(name, replicas, IMAGE, drainSeconds, drainSeconds + 3) + more.indent(6));
        kubectl.run("rollout", "status", "deployment/" + name, "--timeout=110s");
    }

    /** The names of the pods with that label, without those that are on their way out: they may be gone at the next call. */
    List<String> pods(String app) {
        String names = kubectl.run(
                "get",
                "pods",
                "-l",
                "app=" + app,
                "-o",
                "go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}");
        return names.isBlank() ? List.of() : List.of(names.strip().split(" "));
    }

    /**
     * Waits until a type that was just defined can be used. A new definition has no conditions at all for a moment, at
     * which {@code kubectl wait} gives up; and kubectl keeps what it has discovered for some minutes, but asks again for
     * what it does not find there.
     *
     * @param type in the form {@code plural.group} or {@code plural.version.group}
     */
    void awaitType(String type) {
        eventually("the type to be discovered")
                .until(() -> kubectl.call("", Map.of(), "get", type).exitCode() == 0);
    }

    /** One field of an object. */
    String field(String object, String jsonPath) {
        return kubectl.run("get", object, "-o", "jsonpath={" + jsonPath + "}");
    }

    /** The status code with which a page of the machine answers; 0 if nothing answers. */
    static int statusCode(String url) {
        return Integer.parseInt(Kubectl.execute(
                        List.of("curl", "-s", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", url), "", Map.of())
                .output());
    }

    /** The body of a page of the machine. */
    static String page(String url) {
        return Kubectl.execute(List.of("curl", "-s", "-m", "30", url), "", Map.of())
                .ok();
    }
}
