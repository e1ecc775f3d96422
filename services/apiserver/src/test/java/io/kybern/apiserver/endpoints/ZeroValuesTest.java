package io.kybern.apiserver.endpoints;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;

import io.kybern.api.Json;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What becomes of zeros that clients send, in every kind of write. */
@Timeout(60)
class ZeroValuesTest {

    private static final String SETS = "/apis/apps/v1/namespaces/zeros/replicasets";
    private static final String MERGE = "application/merge-patch+json";
    private static final String APPLY = "application/apply-patch+yaml";

    private static WritesUnderTest server;

    @BeforeAll
    static void start() {
        server = new WritesUnderTest();
        made(server.create(
                "/api/v1/namespaces",
                "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"zeros\"}}"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static String set(String name, String more) {
        return json("{'apiVersion':'apps/v1','kind':'ReplicaSet','metadata':{'name':'" + name + "'},'spec':{" + more
                + "'replicas':0,'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},"
                + "'spec':{'hostNetwork':false,'automountServiceAccountToken':false,'containers':[{'name':'c',"
                + "'image':'i','tty':false}]}}}}");
    }

    @Test
    void theOnesThatNoPointerHoldsVanish() {
        JsonNode set = made(server.create(SETS, set("created", "'minReadySeconds':0,")))
                .body();

        assertThat(set.path("spec").has("minReadySeconds")).isFalse();
        assertThat(set.at("/spec/template/spec").has("hostNetwork")).isFalse();
        assertThat(set.at("/spec/template/spec/containers/0").has("tty")).isFalse();
        assertThat(set.at("/spec/replicas").asInt(-1)).isZero();
        assertThat(set.at("/spec/template/spec/automountServiceAccountToken").asBoolean(true))
                .isFalse();
    }

    @Test
    void aPatchToZeroChangesNothingWhereThereIsNothing() {
        String before = made(server.create(SETS, set("patched", "")))
                .body()
                .at("/metadata/resourceVersion")
                .asString();

        JsonNode patched = made(server.send("PATCH", SETS + "/patched", MERGE, json("{'spec':{'minReadySeconds':0}}")))
                .body();

        assertThat(patched.path("spec").has("minReadySeconds")).isFalse();
        assertThat(patched.at("/metadata/resourceVersion").asString()).isEqualTo(before);
    }

    @Test
    void whoAppliesAZeroOwnsItAllTheSame() {
        String path = SETS + "/applied?fieldManager=zero";
        JsonNode first = made(server.send("PATCH", path, APPLY, set("applied", "'minReadySeconds':0,")))
                .body();
        JsonNode again = made(server.send("PATCH", path, APPLY, set("applied", "'minReadySeconds':0,")))
                .body();

        assertThat(first.path("spec").has("minReadySeconds")).isFalse();
        assertThat(Json.string(first.at("/metadata/managedFields/0/fieldsV1/f:spec")))
                .contains("\"f:minReadySeconds\":{}");
        assertThat(again.at("/metadata/resourceVersion")).isEqualTo(first.at("/metadata/resourceVersion"));
    }

    @Test
    void aStatusShowsWhatItAlwaysHasAndNoOtherZero() {
        assertThatObject(made(server.create(SETS, set("status", ""))).body().path("status"))
                .isEqualTo(Json.read(json("{'replicas':0}")));

        Reply written = server.send(
                "PATCH",
                SETS + "/status/status",
                MERGE,
                json(
                        "{'status':{'readyReplicas':0,'availableReplicas':0,'terminatingReplicas':0,'observedGeneration':1}}"));

        assertThatObject(made(written).body().path("status"))
                .isEqualTo(Json.read(json("{'observedGeneration':1,'replicas':0,'terminatingReplicas':0}")));
    }

    @Test
    void whoCreatesAnObjectDoesNotOwnWhatItsTypeAlwaysHas() {
        JsonNode set = made(server.create(
                        "/apis/apps/v1/namespaces/zeros/statefulsets?fieldManager=maker",
                        set("owned", "").replace("ReplicaSet", "StatefulSet")))
                .body();

        assertThat(set.at("/spec/serviceName").asString("absent")).isEmpty();
        assertThat(Json.string(set.at("/metadata/managedFields/0/fieldsV1")))
                .contains("f:replicas")
                .doesNotContain("f:serviceName", "f:status");
    }
}
