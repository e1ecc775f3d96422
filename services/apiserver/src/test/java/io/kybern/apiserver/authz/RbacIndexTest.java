package io.kybern.apiserver.authz;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.UserInfo;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class RbacIndexTest {

    private static final JsonNode READER = Json.read("""
            {"metadata":{"name":"reader","labels":{"to":"all"}},"rules":[
              {"apiGroups":[""],"resources":["pods","pods/log"],"verbs":["get","list"]},
              {"apiGroups":["apps"],"resources":["*"],"verbs":["get"],"resourceNames":["one"]},
              {"nonResourceURLs":["/metrics","/logs/*"],"verbs":["get"]}]}
            """);
    private static final JsonNode ALL = Json.read("""
            {"metadata":{"name":"all","labels":{"to":"more"}},
             "aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"to":"all"}}]}}
            """);
    private static final JsonNode MORE = Json.read("""
            {"metadata":{"name":"more"},
             "aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"to":"more"}}]}}
            """);

    private static JsonNode binding(String namespace, String role, String kind, String subject) {
        return Json.read("""
                {"metadata":{"name":"b","namespace":"%s"},"roleRef":{"kind":"ClusterRole","name":"%s"},
                 "subjects":[{"kind":"%s","name":"%s","namespace":"sa-ns"}]}
                """.formatted(namespace, role, kind, subject));
    }

    private static AccessAttributes access(
            UserInfo user, String verb, String group, String resource, String namespace, String name) {
        String[] parts = resource.split("/", 2);
        String subresource = parts.length > 1 ? parts[1] : "";
        return new AccessAttributes(user, verb, true, group, "v1", parts[0], subresource, namespace, name, "");
    }

    private static RbacIndex index(JsonNode clusterBinding) {
        return new RbacIndex(List.of(READER, ALL, MORE), List.of(), List.of(clusterBinding), List.of());
    }

    @Test
    void allowsWhatARuleSaysAndNothingElse() {
        UserInfo ann = UserInfo.of("ann", List.of());
        RbacIndex index = index(binding("", "reader", "User", "ann"));

        assertThat(index.authorize(access(ann, "list", "", "pods", "x", "")).allowed())
                .isTrue();
        assertThat(index.authorize(access(ann, "get", "", "pods/log", "x", "p")).allowed())
                .isTrue();
        assertThat(index.authorize(access(ann, "get", "", "pods/exec", "x", "p"))
                        .allowed())
                .isFalse();
        assertThat(index.authorize(access(ann, "delete", "", "pods", "x", "p")).allowed())
                .isFalse();
        assertThat(index.authorize(access(ann, "get", "apps", "deployments", "x", "one"))
                        .allowed())
                .isTrue();
        assertThat(index.authorize(access(ann, "get", "apps", "deployments", "x", "two"))
                        .allowed())
                .isFalse();
        UserInfo bob = UserInfo.of("bob", List.of());
        assertThat(index.authorize(access(bob, "list", "", "pods", "x", "")).allowed())
                .isFalse();
    }

    @Test
    void allowsPathsWithAStarAtTheEnd() {
        UserInfo ann = UserInfo.of("ann", List.of("ops"));
        RbacIndex index = index(binding("", "reader", "Group", "ops"));
        for (String path : List.of("/metrics", "/logs/a/b")) {
            assertThat(index.authorize(new AccessAttributes(ann, "get", false, "", "", "", "", "", "", path))
                            .allowed())
                    .isTrue();
        }
        assertThat(index.authorize(new AccessAttributes(ann, "get", false, "", "", "", "", "", "", "/metrics/x"))
                        .allowed())
                .isFalse();
    }

    @Test
    void aggregatesThroughSeveralLevels() {
        UserInfo ann = UserInfo.of("ann", List.of());
        RbacIndex index = index(binding("", "more", "User", "ann"));

        assertThat(index.authorize(access(ann, "list", "", "pods", "x", "")).allowed())
                .isTrue();
    }

    @Test
    void keepsABindingWithinItsNamespace() {
        UserInfo account = UserInfo.of("system:serviceaccount:sa-ns:robot", List.of());
        RbacIndex index = new RbacIndex(
                List.of(READER), List.of(), List.of(), List.of(binding("here", "reader", "ServiceAccount", "robot")));

        assertThat(index.authorize(access(account, "list", "", "pods", "here", ""))
                        .allowed())
                .isTrue();
        assertThat(index.authorize(access(account, "list", "", "pods", "there", ""))
                        .allowed())
                .isFalse();
        assertThat(index.authorize(access(account, "list", "", "pods", "", "")).allowed())
                .isFalse();
    }
}
