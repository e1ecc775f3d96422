package io.kybern.apiserver.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.QueryParameters;
import io.kybern.apiserver.request.RequestInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class AuditPolicyTest {

    private static final AuditPolicy POLICY = policy("""
            {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [
              {"level": "None", "users": ["system:kube-proxy"], "verbs": ["watch"], "resources": [{"group": "", "resources": ["endpoints", "services"]}]},
              {"level": "None", "userGroups": ["system:authenticated"], "nonResourceURLs": ["/api*", "/version"]},
              {"level": "Request", "resources": [{"group": "", "resources": ["configmaps"], "resourceNames": ["settings"]}], "namespaces": ["kube-system"]},
              {"level": "Metadata", "resources": [{"group": "", "resources": ["secrets", "configmaps", "pods/log", "*/scale"]}]},
              {"level": "RequestResponse", "resources": [{"group": "apps"}, {"group": "batch", "resources": ["jobs/*"]}], "omitStages": ["ResponseStarted"]},
              {"level": "Metadata", "verbs": ["delete"]}]}
            """);

    private static AuditPolicy policy(String json) {
        return AuditPolicy.of(Json.read(json.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource({
        "system:kube-proxy, GET, /api/v1/services?watch=1, None",
        "system:kube-proxy, GET, /api/v1/services, None",
        "ann, GET, /apis, None",
        "ann, DELETE, /version/x, Metadata",
        "ann, GET, /version, None",
        "ann, GET, /api/v1/namespaces/kube-system/configmaps/settings, Request",
        "ann, GET, /api/v1/namespaces/kube-system/configmaps/other, Metadata",
        "ann, GET, /api/v1/namespaces/a/configmaps/settings, Metadata",
        "ann, GET, /api/v1/namespaces/a/pods/p/log, Metadata",
        "ann, GET, /api/v1/namespaces/a/pods/p, None",
        "ann, PUT, /api/v1/namespaces/a/replicationcontrollers/r/scale, Metadata",
        "ann, GET, /apis/apps/v1/deployments, RequestResponse",
        "ann, GET, /apis/batch/v1/namespaces/a/jobs/j/status, RequestResponse",
        "ann, GET, /apis/batch/v1/namespaces/a/jobs/j, None",
        "ann, DELETE, /api/v1/namespaces/a/pods/p, Metadata"
    })
    void theFirstRuleThatMatchesDecides(String user, String method, String uri, String level) {
        QueryParameters query = QueryParameters.of(uri);
        RequestInfo info = RequestInfo.parse(method, uri.replaceFirst("\\?.*", ""), query);

        AuditPolicy.Decision decision = POLICY.of(UserInfo.of(user, List.of(UserInfo.AUTHENTICATED)), info);

        assertThat(decision.level().wireName()).isEqualTo(level);
    }

    @Test
    void stagesAreOmittedByThePolicyAndByTheRule() {
        RequestInfo info = RequestInfo.parse("GET", "/apis/apps/v1/deployments", QueryParameters.of("/"));

        assertThat(POLICY.of(UserInfo.of("ann", List.of()), info).omitted())
                .containsExactlyInAnyOrder(AuditStage.RECEIVED, AuditStage.STARTED);
    }

    @Test
    void whatIsNoPolicyIsRefused() {
        assertThatThrownBy(() -> policy("{}")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> policy("{\"apiVersion\":\"audit.k8s.io/v1\",\"kind\":\"Policy\"}"))
                .hasMessage("an audit policy has at least one rule");
        assertThatThrownBy(() -> policy(
                        "{\"apiVersion\":\"audit.k8s.io/v1\",\"kind\":\"Policy\",\"rules\":[{\"level\":\"All\"}]}"))
                .hasMessage("there is no audit level \"All\"");
    }
}
