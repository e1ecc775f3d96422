package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who one is in the cluster: tokens of service accounts, certificates that are asked for, and what is tried by those who may not. */
class IdentityE2E extends ClusterTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    private Path directory;

    @BeforeAll
    void somePods() {
        kubectl.run("create", "serviceaccount", "robot");
        kubectl.apply("""
                apiVersion: v1
                kind: Secret
                metadata: { name: robot-token, annotations: { kubernetes.io/service-account.name: robot } }
                type: kubernetes.io/service-account-token
                """);
        eventually("the secret has its token")
                .untilAsserted(() ->
                        assertThat(field("secret/robot-token", ".data.token")).isNotEmpty());
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: holder }
                spec:
                  serviceAccountName: robot
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: c
                    image: %1$s
                    imagePullPolicy: IfNotPresent
                    command: [sleep, "3600"]
                    volumeMounts:
                    - { name: legacy, mountPath: /legacy }
                    - { name: own, mountPath: /own }
                  volumes:
                  - { name: legacy, secret: { secretName: robot-token } }
                  - name: own
                    projected:
                      sources:
                      - serviceAccountToken: { path: token, audience: vault, expirationSeconds: 600 }
                """.formatted(IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod/holder", "--timeout=110s");
    }

    @AfterAll
    void requestsGo() {
        kubectl.call("", Map.of(), "delete", "csr", kubectl.namespace(), "--ignore-not-found");
    }

    private static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    private String robot() {
        return "system:serviceaccount:" + kubectl.namespace() + ":robot";
    }

    /** What the server says of a token. */
    private JsonNode reviewed(String token, String audience) {
        String audiences = audience.isEmpty() ? "" : ",\"audiences\":[\"" + audience + "\"]";
        String review = """
                {"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"%s"%s}}""".formatted(token, audiences);
        return json(kubectl.call(review, Map.of(), "create", "-f", "-", "-o", "json")
                        .ok())
                .path("status");
    }

    private String inPod(String file) {
        return kubectl.run("exec", "holder", "--", "cat", file);
    }

    @Test
    void theTokenOfASecretIsTheAccounts() {
        JsonNode status = reviewed(inPod("/legacy/token"), "");

        assertThat(status.path("authenticated").asBoolean()).isTrue();
        assertThat(status.path("user").path("username").asString()).isEqualTo(robot());
        assertThat(inPod("/legacy/namespace")).isEqualTo(kubectl.namespace());
        // another test of this class spoils the other one for a moment
        eventually("both are the cluster's").untilAsserted(() -> assertThat(inPod("/legacy/ca.crt"))
                .isEqualTo(inPod("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"))
                .startsWith("-----BEGIN CERTIFICATE-----"));
    }

    @Test
    void aProjectedTokenIsForItsAudienceOnly() {
        String token = inPod("/own/token");

        JsonNode status = reviewed(token, "vault");
        assertThat(status.path("authenticated").asBoolean()).isTrue();
        assertThat(status.path("audiences").get(0).asString()).isEqualTo("vault");
        assertThat(status.path("user")
                        .path("extra")
                        .path("authentication.kubernetes.io/pod-name")
                        .get(0)
                        .asString())
                .isEqualTo("holder");
        assertThat(reviewed(token, "").path("authenticated").asBoolean(false)).isFalse();
    }

    @Test
    void aTokenEndsWithItsPod() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: brief }
                spec:
                  serviceAccountName: robot
                  nodeSelector: { there-is: none }
                  containers: [{ name: c, image: none }]
                """);
        String token = kubectl.run("create", "token", "robot", "--bound-object-kind=Pod", "--bound-object-name=brief");
        assertThat(kubectl.run("auth", "whoami", "--token=" + token, "--kubeconfig=" + nobodysKubeconfig()))
                .contains(robot(), "authentication.kubernetes.io/pod-name");

        kubectl.run("delete", "pod", "brief", "--grace-period=0", "--force");

        eventually("the token to be refused").untilAsserted(() -> assertThat(
                        kubectl.refused("auth", "whoami", "--token=" + token, "--kubeconfig=" + nobodysKubeconfig()))
                .contains("Unauthorized"));
    }

    /** The cluster without a user. */
    private String nobodysKubeconfig() {
        return kubeconfig("nobody", "");
    }

    private String kubeconfig(String name, String user) {
        try {
            JsonNode cluster = json(kubectl.run("config", "view", "--raw", "--minify", "-o", "json"))
                    .path("clusters")
                    .get(0)
                    .path("cluster");
            Path file = directory.resolve(name + ".conf");
            Files.writeString(file, """
                    {"apiVersion":"v1","kind":"Config","current-context":"c",
                     "clusters":[{"name":"c","cluster":%s}],"users":[{"name":"u","user":{%s}}],
                     "contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}]}
                    """.formatted(cluster.toString(), user));
            return file.toString();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theTokenIsMountedUnlessSomebodyDeclines() {
        for (String account : List.of("", "true", "false")) {
            String name = "mounts-" + (account.isEmpty() ? "by-default" : account);
            kubectl.apply("{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"" + name + "\"}"
                    + (account.isEmpty() ? "" : ",\"automountServiceAccountToken\":" + account) + "}");
            for (String pod : List.of("", "true", "false")) {
                String spec = pod.isEmpty() ? "" : ",\"automountServiceAccountToken\":" + pod;
                String made = kubectl.call(
                                """
                                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"serviceAccountName":"%s"%s,
                                 "containers":[{"name":"c","image":"i"}]}}
                                """.formatted(name, spec),
                                Map.of(),
                                "create",
                                "--dry-run=server",
                                "-o",
                                "jsonpath={.spec.containers[0].volumeMounts[*].mountPath}",
                                "-f",
                                "-")
                        .ok();
                boolean expected = pod.isEmpty() ? !account.equals("false") : pod.equals("true");
                assertThat(made.contains("/var/run/secrets/kubernetes.io/serviceaccount"))
                        .as("account %s, pod %s", account, pod)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void theRootOfTrustComesBack() {
        String uid = field("configmap/kube-root-ca.crt", ".metadata.uid");
        kubectl.run("delete", "configmap", "kube-root-ca.crt");
        eventually("a new one").untilAsserted(() -> assertThat(field("configmap/kube-root-ca.crt", ".metadata.uid"))
                .isNotEqualTo(uid));
        kubectl.run("patch", "configmap", "kube-root-ca.crt", "-p", "{\"data\":{\"ca.crt\":\"mine\"}}");
        eventually("the right content")
                .untilAsserted(() -> assertThat(field("configmap/kube-root-ca.crt", ".data.ca\\.crt"))
                        .startsWith("-----BEGIN CERTIFICATE-----"));
    }

    @Test
    void othersCanCheckTokensByTheIssuersDocuments() {
        JsonNode discovery = json(kubectl.run("get", "--raw", "/.well-known/openid-configuration"));
        String token = inPod("/var/run/secrets/kubernetes.io/serviceaccount/token");
        String[] parts = token.split("\\.", -1);
        JsonNode claims = json(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
        JsonNode head = json(new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8));

        assertThat(discovery.path("issuer")).isEqualTo(claims.path("iss"));
        assertThat(kubectl.run("get", "--raw", "/openid/v1/jwks"))
                .contains("\"kid\":\"" + head.path("kid").asString() + "\"");
    }

    @Test
    void aCertificateThatIsApprovedLetsIn() throws IOException, GeneralSecurityException {
        String name = kubectl.namespace();
        Path store = directory.resolve("ann.p12");
        keytool(
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name + ",O=team",
                "-keystore",
                store.toString());
        Path request = directory.resolve("ann.csr");
        keytool("-certreq", "-file", request.toString(), "-keystore", store.toString());
        String pem = Files.readString(request).replace("NEW CERTIFICATE", "CERTIFICATE");
        kubectl.apply("""
                apiVersion: certificates.k8s.io/v1
                kind: CertificateSigningRequest
                metadata: { name: %s }
                spec:
                  signerName: kubernetes.io/kube-apiserver-client
                  usages: [client auth, digital signature]
                  expirationSeconds: 3600
                  request: %s
                """.formatted(name, base64(pem)));
        assertThat(field("csr/" + name, ".spec.username")).isNotEmpty();
        assertThat(kubectl.refused("certificate", "approve", name, "--as=ann", "--as-group=system:authenticated"))
                .contains("is forbidden");

        kubectl.run("certificate", "approve", name);

        eventually("a certificate").untilAsserted(() -> assertThat(field("csr/" + name, ".status.certificate"))
                .isNotEmpty());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        String key = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(keys.getKey("mykey", PASSWORD).getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
        String own = kubeconfig(
                "ann",
                "\"client-certificate-data\":\"%s\",\"client-key-data\":\"%s\""
                        .formatted(field("csr/" + name, ".status.certificate"), base64(key)));
        assertThat(kubectl.run("auth", "whoami", "--kubeconfig=" + own)).contains(name, "team");
        assertThat(kubectl.refused("get", "secrets", "--kubeconfig=" + own))
                .contains("User \"" + name + "\" cannot list resource \"secrets\"");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void keytool(String... arguments) {
        List<String> command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", new String(PASSWORD)));
        Kubectl.execute(command, "", Map.of()).ok();
    }

    private String refusedTo(String user, String group, String... arguments) {
        String[] command = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, command, 0, arguments.length);
        command[arguments.length] = "--as=" + user;
        command[arguments.length + 1] = "--as-group=" + group;
        return kubectl.refused(command);
    }

    @Test
    void aNodeSeesNothingThatIsNotItsOwn() {
        kubectl.run("create", "secret", "generic", "private", "--from-literal=a=b");
        String node = field("pod/holder", ".spec.nodeName");
        String user = "system:node:" + node;
        assertThat(refusedTo(user, "system:nodes", "get", "secret", "private"))
                .contains("no relationship found between node '" + node + "' and this object");
        assertThat(refusedTo(user, "system:nodes", "get", "pods"))
                .contains("can only list/watch pods with spec.nodeName field selector");
        assertThat(kubectl.run(
                        "get",
                        "pods",
                        "--field-selector=spec.nodeName=" + node,
                        "--as=" + user,
                        "--as-group=system:nodes"))
                .contains("holder");
        assertThat(refusedTo("system:node:elsewhere", "system:nodes", "label", "node", node, "mine=yes"))
                .contains("is forbidden");
        assertThat(refusedTo("system:node:elsewhere", "system:nodes", "delete", "pod", "holder", "--wait=false"))
                .contains("forbidden");
        assertThat(refusedTo("system:node:elsewhere", "system:nodes", "create", "token", "robot"))
                .contains("forbidden");
    }

    @Test
    void nobodyGrantsMoreThanTheyHave() {
        kubectl.run("create", "role", "writes-roles", "--verb=create", "--resource=roles,rolebindings");
        kubectl.run("create", "rolebinding", "writes-roles", "--role=writes-roles", "--user=climber");
        eventually("the role to count")
                .untilAsserted(() -> assertThat(kubectl.run("auth", "can-i", "create", "roles", "--as=climber"))
                        .isEqualTo("yes"));
        assertThat(refusedTo(
                        "climber",
                        "system:authenticated",
                        "create",
                        "role",
                        "more",
                        "--verb=get",
                        "--resource=secrets"))
                .contains("user \"climber\"", "is attempting to grant RBAC permissions not currently held");
        assertThat(refusedTo(
                        "climber",
                        "system:authenticated",
                        "create",
                        "rolebinding",
                        "more",
                        "--clusterrole=admin",
                        "--user=climber"))
                .contains("is attempting to grant RBAC permissions not currently held");
    }

    @Test
    void nobodyActsAsSomebodyElseWithoutTheRight() {
        String token = kubectl.run("create", "token", "robot");
        String[] as = {"get", "--raw", "/api", "--token=" + token, "--kubeconfig=" + nobodysKubeconfig(), ""};
        as[5] = "--as=ann";
        assertThat(kubectl.refused(as))
                .contains("users \"ann\" is forbidden: User \"" + robot() + "\" cannot impersonate resource \"users\"");
        as[5] = "--as=system:serviceaccount:kube-system:default";
        assertThat(kubectl.refused(as))
                .contains(
                        "cannot impersonate resource \"serviceaccounts\" in API group \"\" in the namespace \"kube-system\"");
    }

    @Test
    void whoIsNobodySeesNothing() {
        assertThat(kubectl.refused("get", "secrets", "--kubeconfig=" + nobodysKubeconfig(), "--token=made.up"))
                .contains("Unauthorized");
        assertThat(kubectl.call("", Map.of(), "get", "--raw", "/api/v1/secrets", "--kubeconfig=" + nobodysKubeconfig())
                        .exitCode())
                .isNotZero();
    }

    @Test
    void noPathLeadsOutOfAVolume() {
        Kubectl.Result result = kubectl.call("""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"climbs"},"spec":{"volumes":[{"name":"v","emptyDir":{}}],
                 "containers":[{"name":"c","image":"i","volumeMounts":[{"name":"v","mountPath":"/m","subPath":"../../etc"}]}]}}
                """, Map.of(), "create", "-f", "-");

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.error())
                .contains("volumeMounts.subPath: Invalid value: \"../../etc\": must not contain '..'");
    }
}
