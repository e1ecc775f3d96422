package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The API of who one is and what one may: accounts, tokens, requests for certificates, questions about access. */
class AccessE2E extends ClusterTest {

    private static final String REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

    @TempDir
    private Path directory;

    private ClusterApi api;

    @BeforeAll
    void open() {
        api = ClusterApi.open(kubectl);
    }

    @AfterAll
    void close() {
        kubectl.call("", Map.of(), "delete", "csr,clusterrole,clusterrolebinding", "-l", "of=" + kubectl.namespace());
        api.close();
    }

    private String in(String resource) {
        return "/api/v1/namespaces/" + kubectl.namespace() + "/" + resource;
    }

    @Test
    void accountsLive() {
        String selected = "?labelSelector=of%3D" + kubectl.namespace();
        Answer created = api.post(in("serviceaccounts"), """
                        { metadata: { name: living, labels: { of: %s } } }
                        """.formatted(kubectl.namespace()))
                .ok();
        try (EventWatch watch =
                EventWatch.from(api, in("serviceaccounts") + selected, created.at("/metadata/resourceVersion"))) {
            assertThat(api.patch(
                                    in("serviceaccounts/living"),
                                    ClusterApi.STRATEGIC,
                                    "{\"automountServiceAccountToken\":false}")
                            .ok()
                            .body()
                            .path("automountServiceAccountToken")
                            .asBoolean(true))
                    .isFalse();
            assertThat(api.get("/api/v1/serviceaccounts" + selected).names()).containsExactly("living");
            ObjectNode present =
                    (ObjectNode) api.get(in("serviceaccounts/living")).ok().body();
            present.put("automountServiceAccountToken", true);
            assertThat(api.put(in("serviceaccounts/living"), present)
                            .ok()
                            .body()
                            .path("automountServiceAccountToken")
                            .asBoolean(false))
                    .isTrue();
            api.delete(in("serviceaccounts") + selected).ok();
            assertThat(api.get("/api/v1/serviceaccounts" + selected).names()).isEmpty();
            eventually("the watch to tell of it").untilAsserted(() -> assertThat(watch.told())
                    .startsWith("MODIFIED living")
                    .endsWith("DELETED living"));
        }
    }

    @Test
    void aTokenThatIsAskedForIsTheAccounts() {
        kubectl.run("create", "serviceaccount", "asks");
        Answer token = api.post(in("serviceaccounts/asks/token"), """
                        { apiVersion: authentication.k8s.io/v1, kind: TokenRequest, spec: { expirationSeconds: 600 } }
                        """).ok();
        assertThat(token.at("/status/expirationTimestamp")).isNotEmpty();

        Answer review = api.post(
                        "/apis/authentication.k8s.io/v1/tokenreviews",
                        "{ apiVersion: authentication.k8s.io/v1, kind: TokenReview, spec: { token: "
                                + token.at("/status/token") + " } }")
                .ok();
        assertThat(review.body().at("/status/authenticated").asBoolean()).isTrue();
        assertThat(review.at("/status/user/username"))
                .isEqualTo("system:serviceaccount:" + kubectl.namespace() + ":asks");

        ClusterApi account = api.as(token.at("/status/token"));
        Answer discovery = account.get("/.well-known/openid-configuration").ok();
        assertThat(discovery.at("/issuer")).isEqualTo(claim(token.at("/status/token"), "iss"));
        assertThat(account.get("/openid/v1/jwks").ok().body().path("keys").size())
                .isPositive();
    }

    /** As an application does that is given tokens: with nothing but what every pod has. */
    @Test
    void aPodChecksTokensByTheIssuersDocuments() {
        Path jar = directory.resolve("check.jar");
        ClassJar.write(jar, IssuerCheck.class);
        kubectl.run("create", "configmap", "check", "--from-file=" + jar);
        kubectl.run("create", "serviceaccount", "checks");
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: checks }
                spec:
                  serviceAccountName: checks
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: c
                    image: %s
                    imagePullPolicy: IfNotPresent
                    terminationMessagePolicy: FallbackToLogsOnError
                    command: [java, -XX:+UseSerialGC, -Xmx48m, -cp, /check/check.jar, io.kybern.systemtests.IssuerCheck, /shown/token]
                    volumeMounts: [{ name: check, mountPath: /check }, { name: shown, mountPath: /shown }]
                  volumes:
                  - { name: check, configMap: { name: check } }
                  - { name: shown, projected: { sources: [{ serviceAccountToken: { path: token, audience: oidc-discovery-test } }] } }
                """.formatted(ExtensionPod.JAVA));

        eventually("the pod has checked it").untilAsserted(() -> assertThat(field("pod/checks", ".status.phase"))
                .isIn("Succeeded", "Failed"));
        assertThat(field("pod/checks", ".status.containerStatuses[0].state.terminated.message"))
                .isEqualTo(IssuerCheck.GOOD + ", it is of system:serviceaccount:" + kubectl.namespace() + ":checks");
    }

    private static String claim(String token, String name) {
        byte[] claims = Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]);
        return JsonMapper.shared()
                .readTree(new String(claims, StandardCharsets.UTF_8))
                .path(name)
                .asString();
    }

    private boolean allowed(String path, String kind, String more, String verb) {
        return api.post(path, """
                        { apiVersion: authorization.k8s.io/v1, kind: %s, %s
                          spec: { user: "system:serviceaccount:%s:asked",
                                  resourceAttributes: { namespace: %s, verb: %s, resource: configmaps } } }
                        """.formatted(kind, more, kubectl.namespace(), kubectl.namespace(), verb))
                .ok()
                .body()
                .at("/status/allowed")
                .asBoolean(false);
    }

    @Test
    void whatIsSaidAboutAccessIsWhatHappens() {
        kubectl.run("create", "serviceaccount", "asked");
        kubectl.run("create", "role", "reads", "--verb=get,list", "--resource=configmaps");
        kubectl.run(
                "create", "rolebinding", "reads", "--role=reads", "--serviceaccount=" + kubectl.namespace() + ":asked");
        String all = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        String local = "/apis/authorization.k8s.io/v1/namespaces/" + kubectl.namespace() + "/localsubjectaccessreviews";
        String named = "metadata: { namespace: " + kubectl.namespace() + " },";

        eventually("the role to count").until(() -> allowed(all, "SubjectAccessReview", "", "list"));
        assertThat(allowed(local, "LocalSubjectAccessReview", named, "list")).isTrue();
        assertThat(allowed(all, "SubjectAccessReview", "", "create")).isFalse();
        assertThat(allowed(local, "LocalSubjectAccessReview", named, "create")).isFalse();

        String asked = "--as=system:serviceaccount:" + kubectl.namespace() + ":asked";
        assertThat(kubectl.run("get", "configmaps", asked)).contains("kube-root-ca.crt");
        assertThat(kubectl.refused("create", "configmap", "new", asked))
                .contains("cannot create resource \"configmaps\"");
    }

    /** A key with a request for a certificate, as base64. */
    private String request(String name, String organization) {
        Path store = directory.resolve(name.replace(':', '-') + ".p12");
        List<String> options = List.of("-storetype", "PKCS12", "-storepass", "changeit", "-keystore", store.toString());
        keytool(
                options,
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name + ",O=" + organization);
        String pem = keytool(options, "-certreq").replace("NEW CERTIFICATE", "CERTIFICATE");
        return base64(pem + "\n");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String keytool(List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(options);
        return Kubectl.execute(command, "", Map.of()).ok();
    }

    private String signingRequest(String name, String signer, String request) {
        return """
                { apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest,
                  metadata: { name: %s, labels: { of: %s } },
                  spec: { signerName: %s, usages: [client auth, digital signature], request: %s } }
                """.formatted(name, kubectl.namespace(), signer, request);
    }

    @Test
    void requestsForCertificatesLive() {
        String name = kubectl.namespace() + "-csr";
        String one = REQUESTS + "/" + name;
        String selected = "?labelSelector=of%3D" + kubectl.namespace();
        String request = request("somebody", "team");
        Answer created = api.post(REQUESTS, signingRequest(name, "example.com/nobody", request))
                .ok();
        assertThat(created.at("/spec/username"))
                .isEqualTo("system:serviceaccount:" + kubectl.namespace() + ":everything");
        try (EventWatch watch = EventWatch.from(api, REQUESTS + selected, created.at("/metadata/resourceVersion"))) {
            assertThat(api.patch(one, ClusterApi.MERGE, "{\"metadata\":{\"annotations\":{\"patched\":\"yes\"}}}")
                            .ok()
                            .at("/metadata/annotations/patched"))
                    .isEqualTo("yes");
            JsonNode present = api.get(one + "/approval").ok().body();
            ((ObjectNode) present.path("status"))
                    .putArray("conditions")
                    .addObject()
                    .put("type", "Approved")
                    .put("status", "True")
                    .put("reason", "Test")
                    .put("message", "by hand");
            assertThat(api.put(one + "/approval", present).ok().at("/status/conditions/0/type"))
                    .isEqualTo("Approved");
            Answer status = api.patch(
                    one + "/status",
                    ClusterApi.MERGE,
                    "{\"metadata\":{\"annotations\":{\"told\":\"yes\"}},\"status\":{\"conditions\":[{\"type\":\"Approved\",\"status\":\"True\",\"reason\":\"Test\",\"message\":\"by hand\"},{\"type\":\"Odd\",\"status\":\"True\",\"reason\":\"Set\",\"message\":\"by a test\"}]}}");
            assertThat(status.ok().body().at("/status/conditions").size()).isEqualTo(2);
            assertThat(api.get(one + "/status").ok().at("/status/conditions/1/type"))
                    .isEqualTo("Odd");
            api.delete(one).ok();
            assertThat(api.get(one).code()).isEqualTo(404);
            String both = kubectl.namespace() + "-both";
            for (String each : List.of(both + "-a", both + "-b")) {
                api.post(
                                REQUESTS,
                                signingRequest(each, "example.com/nobody", request)
                                        .replace("labels: {", "labels: { both: " + kubectl.namespace() + ","))
                        .ok();
            }
            String together = "?labelSelector=both%3D" + kubectl.namespace();
            assertThat(api.get(REQUESTS + together).names()).containsExactly(both + "-a", both + "-b");
            api.delete(REQUESTS + together).ok();
            assertThat(api.get(REQUESTS + together).names()).isEmpty();
            eventually("the watch to tell of it").untilAsserted(() -> assertThat(watch.told())
                    .contains(
                            "MODIFIED " + name, "DELETED " + name, "DELETED " + both + "-a", "DELETED " + both + "-b"));
        }
    }

    @Test
    void nobodyGetsACertificateOfTheMasters() {
        Answer refused = api.post(
                REQUESTS,
                signingRequest(
                        kubectl.namespace() + "-masters",
                        "kubernetes.io/kube-apiserver-client",
                        request("root", "system:masters")));
        assertThat(refused.code()).isEqualTo(403);
        assertThat(refused.at("/message"))
                .contains("use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed");
    }

    /** A signer of somebody's own: the cluster signs nothing for it, who may does. */
    @Test
    void whoMaySignForASignerOfTheirOwnDoes() {
        String name = kubectl.namespace() + "-own";
        String signer = kubectl.namespace() + ".example.com/own";
        String user = "--as=signer-" + kubectl.namespace();
        api.post(REQUESTS, signingRequest(name, signer, request("own", "team"))).ok();
        kubectl.run("certificate", "approve", name);
        String certificate = base64(field("configmap/kube-root-ca.crt", ".data.ca\\.crt") + "\n");
        String[] sign = {
            "patch",
            "csr",
            name,
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\":{\"certificate\":\"" + certificate + "\"}}",
            user
        };
        role(
                "writes",
                "resources: [certificatesigningrequests, certificatesigningrequests/status], verbs: [get, patch]");
        eventually("the rights without the signer do not do").untilAsserted(() -> assertThat(kubectl.refused(sign))
                .contains("user not permitted to sign requests with signerName \"" + signer + "\""));

        role("signs", "resources: [signers], resourceNames: [" + signer + "], verbs: [sign]");
        eventually("the right for the signer does").untilAsserted(() -> kubectl.run(sign));
        assertThat(field("csr/" + name, ".status.certificate")).isEqualTo(certificate);
        assertThat(kubectl.run("get", "csr", name)).contains("Approved,Issued", signer);
    }

    /** A role of the cluster for the one who signs; both go with the class. */
    private void role(String what, String rule) {
        kubectl.apply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: { name: %1$s-%2$s, labels: { of: %1$s } }
                rules: [{ apiGroups: [certificates.k8s.io], %3$s }]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRoleBinding
                metadata: { name: %1$s-%2$s, labels: { of: %1$s } }
                roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %1$s-%2$s }
                subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: signer-%1$s }]
                """.formatted(kubectl.namespace(), what, rule));
    }

    /** Who adds a role for what they bring adds to what others may. */
    @Test
    void aRoleThatIsPutTogetherGrowsWithItsParts() {
        String name = kubectl.namespace() + "-sum";
        String user = "--as=viewer-" + kubectl.namespace();
        kubectl.apply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: { name: %1$s, labels: { of: %2$s } }
                aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: %1$s } }] }
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: { name: sum }
                roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %1$s }
                subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: viewer-%2$s }]
                """.formatted(name, kubectl.namespace()));
        assertThat(kubectl.refused("get", "leases", user)).contains("cannot list resource \"leases\"");

        kubectl.run("create", "clusterrole", name + "-part", "--verb=list", "--resource=leases.coordination.k8s.io");
        kubectl.run("label", "clusterrole", name + "-part", "to=" + name, "of=" + kubectl.namespace());

        eventually("the part counts").untilAsserted(() -> kubectl.run("get", "leases", user));
        eventually("it is written there").untilAsserted(() -> assertThat(field("clusterrole/" + name, ".rules"))
                .contains("\"leases\""));
    }

    @Test
    void whatRedisKeepsOfASecretCannotBeRead() {
        String word = "word-" + kubectl.namespace();
        String encoded = base64(word);
        kubectl.run("create", "secret", "generic", "at-rest", "--from-literal=key=" + word);
        kubectl.run("create", "configmap", "at-rest", "--from-literal=key=" + word);

        assertThat(Stack.stored("core/configmaps", kubectl.namespace() + "/at-rest"))
                .as("what is no secret is legible")
                .contains(word);
        assertThat(Stack.stored("core/secrets", kubectl.namespace() + "/at-rest"))
                .contains(" k8s:enc:aesgcm:v1:")
                .doesNotContain(word)
                .doesNotContain(encoded);
        assertThat(field("secret/at-rest", ".data.key")).isEqualTo(encoded);
    }

    /** With a certificate that the cluster signed for a node, not in its name only. */
    @Test
    void aNodesCertificateOpensNothingOfAnotherNode() throws Exception {
        String node = "system:node:" + kubectl.namespace();
        String name = kubectl.namespace() + "-node";
        kubectl.run("create", "secret", "generic", "private", "--from-literal=a=b");
        String request = request(node, "system:nodes");
        api.post(REQUESTS, signingRequest(name, "kubernetes.io/kube-apiserver-client-kubelet", request))
                .ok();
        kubectl.run("certificate", "approve", name);
        eventually("a certificate").untilAsserted(() -> assertThat(field("csr/" + name, ".status.certificate"))
                .isNotEmpty());
        String own = NodeCredentials.kubeconfig(
                kubectl,
                directory,
                directory.resolve(node.replace(':', '-') + ".p12"),
                field("csr/" + name, ".status.certificate"));

        assertThat(kubectl.run("auth", "whoami", own)).contains(node, "system:nodes");
        assertThat(kubectl.refused("get", "secret", "private", own))
                .contains("no relationship found between node '" + kubectl.namespace() + "' and this object");
        assertThat(kubectl.refused("get", "secrets", own)).contains("forbidden");
        assertThat(kubectl.refused("get", "pods", "-A", own)).contains("forbidden");
    }
}
