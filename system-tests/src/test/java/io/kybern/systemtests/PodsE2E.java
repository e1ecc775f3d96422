package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a pod asks for, its containers find: environment, volumes, names, probes, order, restarts, a way to end. */
class PodsE2E extends ClusterTest {

    @BeforeAll
    void createThePod() {
        kubectl.run("create", "configmap", "settings", "--from-literal=color=blue");
        kubectl.run("create", "secret", "generic", "keys", "--from-literal=password=s3cret");
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: rich, labels: { app: rich } }
                spec:
                  terminationGracePeriodSeconds: 20
                  hostname: first
                  subdomain: rich
                  initContainers:
                  - { name: one, image: %1$s, command: [sh, -c, "echo one >> /shared/order"], volumeMounts: &shared [{ name: shared, mountPath: /shared }] }
                  - { name: two, image: %1$s, command: [sh, -c, "echo two >> /shared/order"], volumeMounts: *shared }
                  containers:
                  - name: web
                    image: %1$s
                    command: [sh, -c]
                    args: ["echo '$(POD) is $(COLOR) and $$(COLOR)'; mkdir /w; echo web > /w/index.html; exec httpd -f -p 8080 -h /w"]
                    env:
                    - { name: COLOR, valueFrom: { configMapKeyRef: { name: settings, key: color } } }
                    - { name: PASSWORD, valueFrom: { secretKeyRef: { name: keys, key: password } } }
                    - { name: POD, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
                    - { name: ADDRESS, valueFrom: { fieldRef: { fieldPath: status.podIP } } }
                    - { name: MEMORY, valueFrom: { resourceFieldRef: { resource: limits.memory, divisor: 1Mi } } }
                    envFrom: [{ configMapRef: { name: settings }, prefix: FROM_ }]
                    resources: { requests: { cpu: 20m, memory: 16Mi }, limits: { cpu: 500m, memory: 64Mi } }
                    ports: [{ name: http, containerPort: 8080 }]
                    startupProbe: { exec: { command: [test, -e, /w/index.html] }, timeoutSeconds: 20, periodSeconds: 1, failureThreshold: 60 }
                    readinessProbe: { httpGet: { path: /, port: http }, timeoutSeconds: 20, periodSeconds: 1 }
                    livenessProbe: { tcpSocket: { port: http }, timeoutSeconds: 20, periodSeconds: 1 }
                    volumeMounts:
                    - { name: shared, mountPath: /shared }
                    - { name: settings, mountPath: /settings }
                    - { name: keys, mountPath: /keys, readOnly: true }
                    - { name: about, mountPath: /about }
                  - name: beside
                    image: %1$s
                    command: [sh, -c, "trap 'exit 0' TERM; while true; do sleep 1; done"]
                    volumeMounts: *shared
                  volumes:
                  - { name: shared, emptyDir: {} }
                  - { name: settings, configMap: { name: settings } }
                  - { name: keys, secret: { secretName: keys, defaultMode: 0400 } }
                  - { name: about, downwardAPI: { items: [{ path: labels, fieldRef: { fieldPath: metadata.labels } }] } }
                ---
                apiVersion: v1
                kind: Service
                metadata: { name: rich }
                spec: { clusterIP: None, selector: { app: rich }, ports: [{ name: http, port: 8080 }] }
                """.formatted(IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod/rich", "--timeout=100s");
    }

    private String in(String container, String script) {
        return kubectl.run("exec", "rich", "-c", container, "--", "sh", "-c", script);
    }

    @Test
    void initContainersRunInOrder() {
        assertThat(in("web", "cat /shared/order")).isEqualTo("one\ntwo");
        assertThat(field("pod/rich", ".status.initContainerStatuses[*].state.terminated.reason"))
                .isEqualTo("Completed Completed");
    }

    @Test
    void containersOfAPodShareVolumesAndTheNetwork() {
        assertThat(in("beside", "cat /shared/order")).isEqualTo("one\ntwo");
        assertThat(in("beside", "wget -qO- http://127.0.0.1:8080/")).isEqualTo("web");
    }

    @Test
    void variablesComeFromValuesFieldsConfigMapsSecretsAndServices() {
        assertThat(in("web", "echo $COLOR $PASSWORD $POD $MEMORY $FROM_color $KUBERNETES_SERVICE_HOST"))
                .isEqualTo("blue s3cret rich 64 blue 10.96.0.1");
        assertThat(in("web", "echo $ADDRESS")).isEqualTo(field("pod/rich", ".status.podIP"));
        assertThat(kubectl.run("logs", "rich", "-c", "web"))
                .as("arguments are expanded, and $$ keeps a reference as it is")
                .isEqualTo("rich is blue and $(COLOR)");
    }

    @Test
    void volumesHoldConfigMapsSecretsAndThePodsOwnFields() {
        assertThat(in("web", "cat /settings/color /keys/password /about/labels"))
                .isEqualTo("blues3cretapp=\"rich\"");
        assertThat(in("web", "stat -L -c %a /keys/password")).isEqualTo("400");
    }

    @Test
    void aChangedConfigMapReachesItsVolume() {
        kubectl.run("create", "configmap", "changing", "--from-literal=text=before");
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: reader }
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - { name: c, image: %s, command: [sleep, "1000"], volumeMounts: [{ name: v, mountPath: /v }] }
                  volumes: [{ name: v, configMap: { name: changing } }]
                """.formatted(IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod/reader", "--timeout=100s");
        assertThat(kubectl.run("exec", "reader", "--", "cat", "/v/text")).isEqualTo("before");
        kubectl.run("patch", "configmap", "changing", "-p", "{\"data\":{\"text\":\"after\"}}");
        eventually("the volume follows").until(() -> kubectl.run("exec", "reader", "--", "cat", "/v/text")
                .equals("after"));
    }

    @Test
    void thePodsTokenIsItsServiceAccount() {
        String token = in("web", "cat /var/run/secrets/kubernetes.io/serviceaccount/token");
        assertThat(in("web", "cat /var/run/secrets/kubernetes.io/serviceaccount/namespace"))
                .isEqualTo(kubectl.namespace());
        String server = kubectl.run("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}");
        Kubectl.Result who = Kubectl.execute(
                List.of(
                        "kubectl",
                        "--kubeconfig=/dev/null",
                        "--server=" + server,
                        "--insecure-skip-tls-verify",
                        "--token=" + token,
                        "auth",
                        "whoami",
                        "-o",
                        "jsonpath={.status.userInfo.username}"),
                "",
                Map.of());
        assertThat(who.ok()).isEqualTo("system:serviceaccount:" + kubectl.namespace() + ":default");
    }

    @Test
    void namesAndSearchListAreThoseOfTheCluster() {
        assertThat(in("web", "hostname -f")).isEqualTo("first.rich." + kubectl.namespace() + ".svc.cluster.local");
        assertThat(in("web", "cat /etc/resolv.conf"))
                .contains("nameserver 10.96.0.10", "search " + kubectl.namespace() + ".svc.cluster.local", "ndots:5");
        eventually("the headless Service's records").untilAsserted(() -> assertThat(
                        in("web", "nslookup first.rich." + kubectl.namespace() + ".svc.cluster.local"))
                .contains(field("pod/rich", ".status.podIP")));
        eventually("the record of its port").untilAsserted(() -> assertThat(
                        in("web", "nslookup -type=SRV _http._tcp.rich." + kubectl.namespace() + ".svc.cluster.local"))
                .contains("8080 first.rich." + kubectl.namespace() + ".svc.cluster.local"));
    }

    @Test
    void aFailingLivenessProbeRestartsTheContainerOnly() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: ailing }
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: ill
                    image: %1$s
                    command: [sh, -c, "touch /tmp/well; exec sleep 1000"]
                    livenessProbe: { exec: { command: [cat, /tmp/well] }, timeoutSeconds: 20, periodSeconds: 1, failureThreshold: 2 }
                  - { name: well, image: %1$s, command: [sleep, "1000"] }
                """.formatted(IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod/ailing", "--timeout=100s");
        kubectl.run("exec", "ailing", "-c", "ill", "--", "rm", "/tmp/well");
        eventually("the container was restarted")
                .until(() -> field("pod/ailing", ".status.containerStatuses[?(@.name==\"ill\")].restartCount")
                        .matches("[1-9]\\d*"));
        assertThat(field("pod/ailing", ".status.containerStatuses[?(@.name==\"well\")].restartCount"))
                .isEqualTo("0");
        eventually("the events say why").untilAsserted(() -> assertThat(kubectl.run("describe", "pod", "ailing"))
                .contains("Unhealthy", "Liveness probe failed: cat: can't open '/tmp/well'", "Killing"));
    }

    @Test
    void aPodThatIsNotReadyIsNoEndpoint() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: slow, labels: { app: slow } }
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: c
                    image: %s
                    command: [sleep, "1000"]
                    readinessProbe: { exec: { command: [test, -e, /tmp/ready] }, timeoutSeconds: 20, periodSeconds: 1 }
                ---
                apiVersion: v1
                kind: Service
                metadata: { name: slow }
                spec: { selector: { app: slow }, ports: [{ port: 80 }] }
                """.formatted(IMAGE));
        eventually("the pod runs")
                .until(() -> field("pod/slow", ".status.phase").equals("Running"));
        eventually("the pod is an endpoint that is not ready")
                .until(() -> ready("slow").equals("false"));
        kubectl.run("exec", "slow", "--", "touch", "/tmp/ready");
        eventually("the pod is ready").until(() -> ready("slow").equals("true"));
        kubectl.run("exec", "slow", "--", "rm", "/tmp/ready");
        eventually("the pod is not ready again").until(() -> ready("slow").equals("false"));
    }

    private String ready(String service) {
        return kubectl.run(
                "get",
                "endpointslices",
                "-l",
                "kubernetes.io/service-name=" + service,
                "-o",
                "jsonpath={.items[*].endpoints[*].conditions.ready}");
    }

    @Test
    void restartPoliciesDecideWhatHappensToAContainerThatEnds() {
        for (String policy : List.of("Never", "OnFailure")) {
            for (int code : List.of(0, 1)) {
                kubectl.run(
                        "run",
                        name(policy, code),
                        "--image=" + IMAGE,
                        "--image-pull-policy=IfNotPresent",
                        "--restart=" + policy,
                        "--",
                        "sh",
                        "-c",
                        "exit " + code);
            }
        }
        eventually("the phase of what never restarts")
                .until(() -> phase("Never", 0).equals("Succeeded")
                        && phase("Never", 1).equals("Failed"));
        eventually("what ended well is not restarted")
                .until(() -> phase("OnFailure", 0).equals("Succeeded"));
        eventually("what failed is restarted, with a pause between")
                .untilAsserted(() -> assertThat(kubectl.run("get", "pod", name("OnFailure", 1), "--no-headers"))
                        .contains("CrashLoopBackOff"));
        assertThat(field("pod/" + name("Never", 1), ".status.containerStatuses[0].state.terminated.exitCode"))
                .isEqualTo("1");
    }

    private static String name(String policy, int code) {
        return policy.toLowerCase(Locale.ROOT) + "-" + code;
    }

    private String phase(String policy, int code) {
        return field("pod/" + name(policy, code), ".status.phase");
    }

    @Test
    void whatCannotStartYetSaysWhyThereIsNothingToSee() {
        kubectl.run("run", "absent", "--image=kybern/absent:1");
        eventually("the logs say what is waited for").untilAsserted(() -> assertThat(
                        kubectl.call("", Map.of(), "logs", "absent").error())
                .contains("Error from server (BadRequest): container \"absent\" in pod \"absent\" is waiting to"
                        + " start: trying and failing to pull image"));
        assertThat(kubectl.call("", Map.of(), "exec", "absent", "--", "ls").error())
                .contains("unable to upgrade connection: container not found (\"absent\")");
    }

    @Test
    void aPodEndsWithItsPreStopHookAndItsSignal() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: polite }
                spec:
                  terminationGracePeriodSeconds: 30
                  containers:
                  - name: c
                    image: %s
                    command: [sh, -c, "trap 'echo signal >> /out/log; exit 0' TERM; echo up; while true; do sleep 0.2; done"]
                    lifecycle: { preStop: { exec: { command: [sh, -c, "echo hook >> /out/log"] } } }
                    volumeMounts: [{ name: out, mountPath: /out }]
                  - { name: witness, image: %1$s, command: [sh, -c, "trap '' TERM; echo listens; until grep -qs signal /out/log; do sleep 0.2; done; cat /out/log"], volumeMounts: [{ name: out, mountPath: /out }] }
                  volumes: [{ name: out, emptyDir: {} }]
                """.replace("%s", "%1$s").formatted(IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod/polite", "--timeout=100s");
        try (Background log = kubectl.start("logs", "-f", "polite", "-c", "witness")) {
            log.says("listens");
            kubectl.run("delete", "pod", "polite");
            assertThat(log.end().ok()).isEqualTo("listens\nhook\nsignal");
        }
    }
}
