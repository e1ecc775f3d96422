package io.kybern.schema.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.schema.Defaulter;
import io.kybern.schema.Schema;
import io.kybern.schema.SchemaCatalog;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The stories follow what a Kubernetes API server answered to the same requests. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ServerSideApplyTest {

    private static final SchemaCatalog CATALOG = SchemaCatalog.builtIn();
    private static final Schema CONFIG_MAP =
            CATALOG.schema(new GroupVersionKind("", "v1", "ConfigMap")).orElseThrow();
    private static final Schema DEPLOYMENT =
            CATALOG.schema(new GroupVersionKind("apps", "v1", "Deployment")).orElseThrow();
    private static final Instant NOW = Instant.parse("2024-05-06T07:08:09Z");

    @Test
    void ownersShareAnObjectConflictForceAndLetGo() {
        ObjectNode live = configMap(null, "m1", "{'labels':{'l':'1'}}", "{'a':'1','b':'1'}", false);
        assertThat(fields(live, "m1"))
                .isEqualTo(json("{'f:data':{'f:a':{},'f:b':{}},'f:metadata':{'f:labels':{'f:l':{}}}}"));

        live = configMap(live, "m2", "{}", "{'c':'1'}", false);
        assertThat(live.path("data")).isEqualTo(json("{'a':'1','b':'1','c':'1'}"));
        assertThat(fields(live, "m2")).isEqualTo(json("{'f:data':{'f:c':{}}}"));

        ObjectNode shared = live;
        assertThatThrownBy(() -> configMap(shared, "m2", "{}", "{'c':'1','a':'2'}", false))
                .isInstanceOfSatisfying(ApiException.class, e -> {
                    assertThat(e.status().code()).isEqualTo(409);
                    assertThat(e.status().reason()).isEqualTo("Conflict");
                    assertThat(e.status().toJson().at("/details/causes"))
                            .isEqualTo(json("[{'reason':'FieldManagerConflict','message':'conflict with \\'m1\\'',"
                                    + "'field':'.data.a'}]"));
                })
                .hasMessage("Apply failed with 1 conflict: conflict with \"m1\": .data.a");

        live = configMap(live, "m2", "{}", "{'c':'1','a':'2'}", true);
        assertThat(live.path("data")).isEqualTo(json("{'a':'2','b':'1','c':'1'}"));
        assertThat(fields(live, "m1")).isEqualTo(json("{'f:data':{'f:b':{}},'f:metadata':{'f:labels':{'f:l':{}}}}"));
        assertThat(fields(live, "m2")).isEqualTo(json("{'f:data':{'f:a':{},'f:c':{}}}"));

        live = configMap(live, "m1", "{'labels':{'l':'1'}}", null, false);
        assertThat(live.path("data")).isEqualTo(json("{'a':'2','c':'1'}"));
        assertThat(fields(live, "m1")).isEqualTo(json("{'f:metadata':{'f:labels':{'f:l':{}}}}"));

        live = configMap(live, "m3", "{}", "{'a':'2'}", false);
        live = configMap(live, "m2", "{}", null, false);
        assertThat(live.path("data")).as("m3 still wants a").isEqualTo(json("{'a':'2'}"));
        assertThat(fields(live, "m2")).isEqualTo(json("{}"));

        live = configMap(live, "m1", "{}", null, false);
        assertThat(live.path("metadata").has("labels")).isFalse();
    }

    @Test
    void listsOfKeyedElementsAreOwnedElementByElement() {
        ObjectNode live = deployment(
                null,
                "m1",
                "{'replicas':2,'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':"
                        + "{'containers':[{'name':'c','image':'i','ports':[{'containerPort':80}],"
                        + "'env':[{'name':'A','value':'1'}]}]}}}");
        assertThat(fields(live, "m1"))
                .isEqualTo(Json.read("{\"f:spec\":{\"f:replicas\":{},\"f:selector\":{},\"f:template\":{\"f:metadata\":"
                        + "{\"f:labels\":{\"f:a\":{}}},\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"c\\\"}\":"
                        + "{\".\":{},\"f:env\":{\"k:{\\\"name\\\":\\\"A\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}},"
                        + "\"f:image\":{},\"f:name\":{},\"f:ports\":"
                        + "{\"k:{\\\"containerPort\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},"
                        + "\"f:containerPort\":{}}}}}}}}}"));

        live = deployment(live, "m2", "{'template':{'spec':{'containers':[{'name':'side','image':'s'}]}}}");
        assertThat(live.at("/spec/template/spec/containers").findValuesAsString("image"))
                .containsExactly("i", "s");

        live = deployment(
                live,
                "m1",
                "{'replicas':2,'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':"
                        + "{'containers':[{'name':'c','image':'i','env':[{'name':'A','value':'1'}]}]}}}");
        assertThat(live.at("/spec/template/spec/containers/0"))
                .isEqualTo(json("{'name':'c','image':'i','env':[{'name':'A','value':'1'}]}"));
        assertThat(live.at("/spec/template/spec/containers")).hasSize(2);
    }

    @Test
    void updatesTakeFieldsAndConflictWithLaterApplies() {
        ObjectNode live = deployment(null, "m1", "{'replicas':2,'minReadySeconds':1}");
        ObjectNode scaled = live.deepCopy();
        ((ObjectNode) scaled.path("spec")).put("replicas", 5);

        ObjectNode tracked = tracked(live, scaled, manager("scaler", "scale"), "apps/v1", DEPLOYMENT);

        assertThat(fields(tracked, "scaler")).isEqualTo(json("{'f:spec':{'f:replicas':{}}}"));
        assertThat(fields(tracked, "m1")).isEqualTo(json("{'f:spec':{'f:minReadySeconds':{}}}"));
        assertThatThrownBy(() -> deployment(tracked, "m1", "{'replicas':2,'minReadySeconds':1}"))
                .hasMessage("Apply failed with 1 conflict: conflict with \"scaler\" with subresource \"scale\" using"
                        + " apps/v1: .spec.replicas");
    }

    @Test
    void severalConflictsAreListedByOwner() {
        ObjectNode live = deployment(null, "m1", "{'replicas':2,'paused':true}");
        ObjectNode both = deployment(live, "m2", "{'minReadySeconds':3}");

        assertThatThrownBy(() -> deployment(both, "m3", "{'replicas':3,'paused':false,'minReadySeconds':4}"))
                .hasMessage("Apply failed with 3 conflicts: conflicts with \"m1\":\n- .spec.paused\n- .spec.replicas\n"
                        + "conflicts with \"m2\":\n- .spec.minReadySeconds");
    }

    @Test
    void createdObjectsBelongToTheirCreator() {
        ObjectNode created = (ObjectNode) json("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'x','uid':'u',"
                + "'labels':{'a':'b'}},'data':{'k':'v'}}");

        ObjectNode tracked = tracked(null, created, manager("kubectl-create", ""), "v1", CONFIG_MAP);

        assertThat(Json.string(tracked.at("/metadata/managedFields")))
                .isEqualTo("[{\"manager\":\"kubectl-create\",\"operation\":\"Update\",\"apiVersion\":\"v1\","
                        + "\"time\":\"2024-05-06T07:08:09Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:data\":"
                        + "{\".\":{},\"f:k\":{}},\"f:metadata\":{\"f:labels\":{\".\":{},\"f:a\":{}}}}}]");
    }

    @Test
    void whatWasThereBeforeTheFirstApplyIsOwnedByNobodyInParticular() {
        ObjectNode live = (ObjectNode)
                json("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'x'}," + "'data':{'a':'1','b':'1'}}");

        assertThatThrownBy(() -> configMap(live, "m1", "{}", "{'a':'2'}", false))
                .hasMessage("Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.a");
    }

    @Test
    void clientSideApplyTurnsIntoServerSideApplyWithoutConflict() {
        ObjectNode live = (ObjectNode)
                json("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'x'}," + "'data':{'a':'1'}}");
        ((ObjectNode) live.path("metadata"))
                .putObject("annotations")
                .put(
                        "kubectl.kubernetes.io/last-applied-configuration",
                        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\"},\"data\":{\"a\":\"1\"}}");
        ObjectNode tracked = tracked(null, live, manager("kubectl-client-side-apply", ""), "v1", CONFIG_MAP);

        ObjectNode applied = configMap(tracked, "kubectl", "{}", "{'a':'2'}", false);

        assertThat(applied.at("/data/a").asString()).isEqualTo("2");
        assertThat(applied.at("/metadata/annotations").iterator().next().asString())
                .contains("\"data\":{\"a\":\"2\"}");
    }

    @Test
    void theAnnotationOfClientSideApplyIsWrittenAsGoWritesJson() {
        ObjectNode live =
                (ObjectNode) json("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'x','annotations':"
                        + "{'kubectl.kubernetes.io/last-applied-configuration':'{}'}},'data':{}}");

        ObjectNode applied = configMap(live, "kubectl", "{}", "{'a':'1 < 2 && 2 > 1'}", false);

        assertThat(applied.at("/metadata/annotations").iterator().next().asString())
                .contains("\"data\":{\"a\":\"1 \\u003c 2 \\u0026\\u0026 2 \\u003e 1\"}");
    }

    @Test
    void ownersInOtherVersionsAreAskedThere() {
        ObjectNode live = (ObjectNode) json(
                "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'x'}," + "'data':{'renamed':'1','b':'1'}}");
        live = tracked(null, live, manager("now", ""), "v1", CONFIG_MAP);
        ArrayNode entries = (ArrayNode) live.at("/metadata/managedFields");
        entries.add(json("{'manager':'before','operation':'Apply','apiVersion':'v0','time':'2026-01-01T00:00:00Z',"
                + "'fieldsType':'FieldsV1','fieldsV1':{'f:data':{'f:original':{}}}}"));
        entries.add(
                json("{'manager':'long ago','operation':'Apply','apiVersion':'gone/v1','time':'2026-01-01T00:00:00Z',"
                        + "'fieldsType':'FieldsV1','fieldsV1':{'f:data':{'f:b':{}}}}"));
        ObjectNode owned = live;
        Versions versions = version ->
                version.equals("v0") ? Optional.of(new Versions.View(CONFIG_MAP, RENAMING)) : Optional.empty();
        ObjectNode config = (ObjectNode) json(
                "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'x'}," + "'data':{'renamed':'2','b':'2'}}");

        assertThatThrownBy(() -> ServerSideApply.apply(owned, config, manager("m", ""), false, CONFIG_MAP, versions))
                .hasMessageContaining("\"before\"")
                .hasMessageContaining(".data.original")
                .hasMessageContaining("\"now\" using v1")
                .satisfies(e -> assertThat(String.valueOf(e.getMessage())).doesNotContain("long ago"));
        ObjectNode applied = ServerSideApply.apply(owned, config, manager("m", ""), true, CONFIG_MAP, versions);

        assertThat(applied.at("/metadata/managedFields").valueStream().map(each -> each.path("manager")
                        .asString()))
                .contains("m")
                .doesNotContain("before", "long ago");
    }

    /** What the present version calls renamed is original in the other one. */
    private static final Versions.Conversion RENAMING = Versions.Conversion.of(
            object -> moved(object, "renamed", "original"), object -> moved(object, "original", "renamed"));

    private static ObjectNode moved(ObjectNode object, String from, String to) {
        if (object.path("data").has(from)) {
            ObjectNode data = (ObjectNode) object.path("data");
            data.set(to, data.remove(from));
        }
        return object;
    }

    @Test
    void takesAwayWhatItsOwnerAppliedInAnotherVersion() {
        ObjectNode live = (ObjectNode)
                json(
                        "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'x','managedFields':["
                                + "{'manager':'m','operation':'Apply','apiVersion':'v0','time':'2026-01-01T00:00:00Z','fieldsType':'FieldsV1',"
                                + "'fieldsV1':{'f:data':{'f:original':{},'f:both':{},'f:a':{}}}},"
                                + "{'manager':'other','operation':'Apply','apiVersion':'v1','time':'2026-01-01T00:00:00Z','fieldsType':"
                                + "'FieldsV1','fieldsV1':{'f:data':{'f:both':{}}}}]},'data':{'renamed':'1','both':'1','a':'1'}}");
        Versions versions = version ->
                version.equals("v0") ? Optional.of(new Versions.View(CONFIG_MAP, RENAMING)) : Optional.empty();
        ObjectNode less =
                (ObjectNode) json("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'x'},'data':{'a':'1'}}");
        ObjectNode same = (ObjectNode)
                json(
                        "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'x'},'data':{'a':'1','renamed':'1','both':'1'}}");

        ObjectNode applied = ServerSideApply.apply(live, less, manager("m", ""), false, CONFIG_MAP, versions);

        assertThat(applied.path("data")).isEqualTo(json("{'a':'1','both':'1'}"));
        assertThat(ServerSideApply.apply(live, same, manager("m", ""), false, CONFIG_MAP, versions)
                        .path("data"))
                .isEqualTo(live.path("data"));
    }

    @Test
    void refusesWhatTheSchemaDoesNotDeclare() {
        assertThatThrownBy(() -> deployment(null, "m1", "{'unknownField':1}"))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status().code()).isEqualTo(400))
                .hasMessage("failed to create typed patch object (ns/sa; apps/v1, Kind=Deployment): .spec.unknownField:"
                        + " field not declared in schema");
        assertThatThrownBy(() -> deployment(null, "m1", "{'replicas':'x'}"))
                .hasMessageEndingWith(".spec.replicas: expected numeric (int or float), got string");
        assertThatThrownBy(() ->
                        deployment(null, "m1", "{'template':{'spec':{'containers':[{'name':'c'},{'name':'c'}]}}}"))
                .hasMessageEndingWith(".spec.template.spec.containers: duplicate entries for key [name=\"c\"]");
        assertThatThrownBy(() -> configMap(null, "m1", "{'managedFields':[]}", null, false))
                .hasMessage("metadata.managedFields must be nil");
    }

    @Test
    void manyUpdatersAreMergedIntoOneEntry() {
        ObjectNode live = tracked(null, (ObjectNode) json("{'data':{'a':'0'}}"), manager("u0", ""), "v1", CONFIG_MAP);
        for (int i = 1; i < 14; i++) {
            ObjectNode next = live.deepCopy();
            ((ObjectNode) next.path("data")).put("k" + i, "v");
            FieldManager later = new FieldManager("u" + i, "", NOW.plusSeconds(i), FieldManager.Part.WHOLE);
            live = tracked(live, next, later, "v1", CONFIG_MAP);
        }
        assertThat(live.at("/metadata/managedFields")).hasSize(10);
        assertThat(fields(live, "ancient-changes").path("f:data").propertyNames())
                .contains("f:a", "f:k1", "f:k2", "f:k3");
    }

    private static ObjectNode configMap(ObjectNode live, String manager, String metadata, String data, boolean force) {
        ObjectNode config = (ObjectNode) json("{'apiVersion':'v1','kind':'ConfigMap'}");
        config.set("metadata", json(metadata));
        ((ObjectNode) config.path("metadata")).put("name", "ap");
        if (data != null) {
            config.set("data", json(data));
        }
        return ServerSideApply.apply(live, config, manager(manager, ""), force, CONFIG_MAP, Versions.alike(CONFIG_MAP));
    }

    private static ObjectNode deployment(ObjectNode live, String manager, String spec) {
        ObjectNode config = (ObjectNode)
                json("{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'sa','namespace':'ns'}}");
        config.set("spec", json(spec));
        ObjectNode applied = ServerSideApply.apply(
                live, config, manager(manager, ""), false, DEPLOYMENT, Versions.alike(DEPLOYMENT));
        Defaulter.apply(applied, DEPLOYMENT);
        return applied;
    }

    private static ObjectNode tracked(
            ObjectNode live, ObjectNode updated, FieldManager manager, String apiVersion, Schema schema) {
        ObjectNode copy = updated.deepCopy();
        ServerSideApply.trackUpdate(live, copy, manager, apiVersion, schema, Versions.alike(schema));
        return copy;
    }

    private static FieldManager manager(String name, String subresource) {
        return new FieldManager(name, subresource, NOW, FieldManager.Part.WHOLE);
    }

    private static JsonNode fields(ObjectNode object, String manager) {
        for (JsonNode entry : object.at("/metadata/managedFields")) {
            if (entry.path("manager").asString().equals(manager)) {
                return entry.path("fieldsV1");
            }
        }
        return Json.object();
    }

    private static JsonNode json(String text) {
        return Json.read(text.replace("\\'", "\\\"").replace('\'', '"'));
    }
}
