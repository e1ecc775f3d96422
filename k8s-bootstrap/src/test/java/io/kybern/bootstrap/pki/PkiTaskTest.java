package io.kybern.bootstrap.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class PkiTaskTest {

    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

    @TempDir
    Path root;

    @Test
    void makesEveryFileOfAClusterReadableByItsOwnerOnly() throws Exception {
        run(NOW, "node-1", "node-2");

        assertThat(contents().keySet())
                .containsExactlyInAnyOrder(
                        "pki/ca.crt",
                        "pki/ca.key",
                        "pki/front-proxy-ca.crt",
                        "pki/front-proxy-ca.key",
                        "pki/front-proxy-client.crt",
                        "pki/front-proxy-client.key",
                        "pki/sa.key",
                        "pki/sa.pub",
                        "pki/apiserver.crt",
                        "pki/apiserver.key",
                        "pki/apiserver-kubelet-client.crt",
                        "pki/apiserver-kubelet-client.key",
                        "pki/encryption.key",
                        "control-plane/secrets/kybern.redis.password",
                        "control-plane/secrets/kybern.kafka.password",
                        "control-plane/scheduler.conf",
                        "control-plane/dns.conf",
                        "control-plane/replication-controller.conf",
                        "control-plane/deployment-controller.conf",
                        "control-plane/workload-controller.conf",
                        "control-plane/endpoint-controller.conf",
                        "control-plane/node-controller.conf",
                        "control-plane/lifecycle-controller.conf",
                        "nodes/ca.crt",
                        "nodes/node-1.conf",
                        "nodes/node-1.crt",
                        "nodes/node-1.key",
                        "nodes/node-2.conf",
                        "nodes/node-2.crt",
                        "nodes/node-2.key",
                        "admin/admin.conf");
        try (Stream<Path> files = Files.walk(root)) {
            assertThat(files.filter(Files::isRegularFile))
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void changesNothingOnASecondRun() throws Exception {
        run(NOW, "node-1", "node-2");
        Map<String, String> before = contents();

        run(NOW.plus(Duration.ofDays(300)), "node-1", "node-2");

        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void addsTheFilesOfANewNodeAndLeavesTheRest() throws Exception {
        run(NOW, "node-1");
        Map<String, String> before = contents();

        run(NOW, "node-1", "node-2");

        assertThat(contents())
                .containsAllEntriesOf(before)
                .containsKeys("nodes/node-2.conf", "nodes/node-2.crt", "nodes/node-2.key")
                .hasSize(before.size() + 3);
    }

    @Test
    void renewsCertificatesThatEndWithinAMonthAndKeepsAuthoritiesKeysAndPasswords() throws Exception {
        run(NOW, "node-1");
        Map<String, String> before = contents();

        run(NOW.plus(Duration.ofDays(340)), "node-1");

        Map<String, String> after = contents();
        Set<String> changed = after.keySet().stream()
                .filter(file -> !after.get(file).equals(before.get(file)))
                .collect(Collectors.toSet());
        assertThat(changed)
                .contains("pki/apiserver.crt", "nodes/node-1.crt", "nodes/node-1.conf", "admin/admin.conf")
                .doesNotContain("pki/ca.crt", "pki/ca.key", "pki/sa.key", "pki/encryption.key", "nodes/ca.crt")
                .noneMatch(file -> file.contains("secrets/"));
    }

    @Test
    void replacesTheServerCertificateWhenTheServerGetsANewName() throws Exception {
        run(NOW, "node-1");

        new PkiTask(layout(List.of("cluster.example", "192.0.2.7"), "node-1"), clock(NOW), new SecureRandom()).run();

        assertThat(names(certificate("pki/apiserver.crt"))).contains("cluster.example", "192.0.2.7", "10.96.0.1");
    }

    @Test
    void issuesEverythingAnewUnderAnotherAuthority() throws Exception {
        run(NOW, "node-1");
        Files.delete(root.resolve("pki/ca.crt"));
        Files.delete(root.resolve("pki/ca.key"));

        run(NOW, "node-1");

        X509Certificate authority = certificate("pki/ca.crt");
        certificate("pki/apiserver.crt").verify(authority.getPublicKey());
        certificate("nodes/node-1.crt").verify(authority.getPublicKey());
        assertThat(Files.readString(root.resolve("nodes/ca.crt")))
                .isEqualTo(Files.readString(root.resolve("pki/ca.crt")));
    }

    @Test
    void refusesToReplaceADamagedAuthority() throws Exception {
        run(NOW, "node-1");
        Files.writeString(root.resolve("pki/ca.key"), "not a key");

        assertThatThrownBy(() -> run(NOW, "node-1")).isInstanceOf(GeneralSecurityException.class);
    }

    @Test
    void namesUsersGroupsAndServersAsTheApiServerReadsThem() throws Exception {
        run(NOW, "node-1");

        X509Certificate server = certificate("pki/apiserver.crt");
        assertThat(names(server))
                .containsExactlyInAnyOrder(
                        "127.0.0.1",
                        "localhost",
                        "apiserver",
                        "kubernetes",
                        "kubernetes.default",
                        "kubernetes.default.svc",
                        "kubernetes.default.svc.cluster.local",
                        "10.96.0.1");
        assertThat(server.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(subject("pki/apiserver-kubelet-client.crt"))
                .contains("kube-apiserver-kubelet-client", "system:masters");
        assertThat(names(certificate("nodes/node-1.crt"))).containsExactlyInAnyOrder("node-1", "localhost");
        assertThat(user("nodes/node-1.conf")).isEqualTo("CN=system:node:node-1,O=system:nodes");
        assertThat(user("control-plane/scheduler.conf")).isEqualTo("CN=system:kube-scheduler");
        assertThat(user("control-plane/dns.conf")).isEqualTo("CN=system:kube-dns");
        assertThat(user("control-plane/deployment-controller.conf"))
                .isEqualTo("CN=system:controller:deployment-controller");
        assertThat(user("admin/admin.conf")).isEqualTo("CN=kubernetes-admin,O=system:masters");
    }

    @Test
    void writesKubeconfigsThatAClientUnderstands() throws Exception {
        run(NOW, "node-1");

        Config admin = Config.fromKubeconfig(root.resolve("admin/admin.conf").toFile());
        Config node = Config.fromKubeconfig(root.resolve("nodes/node-1.conf").toFile());

        assertThat(admin.getMasterUrl()).startsWith("https://127.0.0.1:6443");
        assertThat(node.getMasterUrl()).startsWith("https://apiserver:6443");
        assertThat(admin.getCaCertData()).isNotBlank();
        assertThat(admin.getClientCertData()).isNotBlank();
        // building the client reads the certificate and the key
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(admin).build()) {
            assertThat(client.getMasterUrl().getPort()).isEqualTo(6443);
        }
    }

    private void run(Instant now, String... nodes) throws Exception {
        new PkiTask(layout(List.of(), nodes), clock(now), new SecureRandom()).run();
    }

    private PkiLayout layout(List<String> apiserverNames, String... nodes) {
        return new PkiLayout(
                new PkiLayout.Directories(
                        root.resolve("pki"),
                        root.resolve("control-plane"),
                        root.resolve("nodes"),
                        root.resolve("admin")),
                List.of(nodes),
                URI.create("https://apiserver:6443"),
                URI.create("https://127.0.0.1:6443"),
                apiserverNames);
    }

    private static Clock clock(Instant now) {
        return Clock.fixed(now, ZoneOffset.UTC);
    }

    private Map<String, String> contents() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .collect(Collectors.toMap(
                            file -> root.relativize(file).toString(), PkiTaskTest::text, (a, b) -> a, TreeMap::new));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private X509Certificate certificate(String file) throws Exception {
        return Pem.readCertificate(Files.readString(root.resolve(file)));
    }

    private String subject(String file) throws Exception {
        return certificate(file).getSubjectX500Principal().getName();
    }

    private String user(String kubeconfig) throws Exception {
        return Kubeconfig.readUser(Files.readString(root.resolve(kubeconfig)))
                .orElseThrow()
                .certificate()
                .getSubjectX500Principal()
                .getName();
    }

    private static List<String> names(X509Certificate certificate) throws Exception {
        return certificate.getSubjectAlternativeNames().stream()
                .map(entry -> String.valueOf(entry.get(1)))
                .toList();
    }
}
