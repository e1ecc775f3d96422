package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Who one is and what one may do, over HTTPS on a whole API server. */
@Timeout(120)
class IdentityIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    private static final String REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";

    private static ApiServerUnderTest server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = ApiServerUnderTest.start(directory);
        created("/api/v1/namespaces", "{\"metadata\":{\"name\":\"id\"}}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> post(HttpRequest.Builder request, String body) {
        return server.send(request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    private static JsonNode created(String path, String body) {
        HttpResponse<String> answer = post(server.request(path), body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return Json.read(answer.body());
    }

    private static JsonNode self(HttpRequest.Builder request) {
        HttpResponse<String> answer = post(request, "{}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return Json.read(answer.body()).path("status").path("userInfo");
    }

    /** Everybody may ask who they are, as the cluster role {@code system:basic-user} has it. */
    private static void everybodyMayAsk() {
        post(server.request("/apis/rbac.authorization.k8s.io/v1/clusterroles"), """
                {"metadata":{"name":"asks"},"rules":[
                  {"apiGroups":["authentication.k8s.io"],"resources":["selfsubjectreviews"],"verbs":["create"]}]}
                """);
        post(server.request("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"), """
                {"metadata":{"name":"asks"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"asks"},
                 "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"system:authenticated"}]}
                """);
    }

    private static String text(JsonNode secret, String key) {
        return new String(
                Base64.getDecoder().decode(secret.path("data").path(key).asString()), StandardCharsets.UTF_8);
    }

    private static int codeWith(String token) {
        return post(server.request(SELF, token), "{}").statusCode();
    }

    @Test
    void aSecretForAnAccountHoldsAToken() {
        everybodyMayAsk();
        String uid = created("/api/v1/namespaces/id/serviceaccounts", "{\"metadata\":{\"name\":\"old\"}}")
                .path("metadata")
                .path("uid")
                .asString();
        JsonNode secret = created("/api/v1/namespaces/id/secrets", """
                {"metadata":{"name":"old-token","annotations":{"kubernetes.io/service-account.name":"old"}},
                 "type":"kubernetes.io/service-account-token"}
                """);

        assertThat(secret.path("metadata")
                        .path("annotations")
                        .path("kubernetes.io/service-account.uid")
                        .asString())
                .isEqualTo(uid);
        assertThat(text(secret, "namespace")).isEqualTo("id");
        assertThat(text(secret, "ca.crt")).startsWith("-----BEGIN CERTIFICATE-----");
        String token = text(secret, "token");
        await("the role to count").atMost(PATIENCE).until(() -> codeWith(token) == 201);
        JsonNode user = self(server.request(SELF, token));
        assertThat(user.path("username").asString()).isEqualTo("system:serviceaccount:id:old");
        assertThat(user.path("uid").asString()).isEqualTo(uid);
        JsonNode status =
                created(REVIEWS, "{\"spec\":{\"token\":\"" + token + "\"}}").path("status");
        assertThat(status.path("authenticated").asBoolean()).isTrue();
        assertThat(status.path("audiences").size()).isEqualTo(1);

        server.send(server.request("/api/v1/namespaces/id/secrets/old-token").DELETE());

        await("the token to end").atMost(PATIENCE).until(() -> codeWith(token) == 401);
    }

    @Test
    void aSecretForAnAccountThatIsNotThereHoldsNothing() {
        JsonNode secret = created("/api/v1/namespaces/id/secrets", """
                {"metadata":{"name":"nobodys","annotations":{"kubernetes.io/service-account.name":"nobody"}},
                 "type":"kubernetes.io/service-account-token"}
                """);

        assertThat(secret.has("data")).isFalse();
    }

    @Test
    void aBootstrapTokenLetsIn() {
        everybodyMayAsk();
        created("/api/v1/namespaces/kube-system/secrets", """
                {"metadata":{"name":"bootstrap-token-abcdef"},"type":"bootstrap.kubernetes.io/token",
                 "stringData":{"token-id":"abcdef","token-secret":"0123456789abcdef","usage-bootstrap-authentication":"true",
                               "auth-extra-groups":"system:bootstrappers:test"}}
                """);
        String token = "abcdef.0123456789abcdef";
        await("the token to let in").atMost(PATIENCE).until(() -> codeWith(token) == 201);

        JsonNode user = self(server.request(SELF, token));
        assertThat(user.path("username").asString()).isEqualTo("system:bootstrap:abcdef");
        assertThat(Json.string(user.path("groups")))
                .isEqualTo("[\"system:bootstrappers\",\"system:bootstrappers:test\",\"system:authenticated\"]");
        assertThat(codeWith("abcdef.0123456789abcdee")).isEqualTo(401);
    }

    @Test
    void whomOneMayActAsIsAskedPieceByPiece() {
        created("/apis/rbac.authorization.k8s.io/v1/clusterroles", """
                {"metadata":{"name":"acts"},"rules":[
                  {"apiGroups":[""],"resources":["users"],"resourceNames":["ann"],"verbs":["impersonate"]},
                  {"apiGroups":[""],"resources":["groups"],"resourceNames":["team"],"verbs":["impersonate"]},
                  {"apiGroups":[""],"resources":["serviceaccounts"],"resourceNames":["robot"],"verbs":["impersonate"]},
                  {"apiGroups":["authentication.k8s.io"],"resources":["uids"],"resourceNames":["u-1"],"verbs":["impersonate"]},
                  {"apiGroups":["authentication.k8s.io"],"resources":["userextras/scopes"],"resourceNames":["view"],"verbs":["impersonate"]}]}
                """);
        created("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
                {"metadata":{"name":"acts"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"acts"},
                 "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"nobody"}]}
                """);
        everybodyMayAsk();
        await("the role to count")
                .atMost(PATIENCE)
                .until(() -> actAs(List.of("Impersonate-User", "ann")).statusCode() == 201);

        JsonNode user = Json.read(actAs(List.of(
                                "Impersonate-User",
                                "ann",
                                "Impersonate-Group",
                                "team",
                                "Impersonate-Uid",
                                "u-1",
                                "Impersonate-Extra-Scopes",
                                "view"))
                        .body())
                .path("status")
                .path("userInfo");
        assertThat(Json.string(user)).isEqualTo("""
                {"username":"ann","uid":"u-1","groups":["team","system:authenticated"],"extra":{"scopes":["view"]}}""");
        assertThat(actAs(List.of("Impersonate-User", "system:serviceaccount:id:robot"))
                        .body())
                .contains("\"system:serviceaccounts:id\"");
        refused(List.of("Impersonate-User", "bob"), "cannot impersonate resource \\\"users\\\"");
        refused(
                List.of("Impersonate-User", "ann", "Impersonate-Group", "system:masters"),
                "cannot impersonate resource \\\"groups\\\"");
        refused(
                List.of("Impersonate-User", "ann", "Impersonate-Uid", "u-2"),
                "cannot impersonate resource \\\"uids\\\" in API group \\\"authentication.k8s.io\\\"");
        refused(
                List.of("Impersonate-User", "ann", "Impersonate-Extra-Scopes", "edit"),
                "cannot impersonate resource \\\"userextras/scopes\\\"");
        refused(
                List.of("Impersonate-User", "system:serviceaccount:id:other"),
                "cannot impersonate resource \\\"serviceaccounts\\\"");
    }

    private static HttpResponse<String> actAs(List<String> headers) {
        return post(server.request(SELF, "nobody-token").headers(headers.toArray(String[]::new)), "{}");
    }

    private static void refused(List<String> headers, String why) {
        HttpResponse<String> answer = actAs(headers);
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains(why);
    }
}
