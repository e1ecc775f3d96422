package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Who owns what after the writes of everyday. */
@Timeout(60)
class FieldOwnersTest {

    private static final String MAPS = "/api/v1/namespaces/owners/configmaps";
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/owners/deployments";
    private static final String APPLY = "application/apply-patch+yaml";

    private static WritesUnderTest server;

    @BeforeAll
    static void start() {
        server = new WritesUnderTest();
        server.create(
                "/api/v1/namespaces",
                "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"owners\"}}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String map(String name, String data) {
        return json("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'%s'},'data':%s}".formatted(name, data));
    }

    private static String deployment(String name, int replicas) {
        return json(
                "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'%s'},'spec':{'replicas':%d,'selector':{"
                                .formatted(name, replicas)
                        + "'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':["
                        + "{'name':'c','image':'i'}]}}}}");
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static JsonNode entry(JsonNode object, String manager) {
        for (JsonNode each : object.at("/metadata/managedFields")) {
            if (each.path("manager").asString().equals(manager)) {
                return each;
            }
        }
        return Json.object();
    }

    @Test
    void aCreatorOwnsWhatItSentAndItsDefaultsButNoStatus() {
        JsonNode created = server.create(DEPLOYMENTS + "?fieldManager=maker", deployment("made", 1))
                .body();
        JsonNode entry = entry(created, "maker");
        assertThat(entry.path("operation").asString()).isEqualTo("Update");
        assertThat(entry.path("time").asString()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(entry.path("fieldsV1").propertyNames()).containsExactly("f:spec");
        assertThat(Json.string(entry.at("/fieldsV1/f:spec/f:strategy")))
                .isEqualTo(json("{'f:rollingUpdate':{'.':{},'f:maxSurge':{},'f:maxUnavailable':{}},'f:type':{}}"));
        assertThat(Json.string(entry.at("/fieldsV1/f:spec/f:template/f:spec/f:containers")))
                .isEqualTo(
                        "{\"k:{\\\"name\\\":\\\"c\\\"}\":{\".\":{},\"f:image\":{},\"f:imagePullPolicy\":{},\"f:name\":{},"
                                + "\"f:resources\":{},\"f:terminationMessagePath\":{},\"f:terminationMessagePolicy\":{}}}");
    }

    @Test
    void everyWriterOwnsWhatItChanged() {
        server.create(MAPS + "?fieldManager=one", map("shared", "{'a':'1','b':'1'}"));
        JsonNode changed = server.send(
                        "PATCH",
                        MAPS + "/shared?fieldManager=two",
                        "application/merge-patch+json",
                        json("{'data':{'b':'2','c':'2'}}"))
                .body();
        assertThat(Json.string(entry(changed, "one").path("fieldsV1"))).isEqualTo(json("{'f:data':{'.':{},'f:a':{}}}"));
        assertThat(Json.string(entry(changed, "two").path("fieldsV1")))
                .isEqualTo(json("{'f:data':{'f:b':{},'f:c':{}}}"));
    }

    @Test
    void writersOfTheStatusOwnTheStatus() {
        server.create(DEPLOYMENTS + "?fieldManager=maker", deployment("watched", 1));
        JsonNode written = server.send(
                        "PATCH",
                        DEPLOYMENTS + "/watched/status?fieldManager=controller",
                        "application/merge-patch+json",
                        json("{'spec':{'replicas':9},'status':{'observedGeneration':1}}"))
                .body();
        assertThat(entry(written, "controller").path("subresource").asString()).isEqualTo("status");
        assertThat(Json.string(entry(written, "controller").path("fieldsV1")))
                .isEqualTo(json("{'f:status':{'f:observedGeneration':{}}}"));
        assertThat(entry(written, "maker").at("/fieldsV1/f:spec").has("f:replicas"))
                .isTrue();
    }

    @Test
    void entriesCanBeDroppedAndAreKeptByThoseWhoDoNotKnowThem() {
        server.create(MAPS + "?fieldManager=one", map("dropped", "{'a':'1'}"));
        JsonNode kept = server.update(MAPS + "/dropped?fieldManager=one", map("dropped", "{'a':'1'}"))
                .body();
        assertThat(kept.at("/metadata/managedFields")).hasSize(1);
        JsonNode dropped = server.merge(MAPS + "/dropped", json("{'metadata':{'managedFields':[{}]}}"))
                .body();
        assertThat(dropped.path("metadata").has("managedFields")).isFalse();
        JsonNode before = server.send("PATCH", MAPS + "/dropped?fieldManager=late", APPLY, map("dropped", "{'b':'1'}"))
                .body();
        assertThat(entry(before, "before-first-apply").at("/fieldsV1/f:data").has("f:a"))
                .isTrue();
    }

    @Test
    void writingWhatIsThereChangesNothing() {
        JsonNode created = server.create(MAPS + "?fieldManager=one", map("idle", "{'a':'1'}"))
                .body();
        JsonNode again = server.update(MAPS + "/idle?fieldManager=two", map("idle", "{'a':'1'}"))
                .body();
        assertThat(again).isEqualTo(created);
        JsonNode applied = server.send("PATCH", MAPS + "/idle?fieldManager=three", APPLY, map("idle", "{'a':'1'}"))
                .body();
        assertThat(server.send("PATCH", MAPS + "/idle?fieldManager=three", APPLY, map("idle", "{'a':'1'}"))
                        .body())
                .isEqualTo(applied);
    }

    @Test
    void ownersKeepTheirFieldsWhenAnotherVersionIsWritten() {
        String first = "/apis/autoscaling/v1/namespaces/owners/horizontalpodautoscalers/both";
        String second = "/apis/autoscaling/v2/namespaces/owners/horizontalpodautoscalers/both";
        String target = "'scaleTargetRef':{'apiVersion':'apps/v1','kind':'Deployment','name':'d'},'maxReplicas':5";
        server.send(
                "PATCH",
                first + "?fieldManager=old",
                APPLY,
                json("{'apiVersion':'autoscaling/v1','kind':"
                        + "'HorizontalPodAutoscaler','metadata':{'name':'both'},'spec':{" + target
                        + ",'targetCPUUtilizationPercentage':50}}"));
        String wanted =
                json("{'apiVersion':'autoscaling/v2','kind':'HorizontalPodAutoscaler','metadata':{'name':'both'},"
                        + "'spec':{" + target
                        + ",'metrics':[{'type':'Resource','resource':{'name':'cpu','target':{'type':"
                        + "'Utilization','averageUtilization':70}}}]}}");
        assertThat(server.send("PATCH", second + "?fieldManager=new", APPLY, wanted)
                        .body()
                        .path("message")
                        .asString())
                .contains("conflict with \"old\"", ".spec.targetCPUUtilizationPercentage");

        JsonNode forced = server.send("PATCH", second + "?fieldManager=new&force=true", APPLY, wanted)
                .body();
        assertThat(entry(forced, "old").path("apiVersion").asString()).isEqualTo("autoscaling/v1");
        assertThat(entry(forced, "old").at("/fieldsV1/f:spec").propertyNames())
                .contains("f:maxReplicas")
                .doesNotContain("f:targetCPUUtilizationPercentage");
    }

    @Test
    void aScaleIsAppliedToItsObject() {
        server.create(DEPLOYMENTS + "?fieldManager=maker", deployment("scaled", 1));
        String scale = json(
                "{'apiVersion':'autoscaling/v1','kind':'Scale','metadata':{'name':'scaled'},'spec':{'replicas':3}}");
        String path = DEPLOYMENTS + "/scaled/scale?fieldManager=scaler";
        WritesUnderTest.Reply refused = server.send("PATCH", path, APPLY, scale);
        assertThat(refused.message())
                .isEqualTo("Apply failed with 1 conflict: conflict with \"maker\" using apps/v1: .spec.replicas");
        WritesUnderTest.Reply forced = server.send("PATCH", path + "&force=true", APPLY, scale);
        assertThat(forced.code()).isEqualTo(200);
        assertThat(forced.body().at("/spec/replicas").asInt()).isEqualTo(3);
        JsonNode object = server.get(DEPLOYMENTS + "/scaled").body();
        assertThat(entry(object, "scaler").path("operation").asString()).isEqualTo("Apply");
        assertThat(Json.string(entry(object, "scaler").path("fieldsV1")))
                .isEqualTo(json("{'f:spec':{'f:replicas':{}}}"));
    }

    @Test
    void keysThatComeTwiceAreRefusedIfAskedTo() {
        String twice = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  foo: a\n  foo: b\n";
        WritesUnderTest.Reply refused =
                server.send("PATCH", MAPS + "/twice?fieldManager=m&fieldValidation=Strict", APPLY, twice);
        assertThat(refused.code()).isEqualTo(400);
        assertThat(refused.message()).contains("line 7: key \"foo\" already set in map");
        assertThat(server.send("PATCH", MAPS + "/twice?fieldManager=m&fieldValidation=Ignore", APPLY, twice)
                        .code())
                .isEqualTo(201);
    }

    @Test
    void aConfigurationMustBeOfTheKindAndNameTheObject() {
        assertThat(server.send("PATCH", MAPS + "/x?fieldManager=m", APPLY, deployment("x", 1))
                        .message())
                .isEqualTo("invalid object type: apps/v1, Kind=Deployment");
        assertThat(server.send("PATCH", MAPS + "/x?fieldManager=m", APPLY, map("y", "{}"))
                        .message())
                .isEqualTo("the name of the object (y) does not match the name on the URL (x)");
        assertThat(server.send("PATCH", MAPS + "/x?fieldManager=m", APPLY, "[]").code())
                .isEqualTo(400);
        assertThat(server.send("PATCH", MAPS + "/x?fieldManager=m", APPLY, "{").code())
                .isEqualTo(400);
        assertThat(server.send("PATCH", DEPLOYMENTS + "/x/status?fieldManager=m", APPLY, deployment("x", 1))
                        .code())
                .isEqualTo(404);
    }
}
