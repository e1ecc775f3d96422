package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The life of CustomResourceDefinitions, and what their objects get from them. */
class CustomDefinitionsE2E extends ApiTest {

    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    @AfterAll
    void removeDefinitions() {
        api.delete(DEFINITIONS + "?labelSelector=definitions%3D" + kubectl.namespace());
    }

    private String group() {
        return kubectl.namespace() + ".example.com";
    }

    private Answer define(String plural, String kind, String label, String version) {
        return api.post(DEFINITIONS, """
                        metadata: { name: %1$s.%2$s, labels: { definitions: %3$s, set: %5$s } }
                        spec:
                          group: %2$s
                          scope: Cluster
                          names: { plural: %1$s, kind: %4$s }
                          versions: [{ name: v1, served: true, storage: true, %6$s }]
                        """.formatted(plural, group(), kubectl.namespace(), kind, label, version))
                .ok();
    }

    private void defineOpen(String plural, String kind, String label) {
        define(
                plural,
                kind,
                label,
                "schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }");
        served(plural);
    }

    private void served(String plural) {
        eventually("the type is served").until(() -> api.get(of(plural)).code() == 200);
    }

    private String of(String plural) {
        return "/apis/" + group() + "/v1/" + plural;
    }

    private String definition(String plural) {
        return DEFINITIONS + "/" + plural + "." + group();
    }

    private Answer make(String plural, String kind, String name, String more) {
        return api.post(
                        of(plural),
                        "apiVersion: %s/v1\nkind: %s\nmetadata: { name: %s }\n%s".formatted(group(), kind, name, more))
                .ok();
    }

    @Test
    void definitionsAreListedByLabelAndDeletedTogether() {
        defineOpen("firsts", "First", "collection");
        defineOpen("seconds", "Second", "collection");
        String collection = DEFINITIONS + "?labelSelector=set%3Dcollection,definitions%3D" + kubectl.namespace();
        assertThat(api.get(collection).names()).containsExactly("firsts." + group(), "seconds." + group());
        api.delete(collection).ok();
        eventually("both are gone").until(() -> api.get(collection).names().isEmpty());
        eventually("they are not served any more")
                .until(() -> api.get(of("firsts")).code() == 404
                        && api.get(of("seconds")).code() == 404);
    }

    @Test
    void theStatusIsReadReplacedAndPatched() {
        defineOpen("stateds", "Stated", "status");
        eventually("the definition is established")
                .until(() ->
                        types(api.get(definition("stateds") + "/status").body()).contains("Established"));
        ObjectNode wanted = (ObjectNode) api.get(definition("stateds")).ok().body();
        wanted.withArray("/status/conditions")
                .addObject()
                .put("type", "StatusUpdate")
                .put("status", "True")
                .put("reason", "E2E")
                .put("message", "Set from a test");
        assertThat(types(api.put(definition("stateds") + "/status", wanted).ok().body()))
                .contains("Established", "StatusUpdate");
        Answer patched = api.patch(
                definition("stateds") + "/status",
                ClusterApi.MERGE,
                "{\"spec\":{\"group\":\"ignored\"},\"status\":{\"conditions\":[{\"type\":\"StatusPatched\",\"status\":\"True\","
                        + "\"reason\":\"E2E\",\"message\":\"m\"}]}}");
        assertThat(types(patched.ok().body())).containsExactly("StatusPatched");
        assertThat(patched.at("/spec/group")).isEqualTo(group());
        eventually("the server's own conditions come back")
                .until(() -> types(api.get(definition("stateds")).body())
                        .containsAll(List.of("Established", "StatusPatched")));
    }

    private static List<String> types(JsonNode definition) {
        return definition.at("/status/conditions").findValuesAsString("type");
    }

    @Test
    void objectsAreWatched() {
        defineOpen("watcheds", "Watched", "watch");
        String from = api.get(of("watcheds")).at("/metadata/resourceVersion");
        try (EventWatch watch = EventWatch.from(api, of("watcheds"), from)) {
            make("watcheds", "Watched", "name1", "");
            make("watcheds", "Watched", "name2", "");
            api.patch(of("watcheds/name1"), ClusterApi.MERGE, "{\"dummy\":\"test\"}")
                    .ok();
            api.patch(of("watcheds/name2"), ClusterApi.MERGE, "{\"dummy\":\"test\"}")
                    .ok();
            api.delete(of("watcheds/name1")).ok();
            api.delete(of("watcheds/name2")).ok();
            eventually("everything is told").untilAsserted(() -> assertThat(watch.told())
                    .containsExactly(
                            "ADDED name1",
                            "ADDED name2",
                            "MODIFIED name1",
                            "MODIFIED name2",
                            "DELETED name1",
                            "DELETED name2"));
        }
    }

    @Test
    void selectableFieldsSelectInListsAndWatches() {
        define(
                "shirts",
                "Shirt",
                "fields",
                "schema: { openAPIV3Schema: { type: object, properties: { color: { type: string }, quantity: { type: integer } } } },"
                        + " selectableFields: [{ jsonPath: .color }, { jsonPath: .quantity }]");
        served("shirts");
        make("shirts", "Shirt", "a", "color: blue\nquantity: 3\n");
        make("shirts", "Shirt", "b", "color: blue\nquantity: 4\n");
        make("shirts", "Shirt", "c", "color: green\nquantity: 3\n");
        assertThat(api.get(of("shirts?fieldSelector=color%3Dblue")).names()).containsExactly("a", "b");
        assertThat(api.get(of("shirts?fieldSelector=color%3Dblue,quantity%3D3")).names())
                .containsExactly("a");
        assertThat(api.get(of("shirts?fieldSelector=size%3Dm")).at("/message"))
                .isEqualTo("field label not supported: size");
        String from = api.get(of("shirts")).at("/metadata/resourceVersion");
        try (EventWatch watch = EventWatch.from(api, of("shirts?fieldSelector=color%3Dblue"), from)) {
            api.patch(of("shirts/a"), ClusterApi.MERGE, "{\"color\":\"green\"}").ok();
            api.patch(of("shirts/c"), ClusterApi.MERGE, "{\"color\":\"blue\"}").ok();
            api.delete(of("shirts?fieldSelector=color%3Dblue")).ok();
            eventually("the watch follows the color").untilAsserted(() -> assertThat(watch.told())
                    .startsWith("DELETED a", "ADDED c")
                    .containsExactlyInAnyOrder("DELETED a", "ADDED c", "DELETED b", "DELETED c"));
        }
        assertThat(api.get(of("shirts")).names()).containsExactly("a");
    }

    @Test
    void defaultsAreFilledInWhenObjectsAreWrittenAndWhenTheyAreRead() {
        String schema = "schema: { openAPIV3Schema: { type: object, properties: { a: { type: string, default: A },"
                + " b: { type: string } } } }";
        define("defaulteds", "Defaulted", "defaults", schema);
        served("defaulteds");
        assertThat(make("defaulteds", "Defaulted", "one", "").at("/a")).isEqualTo("A");

        String field = "/spec/versions/0/schema/openAPIV3Schema/properties/";
        api.patch(
                        definition("defaulteds"),
                        ClusterApi.JSON_PATCH,
                        "[{\"op\":\"remove\",\"path\":\"%1$sa/default\"},{\"op\":\"add\",\"path\":\"%1$sb/default\",\"value\":\"B\"}]"
                                .formatted(field))
                .ok();
        eventually("the new default counts")
                .until(() -> api.get(of("defaulteds/one")).at("/b").equals("B"));
        assertThat(api.get(of("defaulteds/one")).at("/a"))
                .as("what was stored stays")
                .isEqualTo("A");
        Answer two = make("defaulteds", "Defaulted", "two", "");
        assertThat(two.at("/b")).isEqualTo("B");
        assertThat(two.body().has("a")).isFalse();
        assertThat(api.get(of("defaulteds")).body().path("items").findValuesAsString("b"))
                .containsExactly("B", "B");
    }
}
