package io.kybern.apiserver.endpoints;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What nodes get tokens for. */
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
}
