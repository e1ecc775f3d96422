package io.kybern.apiserver.admission.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authn.UserInfo;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** Rules and selectors against requests. */
class RequestMatcherTest {

    private static final ResourceRegistry TYPES = ResourceRegistry.builtIn();

    private final RequestMatcher matcher = new RequestMatcher(
            TYPES,
            name -> name.equals("none")
                    ? Optional.empty()
                    : Optional.of(tree("{'metadata':{'name':'" + name + "','labels':{'team':'" + name + "'}}}")));

    private static ObjectNode tree(String json) {
        return (ObjectNode) Json.read(json.replace('\'', '"'));
    }

    private static AdmissionRequest request(String group, String version, String resource, String subresource) {
        return of(
                TYPES.require(group, version, resource),
                subresource,
                AdmissionOperation.CREATE,
                "{'metadata':{}}",
                null);
    }

    private static AdmissionRequest of(
            ResourceType type,
            String subresource,
            AdmissionOperation operation,
            @Nullable String object,
            @Nullable String old) {
        return new AdmissionRequest(
                new AdmissionRequest.Target(type, subresource, type.namespaced() ? "a" : "", "x"),
                operation,
                UserInfo.of("u", List.of()),
                false,
                object == null ? null : tree(object),
                old == null ? null : tree(old));
    }

    private static MatchCriteria rule(String groups, String versions, String resources, String more) {
        return MatchCriteria.ofWebhook(
                tree("{'rules':[{'operations':['*'],'apiGroups':['%s'],'apiVersions':['%s'],'resources':['%s']%s}]}"
                        .formatted(groups, versions, resources, more)));
    }

    @ParameterizedTest
    @CsvSource({
        "pods, pods, '', true",
        "pods, pods, status, false",
        "pods/*, pods, status, true",
        "pods/*, pods, '', true",
        "pods/status, pods, status, true",
        "pods/status, pods, '', false",
        "*, pods, '', true",
        "*, pods, status, false",
        "*/*, pods, status, true",
        "*/status, services, status, true",
        "*/scale, services, status, false",
        "services, pods, '', false",
    })
    void aPatternCoversResourcesAndTheirParts(String pattern, String resource, String part, boolean covered) {
        AdmissionRequest request = request("", "v1", resource, part);

        assertThat(matcher.match(rule("*", "*", pattern, ""), request).isPresent())
                .isEqualTo(covered);
    }

    @ParameterizedTest
    @CsvSource({
        "Namespaced, '', pods, true",
        "Namespaced, '', namespaces, false",
        "Cluster, '', namespaces, true",
        "Cluster, '', pods, false",
        "*, '', nodes, true",
    })
    void aScopeSaysWhereObjectsLive(String scope, String group, String resource, boolean covered) {
        MatchCriteria criteria = rule("*", "*", "*", ",'scope':'" + scope + "'");

        assertThat(matcher.match(criteria, request(group, "v1", resource, "")).isPresent())
                .isEqualTo(covered);
    }

    @Test
    void anotherVersionOfTheSameObjectsIsMeantToo() {
        MatchCriteria criteria = rule("autoscaling", "v2", "horizontalpodautoscalers", "");

        Match match = matcher.match(criteria, request("autoscaling", "v1", "horizontalpodautoscalers", ""))
                .orElseThrow();

        assertThat(match.kind().version()).isEqualTo("v2");
    }

    @Test
    void anExactPolicyMeansItsOwnVersionOnly() {
        ObjectNode webhook = tree("{'matchPolicy':'Exact','rules':[{'operations':['CREATE'],"
                + "'apiGroups':['autoscaling'],'apiVersions':['v2'],'resources':['*']}]}");
        MatchCriteria criteria = MatchCriteria.ofWebhook(webhook);

        assertThat(matcher.match(criteria, request("autoscaling", "v1", "horizontalpodautoscalers", "")))
                .isEmpty();
        assertThat(matcher.match(criteria, request("autoscaling", "v2", "horizontalpodautoscalers", "")))
                .isPresent();
    }

    @Test
    void theKindIsThatOfTheSubresource() {
        Match match = matcher.match(
                        rule("apps", "v1", "deployments/scale", ""), request("apps", "v1", "deployments", "scale"))
                .orElseThrow();

        assertThat(match.kind().kind()).isEqualTo("Scale");
    }

    @Test
    void anExclusionWinsAndNamesNarrow() {
        MatchCriteria criteria = MatchCriteria.ofPolicy(tree("{'resourceRules':[{'operations':['*'],'apiGroups':['*'],"
                + "'apiVersions':['*'],'resources':['*']}],'excludeResourceRules':[{'operations':['*'],'apiGroups':[''],"
                + "'apiVersions':['v1'],'resources':['pods']},{'operations':['*'],'apiGroups':[''],'apiVersions':['v1'],"
                + "'resources':['secrets'],'resourceNames':['y']}]}"));

        assertThat(matcher.match(criteria, request("", "v1", "pods", ""))).isEmpty();
        assertThat(matcher.match(criteria, request("", "v1", "services", ""))).isPresent();
        assertThat(matcher.match(criteria, request("", "v1", "secrets", ""))).isPresent();
    }

    @Test
    void noRulesMeanEveryRequestOnlyInAPolicy() {
        AdmissionRequest request = request("", "v1", "pods", "");

        assertThat(matcher.match(MatchCriteria.ofPolicy(tree("{}")), request)).isPresent();
        assertThat(matcher.match(MatchCriteria.ofWebhook(tree("{}")), request)).isEmpty();
    }

    @Test
    void aNamespaceIsSelectedByItsLabels() {
        String selector = "{'namespaceSelector':{'matchLabels':{'team':'%s'}},'rules':[{'operations':['*'],"
                + "'apiGroups':['*'],'apiVersions':['*'],'resources':['*']}]}";
        MatchCriteria a = MatchCriteria.ofWebhook(tree(selector.formatted("a")));
        MatchCriteria b = MatchCriteria.ofWebhook(tree(selector.formatted("b")));
        AdmissionRequest namespace = of(
                TYPES.require("", "v1", "namespaces"),
                "",
                AdmissionOperation.UPDATE,
                "{'metadata':{'labels':{'team':'b'}}}",
                null);
        AdmissionRequest deleted = of(
                TYPES.require("", "v1", "namespaces"),
                "",
                AdmissionOperation.DELETE,
                null,
                "{'metadata':{'labels':{'team':'b'}}}");

        assertThat(matcher.match(a, request("", "v1", "pods", ""))).isPresent();
        assertThat(matcher.match(b, request("", "v1", "pods", ""))).isEmpty();
        assertThat(matcher.match(b, request("", "v1", "nodes", ""))).isPresent();
        assertThat(matcher.match(b, namespace)).isPresent();
        assertThat(matcher.match(a, namespace)).isEmpty();
        assertThat(matcher.match(b, deleted)).isEmpty();
    }

    @Test
    void anObjectIsSelectedBeforeOrAfter() {
        MatchCriteria criteria = MatchCriteria.ofWebhook(tree("{'objectSelector':{'matchLabels':{'k':'v'}},"
                + "'rules':[{'operations':['*'],'apiGroups':['*'],'apiVersions':['*'],'resources':['*']}]}"));
        String labelled = "{'metadata':{'labels':{'k':'v'}}}";
        String plain = "{'metadata':{}}";

        assertThat(matcher.match(criteria, update(plain, labelled))).isPresent();
        assertThat(matcher.match(criteria, update(labelled, plain))).isPresent();
        assertThat(matcher.match(criteria, update(plain, plain))).isEmpty();
    }

    private static AdmissionRequest update(String object, String old) {
        return of(TYPES.require("", "v1", "configmaps"), "", AdmissionOperation.UPDATE, object, old);
    }

    @Test
    void aMissingNamespaceIsAnErrorOnlyForWhatTheRulesMean() {
        MatchCriteria pods = MatchCriteria.ofWebhook(tree("{'namespaceSelector':{'matchLabels':{'a':'b'}},"
                + "'rules':[{'operations':['*'],'apiGroups':['*'],'apiVersions':['*'],'resources':['pods']}]}"));
        AdmissionRequest pod = inMissingNamespace("pods");
        AdmissionRequest secret = inMissingNamespace("secrets");

        assertThat(matcher.match(pods, secret)).isEmpty();
        assertThatThrownBy(() -> matcher.match(pods, pod))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("namespaces \"none\" not found");
    }

    private static AdmissionRequest inMissingNamespace(String resource) {
        return new AdmissionRequest(
                new AdmissionRequest.Target(TYPES.require("", "v1", resource), "", "none", "x"),
                AdmissionOperation.CREATE,
                UserInfo.of("u", List.of()),
                false,
                tree("{'metadata':{}}"),
                null);
    }

    @Test
    void configurationsOfAdmissionAreExempt() {
        assertThat(RequestMatcher.isExempt(
                        request("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "")))
                .isTrue();
        assertThat(RequestMatcher.isExempt(request("", "v1", "pods", ""))).isFalse();
    }
}
