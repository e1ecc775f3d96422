package io.kybern.apiserver.admission.plugins;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody grants what they do not have. */
@Timeout(60)
class EscalationTest {

    private static final String RBAC = "/apis/rbac.authorization.k8s.io/v1";
    private static final UserInfo JANE = UserInfo.of("jane", List.of("devs"));

    private WritesUnderTest writes;

    @BeforeEach
    void start() {
        writes = new WritesUnderTest();
        made(writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}"));
        made(writes.create(RBAC + "/clusterroles", role("reader", "get\",\"list", "pods")));
        made(writes.create(RBAC + "/clusterroles", role("admin", "*", "*")));
        made(writes.create(RBAC + "/namespaces/a/rolebindings", binding("jane-reads", "reader", "jane")));
        writes.settle();
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private static String role(String name, String verbs, String resources) {
        return """
                {"metadata": {"name": "%s"}, "rules": [{"verbs": ["%s"], "apiGroups": [""], "resources": ["%s"]}]}""".formatted(name, verbs, resources);
    }

    private static String binding(String name, String role, String user) {
        return """
                {"metadata": {"name": "%s"}, "roleRef": {"kind": "ClusterRole", "name": "%s"},
                 "subjects": [{"kind": "User", "name": "%s"}]}""".formatted(name, role, user);
    }

    @Test
    void aRoleMayHoldWhatItsWriterHolds() {
        made(writes.create(JANE, RBAC + "/namespaces/a/roles", role("fewer", "get", "pods")));
    }

    @Test
    void aRoleWithMoreIsRefusedAndTheRestIsNamed() {
        Reply reply =
                writes.create(JANE, RBAC + "/namespaces/a/roles", role("more", "get\",\"delete\",\"patch", "pods"));

        assertThat(reply.code()).isEqualTo(403);
        assertThat(reply.message())
                .isEqualTo(
                        "roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"jane\" (groups=[\"devs\"]) is attempting to"
                                + " grant RBAC permissions not currently held:\n"
                                + "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\" \"patch\"]}");
    }

    @Test
    void aBindingToARoleWithMoreIsRefused() {
        Reply reply = writes.create(JANE, RBAC + "/namespaces/a/rolebindings", binding("jane-rules", "admin", "jane"));

        assertThat(reply.code()).isEqualTo(403);
        assertThat(reply.message()).contains("{APIGroups:[\"\"], Resources:[\"*\"], Verbs:[\"*\"]}");
        made(writes.create(JANE, RBAC + "/namespaces/a/rolebindings", binding("joe-reads", "reader", "joe")));
    }

    @Test
    void whoMayBindARoleNeedsNotHoldIt() {
        made(writes.create(RBAC + "/clusterroles", """
                {"metadata": {"name": "binder"}, "rules": [
                  {"verbs": ["bind"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"],
                   "resourceNames": ["admin"]}]}"""));
        made(writes.create(RBAC + "/namespaces/a/rolebindings", binding("jane-binds", "binder", "jane")));
        writes.settle();

        made(writes.create(JANE, RBAC + "/namespaces/a/rolebindings", binding("joe-rules", "admin", "joe")));
    }

    @Test
    void aChangeThatGrantsNothingIsFine() {
        made(writes.merge(JANE, RBAC + "/clusterroles/admin", "{\"metadata\":{\"labels\":{\"x\":\"y\"}}}"));
    }

    @Test
    void onlyWhoHoldsEverythingAggregates() {
        Reply reply = writes.create(
                JANE,
                RBAC + "/clusterroles",
                "{\"metadata\":{\"name\":\"sum\"},\"aggregationRule\":{\"clusterRoleSelectors\":[{\"matchLabels\":{\"a\":\"b\"}}]}}");

        assertThat(reply.code()).isEqualTo(403);
        assertThat(reply.message()).contains("must have cluster-admin privileges to use an aggregationRule");
    }
}
