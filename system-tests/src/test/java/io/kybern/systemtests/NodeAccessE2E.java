package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets what from the API of nodes; see "Kubelet authentication/authorization" in the documentation. */
class NodeAccessE2E extends ClusterTest {

    private static final String TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    private String scraper;
    private String watcher;

    @BeforeAll
    void startPods(@TempDir Path directory) {
        scraper = "scraper-" + kubectl.namespace();
        watcher = "watcher-" + kubectl.namespace();
        Path jar = directory.resolve("reader.jar");
        ClassJar.write(jar, NodeReader.class, NodeReader.Anyone.class);
        kubectl.run("create", "configmap", "reader", "--from-file=" + jar);
        allow(scraper, "scraper", "nodes/metrics, nodes/stats, nodes/proxy");
        allow(watcher, "watcher", "nodes/healthz");
        for (String account : List.of("scraper", "watcher", "stranger")) {
            kubectl.apply("""
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: { name: %1$s }
                    ---
                    apiVersion: v1
                    kind: Pod
                    metadata: { name: %1$s }
                    spec:
                      serviceAccountName: %1$s
                      terminationGracePeriodSeconds: 0
                      containers:
                      - name: c
                        image: %2$s
                        imagePullPolicy: IfNotPresent
                        command: [sleep, "1000"]
                        env: [{ name: NODE, valueFrom: { fieldRef: { fieldPath: status.hostIP } } }]
                        volumeMounts: [{ name: reader, mountPath: /reader }]
                      volumes: [{ name: reader, configMap: { name: reader } }]
                    """.formatted(account, ExtensionPod.JAVA));
        }
        kubectl.run("wait", "--for=condition=Ready", "pod", "--all", "--timeout=110s");
    }

    private void allow(String role, String account, String subresources) {
        kubectl.apply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: { name: %1$s }
                rules: [{ apiGroups: [""], resources: [%3$s], verbs: [get] }]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRoleBinding
                metadata: { name: %1$s }
                roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %1$s }
                subjects: [{ kind: ServiceAccount, name: %2$s, namespace: %4$s }]
                """.formatted(role, account, subresources, kubectl.namespace()));
    }

    @AfterAll
    void takeBack() {
        kubectl.run("delete", "clusterrole,clusterrolebinding", scraper, watcher, "--ignore-not-found");
    }

    private List<NodeReader.Page> read(String pod, String token, String... paths) {
        String addresses = Arrays.stream(paths).reduce("", (all, path) -> all + " https://$NODE:10250" + path);
        return NodeReader.Page.parse(kubectl.run(
                "exec",
                pod,
                "--",
                "sh",
                "-c",
                "java -XX:+UseSerialGC -Xmx48m -cp /reader/reader.jar " + NodeReader.class.getName() + " " + token
                        + addresses));
    }

    private String user(String account) {
        return "system:serviceaccount:" + kubectl.namespace() + ":" + account;
    }

    @Test
    void anAccountReadsWhatItsRoleNames() {
        List<NodeReader.Page> pages =
                read("scraper", TOKEN, "/metrics/resource", "/stats/summary", "/pods", "/metrics/cadvisor", "/healthz");
        assertThat(pages).extracting(NodeReader.Page::status).containsOnly(200);
        assertThat(pages.getFirst().body()).contains("node_cpu_usage_seconds_total");
        assertThat(pages.get(1).body()).contains("\"nodeName\"");
        assertThat(pages.get(2).body()).contains("\"" + kubectl.namespace() + "\"");
        assertThat(pages.getLast().body()).isEqualTo("ok");
    }

    @Test
    void aNodeTellsOfItsSettingsItsHealthAndItsLogs() {
        List<NodeReader.Page> pages =
                read("scraper", TOKEN, "/configz", "/healthz/syncloop", "/runningpods/", "/logs/");
        assertThat(pages).extracting(NodeReader.Page::status).containsExactly(200, 200, 200, 403);
        assertThat(pages.getFirst().body()).startsWith("{\"kubeletconfig\":{").contains("\"mode\":\"Webhook\"");
        assertThat(pages.get(1).body()).isEqualTo("ok");
        assertThat(pages.get(2).body()).contains("\"name\":\"scraper\"");
        String node = "/api/v1/nodes/" + field("pod/scraper", ".spec.nodeName") + "/proxy";
        assertThat(kubectl.run("get", "--raw", node + "/logs/")).contains("<pre>", "</pre>");
        assertThat(kubectl.run("get", "--raw", node + "/healthz?verbose")).contains("[+]syncloop ok");
    }

    @Test
    void aNarrowRoleOpensNothingElse() {
        assertThat(read("watcher", TOKEN, "/healthz", "/pods", "/metrics"))
                .containsExactly(
                        new NodeReader.Page(200, "ok"),
                        new NodeReader.Page(
                                403,
                                "Forbidden (user=%s, verb=get, resource=nodes, subresource(s)=[pods proxy])"
                                        .formatted(user("watcher"))),
                        new NodeReader.Page(
                                403,
                                "Forbidden (user=%s, verb=get, resource=nodes, subresource(s)=[metrics])"
                                        .formatted(user("watcher"))));
    }

    @Test
    void whoHasNoRoleIsRefusedAndWhoHasNoTokenIsNobody() {
        assertThat(read("stranger", TOKEN, "/metrics/resource"))
                .containsExactly(new NodeReader.Page(
                        403,
                        "Forbidden (user=%s, verb=get, resource=nodes, subresource(s)=[metrics])"
                                .formatted(user("stranger"))));
        List<NodeReader.Page> nobody = new ArrayList<>(read("stranger", "-", "/metrics/resource", "/healthz"));
        nobody.addAll(read("stranger", "/etc/hostname", "/stats/summary"));
        assertThat(nobody).containsOnly(new NodeReader.Page(401, "Unauthorized"));
    }
}
