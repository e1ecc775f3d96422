package io.kybern.apiserver.authz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import io.kybern.apiserver.request.QueryParameters;
import io.kybern.apiserver.request.RequestInfo;
import io.kybern.apiserver.watch.WatchCache;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class NodeAuthorizerTest {

    private static final UserInfo ONE = UserInfo.of("system:node:one", List.of("system:nodes"));
    private static final UserInfo TWO = UserInfo.of("system:node:two", List.of("system:nodes"));

    private final WritesUnderTest writes = new WritesUnderTest();
    private final NodeAuthorizer nodes =
            new NodeAuthorizer(writes.bean(WatchCache.class), writes.bean(RbacAuthorizer.class));

    @BeforeEach
    void aNodeWithAPod() {
        made(writes.create("/apis/rbac.authorization.k8s.io/v1/clusterroles", """
                {"metadata": {"name": "system:node"}, "rules": [
                  {"apiGroups": [""], "resources": ["nodes", "nodes/status", "pods", "services"], "verbs": ["get", "list", "watch", "create", "update", "patch"]},
                  {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "update", "patch", "delete"]}]}
                """));
        made(writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}"));
        made(writes.create("/api/v1/namespaces/a/serviceaccounts", "{\"metadata\":{\"name\":\"worker\"}}"));
        made(writes.create("/api/v1/namespaces/a/persistentvolumeclaims", """
                {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "volumeName": "disk-7",
                 "resources": {"requests": {"storage": "1Gi"}}}}
                """));
        made(writes.create("/api/v1/namespaces/a/pods", """
                {"metadata": {"name": "p"}, "spec": {"nodeName": "one", "serviceAccountName": "worker",
                 "automountServiceAccountToken": false,
                 "containers": [{"name": "c", "image": "i", "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "password", "key": "k"}}}],
                                 "envFrom": [{"configMapRef": {"name": "settings"}}]}],
                 "imagePullSecrets": [{"name": "registry"}],
                 "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
                             {"name": "s", "secret": {"secretName": "certificate"}},
                             {"name": "m", "projected": {"sources": [{"configMap": {"name": "authority"}}]}}]}}
                """));
        writes.settle();
        await("the node's role").until(() -> allows(ONE, "list", "", "services", "a", ""));
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private static void made(Reply reply) {
        assertThat(reply.code()).as(reply.text()).isEqualTo(201);
    }

    private Decision decide(UserInfo user, String verb, String group, String resource, String namespace, String name) {
        String[] parts = resource.split("/", 2);
        return nodes.authorize(new AccessAttributes(
                user, verb, true, group, "v1", parts[0], parts.length > 1 ? parts[1] : "", namespace, name, ""));
    }

    private boolean allows(UserInfo user, String verb, String group, String resource, String namespace, String name) {
        return decide(user, verb, group, resource, namespace, name).allowed();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secrets/password",
                "secrets/registry",
                "secrets/certificate",
                "configmaps/settings",
                "configmaps/authority",
                "persistentvolumeclaims/data",
                "serviceaccounts/worker"
            })
    void aNodeReadsWhatItsPodsNeedAndNoOtherNodeDoes(String object) {
        String[] parts = object.split("/");

        assertThat(allows(ONE, "get", "", parts[0], "a", parts[1])).isTrue();
        assertThat(allows(TWO, "get", "", parts[0], "a", parts[1])).isFalse();
        assertThat(allows(ONE, "get", "", parts[0], "b", parts[1]))
                .as("of the same name in another namespace")
                .isFalse();
        assertThat(allows(ONE, "get", "", parts[0], "a", "others")).isFalse();
        assertThat(allows(ONE, "update", "", parts[0], "a", parts[1])).isFalse();
    }

    @Test
    void aNodeListsNoSecrets() {
        assertThat(decide(ONE, "list", "", "secrets", "a", "").reason()).isEqualTo("No Object name found");
        assertThat(allows(ONE, "list", "", "secrets", "a", "")).isFalse();
    }

    @Test
    void aNodeReadsTheVolumesOfItsClaims() {
        assertThat(allows(ONE, "get", "", "persistentvolumes", "", "disk-7")).isTrue();
        assertThat(allows(TWO, "get", "", "persistentvolumes", "", "disk-7")).isFalse();
        assertThat(allows(ONE, "list", "", "persistentvolumes", "", "")).isFalse();
    }

    @Test
    void aNodeAsksForTokensOfItsPodsAccounts() {
        assertThat(allows(ONE, "create", "", "serviceaccounts/token", "a", "worker"))
                .isTrue();
        assertThat(allows(TWO, "create", "", "serviceaccounts/token", "a", "worker"))
                .isFalse();
        assertThat(allows(ONE, "create", "", "serviceaccounts/token", "a", "default"))
                .isFalse();
    }

    @Test
    void aNodeHasOnlyItsOwnNodeAndLease() {
        assertThat(allows(ONE, "update", "", "nodes/status", "", "one")).isTrue();
        assertThat(allows(ONE, "update", "", "nodes/status", "", "two")).isFalse();
        assertThat(allows(ONE, "create", "", "nodes", "", "")).isTrue();
        assertThat(allows(ONE, "update", "coordination.k8s.io", "leases", "kube-node-lease", "one"))
                .isTrue();
        assertThat(allows(ONE, "update", "coordination.k8s.io", "leases", "kube-node-lease", "two"))
                .isFalse();
        assertThat(allows(ONE, "get", "coordination.k8s.io", "leases", "kube-system", "one"))
                .isFalse();
    }

    @Test
    void whatTheRoleDoesNotSayIsNotAllowed() {
        assertThat(allows(ONE, "delete", "", "services", "a", "s")).isFalse();
        assertThat(allows(ONE, "get", "apps", "deployments", "a", "d")).isFalse();
    }

    @Test
    void othersAreNoneOfItsBusiness() {
        UserInfo pretender = UserInfo.of("system:node:one", List.of("system:authenticated"));
        UserInfo member = UserInfo.of("ann", List.of("system:nodes"));

        assertThat(decide(pretender, "get", "", "secrets", "a", "password")).isEqualTo(Decision.noOpinion());
        assertThat(decide(member, "get", "", "secrets", "a", "password")).isEqualTo(Decision.noOpinion());
    }

    @Test
    void aNodeReadsThePodsThatRunOnItAndNoOthers() {
        assertThat(allows(ONE, "get", "", "pods", "a", "p")).isTrue();
        assertThat(allows(TWO, "get", "", "pods", "a", "p")).isFalse();
        assertThat(allows(ONE, "get", "", "pods", "a", "gone")).isFalse();
        assertThat(decide(ONE, "list", "", "pods", "", "").reason())
                .isEqualTo("can only list/watch pods with spec.nodeName field selector");
    }

    @ParameterizedTest
    @CsvSource({
        "spec.nodeName=one, true",
        "'spec.nodeName=one,status.phase=Running', true",
        "spec.nodeName=two, false",
        "spec.nodeName!=two, false",
        "status.phase=Running, false"
    })
    void aNodeListsPodsOnlyByASelectorOfItself(String selector, boolean allowed) {
        AccessAttributes asked = AccessAttributes.of(
                ONE,
                RequestInfo.parse("GET", "/api/v1/pods", QueryParameters.of("/api/v1/pods")),
                QueryParameters.of(
                        "/api/v1/pods?fieldSelector=" + URLEncoder.encode(selector, StandardCharsets.UTF_8)));

        assertThat(nodes.authorize(asked).allowed()).isEqualTo(allowed);
    }
}
