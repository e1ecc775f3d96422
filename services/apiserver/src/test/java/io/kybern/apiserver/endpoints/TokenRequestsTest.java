package io.kybern.apiserver.endpoints;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Who gets tokens for what, and what a request for one must say. */
@Timeout(60)
class TokenRequestsTest {

    private static final UserInfo NODE = UserInfo.of("system:node:n1", List.of("system:nodes", UserInfo.AUTHENTICATED));

    private final WritesUnderTest api = new WritesUnderTest();

    @BeforeEach
    void makePods() {
        made(api.create("/api/v1/namespaces", json("{'metadata':{'name':'a'}}")));
        made(api.create("/api/v1/namespaces/a/serviceaccounts", json("{'metadata':{'name':'robot'}}")));
        for (String node : List.of("n1", "n2")) {
            made(api.create(
                    "/api/v1/namespaces/a/pods",
                    json("{'metadata':{'name':'on-" + node + "'},'spec':{'nodeName':'" + node
                            + "','serviceAccountName':'robot','containers':[{'name':'c','image':'i:1'}]}}")));
        }
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private Reply ask(String bound) {
        return api.create(
                NODE,
                "/api/v1/namespaces/a/serviceaccounts/robot/token",
                json("{'spec':{'audiences':[]" + bound + "}}"));
    }

    private Reply askFor(String pod) {
        return ask(",'boundObjectRef':{'apiVersion':'v1','kind':'Pod','name':'" + pod + "'}");
    }

    @Test
    void aNodeGetsThemForItsOwnPods() {
        assertThat(made(askFor("on-n1")).body().at("/status/token").asString()).isNotEmpty();
    }

    @Test
    void aNodeGetsNoneForThePodsOfOthers() {
        Reply refused = askFor("on-n2");

        assertThat(refused.code()).isEqualTo(403);
        assertThat(refused.message()).contains("node requested token bound to a pod scheduled on a different node");
    }

    @Test
    void aNodeGetsNoneThatIsBoundToNoPod() {
        Reply refused = ask("");

        assertThat(refused.code()).isEqualTo(403);
        assertThat(refused.message()).contains("node requested token not bound to a pod");
    }

    private Reply request(String body) {
        return api.create("/api/v1/namespaces/a/serviceaccounts/robot/token", json(body));
    }

    @Test
    void theAnswerIsOfTheAccount() {
        JsonNode account = api.get("/api/v1/namespaces/a/serviceaccounts/robot").body();

        JsonNode answer = made(request("{'spec':{'expirationSeconds':600}}")).body();

        assertThat(answer.at("/metadata/name").asString()).isEqualTo("robot");
        assertThat(answer.at("/metadata/namespace").asString()).isEqualTo("a");
        assertThat(answer.at("/metadata/uid")).isEqualTo(account.at("/metadata/uid"));
        Instant made = Instant.parse(answer.at("/metadata/creationTimestamp").asString());
        assertThat(Instant.parse(answer.at("/status/expirationTimestamp").asString()))
                .isEqualTo(made.plusSeconds(600));
        assertThat(answer.at("/spec/expirationSeconds").asInt()).isEqualTo(600);
    }

    @Test
    void whatARequestSaysOfItselfMustFit() {
        Reply named = request("{'metadata':{'name':'other'}}");
        assertThat(named.code()).isEqualTo(422);
        assertThat(named.message())
                .isEqualTo(
                        "TokenRequest.authentication.k8s.io \"robot\" is invalid: metadata.name: Invalid value: \"other\":"
                                + " must match the service account name if specified");
        Reply another = request("{'metadata':{'uid':'another'}}");
        assertThat(another.code()).isEqualTo(409);
        assertThat(another.message()).contains("the UID in the token request (another) does not match the UID of");
        assertThat(request("{'spec':{'expirationSeconds':599}}").message())
                .contains("may not specify a duration less than 10 minutes");
    }

    @Test
    void whatItIsBoundToMustFit() {
        String bound = "{'spec':{'boundObjectRef':{'apiVersion':'v1','kind':'%s','name':'%s'%s}}}";
        Reply unknown = request(bound.formatted("ConfigMap", "m", ""));
        assertThat(unknown.code()).isEqualTo(400);
        assertThat(unknown.message()).isEqualTo("cannot bind token to object of type /v1, Kind=ConfigMap");
        Reply absent = request(bound.formatted("Pod", "gone", ""));
        assertThat(absent.code()).isEqualTo(404);
        assertThat(absent.message()).isEqualTo("pods \"gone\" not found");
        Reply anew = request(bound.formatted("Pod", "on-n1", ",'uid':'other'"));
        assertThat(anew.code()).isEqualTo(409);
        assertThat(anew.message())
                .contains(
                        "on Pod \"on-n1\": the UID in the bound object reference (other) does not match the UID in record");
    }
}
