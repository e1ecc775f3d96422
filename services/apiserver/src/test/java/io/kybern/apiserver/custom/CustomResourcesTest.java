package io.kybern.apiserver.custom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Definitions and their instances, from HTTP's side of the handler to a store in memory. */
@Timeout(120)
class CustomResourcesTest {

    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String GADGETS = "/apis/example.com/v1/namespaces/oracle/gadgets";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final WritesUnderTest api = new WritesUnderTest();

    @BeforeEach
    void makeNamespace() {
        api.create("/api/v1/namespaces", "{'metadata':{'name':'oracle'}}".replace('\'', '"'));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static String definition(String names, String schema, String more) {
        String plural = Json.read(json(names)).path("plural").asString();
        return json("{'metadata':{'name':'" + plural
                + ".example.com'},'spec':{'group':'example.com','scope':'Namespaced','names':"
                + names + ",'versions':[{'name':'v1','served':true,'storage':true," + more
                + "'schema':{'openAPIV3Schema':" + schema
                + "}}]}}");
    }

    private static String gadgets() {
        return definition(
                "{'plural':'gadgets','kind':'Gadget','shortNames':['gd'],'categories':['all']}",
                "{'type':'object','properties':{'spec':{'type':'object','properties':{'n':{'type':'integer','default':3,'minimum':1},'size':{'type':'integer'},"
                        + "'mode':{'type':'string','enum':['a','b']},'labels':{'type':'object','additionalProperties':{'type':'string'}},"
                        + "'list':{'type':'array','x-kubernetes-list-type':'set','items':{'type':'string'}}}},"
                        + "'status':{'type':'object','properties':{'ready':{'type':'boolean'},'n':{'type':'integer'}}}}}",
                "'subresources':{'status':{},'scale':{'specReplicasPath':'.spec.size','statusReplicasPath':'.status.n'}},"
                        + "'selectableFields':[{'jsonPath':'.spec.mode'}],"
                        + "'additionalPrinterColumns':[{'name':'N','type':'integer','jsonPath':'.spec.n'}],");
    }

    private void establish(String definition) {
        Reply created = api.create(DEFINITIONS, definition);
        assertThat(created.code()).as(created.text()).isEqualTo(201);
        String name = created.body().path("metadata").path("name").asString();
        await().atMost(PATIENCE)
                .until(() -> condition(api.get(DEFINITIONS + "/" + name).body(), "Established")
                        .path("status")
                        .asString("")
                        .equals("True"));
    }

    private static JsonNode condition(JsonNode definition, String type) {
        for (JsonNode each : definition.path("status").path("conditions")) {
            if (each.path("type").asString().equals(type)) {
                return each;
            }
        }
        return Json.object();
    }

    @Test
    void aDefinitionGetsItsDefaults() {
        Reply created =
                api.create(DEFINITIONS, definition("{'plural':'gadgets','kind':'Gadget'}", "{'type':'object'}", ""));
        JsonNode spec = created.body().path("spec");
        assertThat(spec.path("names").path("singular").asString()).isEqualTo("gadget");
        assertThat(spec.path("names").path("listKind").asString()).isEqualTo("GadgetList");
        assertThat(spec.path("conversion").path("strategy").asString()).isEqualTo("None");
        assertThat(created.body().path("status"))
                .isEqualTo(Json.read(
                        json("{'conditions':null,'acceptedNames':{'plural':'','kind':''},'storedVersions':['v1']}")));
    }

    @Test
    void aDefinitionIsEstablishedAndServed() {
        establish(gadgets());
        JsonNode definition = api.get(DEFINITIONS + "/gadgets.example.com").body();
        assertThat(condition(definition, "NamesAccepted").path("reason").asString())
                .isEqualTo("NoConflicts");
        assertThat(condition(definition, "Established").path("reason").asString())
                .isEqualTo("InitialNamesAccepted");
        Reply list = api.get(GADGETS);
        assertThat(list.code()).isEqualTo(200);
        assertThat(list.body().path("kind").asString()).isEqualTo("GadgetList");
    }

    @Test
    void theNameSaysWhatTheSpecSays() {
        Reply refused = api.create(
                DEFINITIONS,
                definition("{'plural':'xs','kind':'X'}", "{'type':'object'}", "")
                        .replace("xs.example.com", "x"));
        assertThat(refused.code()).isEqualTo(422);
        assertThat(refused.message())
                .isEqualTo(
                        "CustomResourceDefinition.apiextensions.k8s.io \"x\" is invalid: metadata.name: Invalid value: \"x\": must be spec.names.plural+\".\"+spec.group");
    }

    @Test
    void schemasMustBeStructural() {
        Reply refused = api.create(
                DEFINITIONS,
                definition(
                        "{'plural':'xs','kind':'X'}",
                        "{'type':'object','properties':{'a':{},'b':{'type':'array'}}}",
                        ""));
        assertThat(refused.code()).isEqualTo(422);
        assertThat(refused.message())
                .contains(
                        "spec.validation.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields",
                        "spec.validation.openAPIV3Schema.properties[b].items: Required value: must be specified");
    }

    @Test
    void instancesArePrunedAndDefaulted() {
        establish(gadgets());
        Reply created =
                api.create(GADGETS, json("{'metadata':{'name':'g'},'spec':{'labels':{'a':'b'},'no':1},'extra':1}"));
        assertThat(created.code()).as(created.text()).isEqualTo(201);
        assertThat(created.body().path("spec").toString()).isEqualTo(json("{'labels':{'a':'b'},'n':3}"));
        assertThat(created.body().has("extra")).isFalse();
        assertThat(created.body().path("metadata").path("generation").asInt()).isEqualTo(1);
        assertThat(api.get(GADGETS + "/g").body().path("spec").path("n").asInt())
                .isEqualTo(3);
    }

    @Test
    void unknownFieldsAreRefusedWhenTheClientSaysSo() {
        establish(gadgets());
        Reply refused = api.create(
                GADGETS + "?fieldValidation=Strict", json("{'metadata':{'name':'g'},'spec':{'no':1},'extra':1}"));
        assertThat(refused.code()).isEqualTo(400);
        assertThat(refused.message())
                .isEqualTo(
                        "Gadget in version \"v1\" cannot be handled as a Gadget: strict decoding error: unknown field \"extra\", unknown field \"spec.no\"");
    }

    @Test
    void valuesAreChecked() {
        establish(gadgets());
        assertThat(api.create(GADGETS, json("{'metadata':{'name':'h'},'spec':{'n':0}}"))
                        .message())
                .isEqualTo(
                        "Gadget.example.com \"h\" is invalid: spec.n: Invalid value: 0: spec.n in body should be greater than or equal to 1");
        assertThat(api.create(GADGETS, json("{'metadata':{'name':'h'},'spec':{'n':'x'}}"))
                        .message())
                .isEqualTo(
                        "Gadget.example.com \"h\" is invalid: spec.n: Invalid value: \"string\": spec.n in body must be of type integer: \"string\"");
        assertThat(api.create(GADGETS, json("{'metadata':{'name':'h'},'spec':{'mode':'c'}}"))
                        .message())
                .isEqualTo(
                        "Gadget.example.com \"h\" is invalid: spec.mode: Unsupported value: \"c\": supported values: \"a\", \"b\"");
        assertThat(api.create(GADGETS, json("{'metadata':{'name':'h'},'spec':{'list':['x','x']}}"))
                        .message())
                .isEqualTo("Gadget.example.com \"h\" is invalid: spec.list[1]: Duplicate value: \"x\"");
    }

    @Test
    void aFaultThatWasThereBeforeIsNotFoundAgain() {
        establish(gadgets());
        api.create(GADGETS, json("{'metadata':{'name':'g'},'spec':{'mode':'a','n':1}}"));
        String stricter = gadgets().replace("\"enum\":[\"a\",\"b\"]", "\"enum\":[\"b\"]");
        Reply changed = api.merge(DEFINITIONS + "/gadgets.example.com", stricter);
        assertThat(changed.code()).as(changed.text()).isEqualTo(200);
        api.settle();
        assertThat(api.merge(GADGETS + "/g", json("{'spec':{'n':2}}")).code()).isEqualTo(200);
        assertThat(api.merge(GADGETS + "/g", json("{'spec':{'mode':'c'}}")).code())
                .isEqualTo(422);
    }

    @Test
    void statusAndScaleAreServedApart() {
        establish(gadgets());
        api.create(GADGETS, json("{'metadata':{'name':'g'},'spec':{'size':4},'status':{'ready':true}}"));
        assertThat(api.get(GADGETS + "/g").body().has("status")).isFalse();
        Reply status = api.merge(GADGETS + "/g/status", json("{'spec':{'n':9},'status':{'ready':true,'n':2}}"));
        assertThat(status.code()).as(status.text()).isEqualTo(200);
        assertThat(status.body().path("spec").path("n").asInt()).isEqualTo(3);
        assertThat(status.body().path("metadata").path("generation").asInt()).isEqualTo(1);
        Reply scaled = api.merge(GADGETS + "/g/scale", json("{'spec':{'replicas':5}}"));
        assertThat(scaled.code()).as(scaled.text()).isEqualTo(200);
        assertThat(scaled.body().path("spec").path("replicas").asInt()).isEqualTo(5);
        assertThat(scaled.body().path("status").path("replicas").asInt()).isEqualTo(2);
        JsonNode after = api.get(GADGETS + "/g").body();
        assertThat(after.path("spec").path("size").asInt()).isEqualTo(5);
        assertThat(after.path("metadata").path("generation").asInt()).isEqualTo(2);
    }

    @Test
    void whatHasNoStatusAnswersNotFoundThere() {
        establish(definition("{'plural':'gadgets','kind':'Gadget'}", "{'type':'object'}", ""));
        Reply absent = api.update(GADGETS + "/g/status", json("{'metadata':{'name':'g'}}"));
        assertThat(absent.code()).isEqualTo(404);
        assertThat(absent.message()).isEqualTo("gadgets.example.com \"g\" not found");
    }

    @Test
    void strategicMergePatchesAreRefused() {
        establish(gadgets());
        Reply refused = api.send("PATCH", GADGETS + "/g", "application/strategic-merge-patch+json", "{}");
        assertThat(refused.code()).isEqualTo(415);
        assertThat(refused.message())
                .isEqualTo(
                        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
    }

    @Test
    void selectableFieldsSelect() {
        establish(gadgets());
        api.create(GADGETS, json("{'metadata':{'name':'g'},'spec':{'mode':'a'}}"));
        api.create(GADGETS, json("{'metadata':{'name':'h'},'spec':{'mode':'b'}}"));
        List<String> names = new ArrayList<>();
        api.get(GADGETS + "?fieldSelector=spec.mode%3Db")
                .body()
                .path("items")
                .forEach(each -> names.add(each.path("metadata").path("name").asString()));
        assertThat(names).containsExactly("h");
        assertThat(api.get(GADGETS + "?fieldSelector=spec.n%3D3").code()).isEqualTo(400);
    }

    @Test
    void defaultsThatComeLaterAreReadFromWhatWasStoredBefore() {
        String before = definition(
                "{'plural':'gadgets','kind':'Gadget'}",
                "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'string'}}}",
                "");
        establish(before);
        api.create(GADGETS, json("{'metadata':{'name':'g'},'a':'x','b':'y'}"));
        String after = json(
                "{'spec':{'versions':[{'name':'v1','served':true,'storage':true,'schema':{'openAPIV3Schema':{'type':'object','properties':{'a':{'type':'string'},'c':{'type':'string','default':'z'}}}}}]}}");
        assertThat(api.merge(DEFINITIONS + "/gadgets.example.com", after).code())
                .isEqualTo(200);
        api.settle();
        JsonNode read = api.get(GADGETS + "/g").body();
        assertThat(read.path("a").asString()).isEqualTo("x");
        assertThat(read.has("b")).isFalse();
        assertThat(read.path("c").asString()).isEqualTo("z");
    }

    @Test
    void versionsDifferInNothingButTheirName() {
        String two = json(
                "{'metadata':{'name':'gadgets.example.com'},'spec':{'group':'example.com','scope':'Cluster','names':{'plural':'gadgets','kind':'Gadget'},'versions':["
                        + "{'name':'v1beta1','served':true,'storage':false,'schema':{'openAPIV3Schema':{'type':'object','x-kubernetes-preserve-unknown-fields':true}}},"
                        + "{'name':'v1','served':true,'storage':true,'schema':{'openAPIV3Schema':{'type':'object','x-kubernetes-preserve-unknown-fields':true,'properties':{'x':{'type':'integer'}}}}}]}}");
        establish(two);
        Reply created = api.create("/apis/example.com/v1beta1/gadgets", json("{'metadata':{'name':'g'},'x':1}"));
        assertThat(created.body().path("apiVersion").asString()).isEqualTo("example.com/v1beta1");
        JsonNode other = api.get("/apis/example.com/v1/gadgets/g").body();
        assertThat(other.path("apiVersion").asString()).isEqualTo("example.com/v1");
        assertThat(other.path("x").asInt()).isEqualTo(1);
    }

    @Test
    void aNameBelongsToWhoHasIt() {
        establish(gadgets());
        api.create(
                DEFINITIONS,
                definition("{'plural':'gizmos','kind':'Gizmo','shortNames':['gd']}", "{'type':'object'}", ""));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        condition(api.get(DEFINITIONS + "/gizmos.example.com").body(), "NamesAccepted")
                                .path("reason")
                                .asString(""))
                .isEqualTo("ShortNamesConflict"));
        JsonNode refused = api.get(DEFINITIONS + "/gizmos.example.com").body();
        assertThat(condition(refused, "NamesAccepted").path("message").asString())
                .isEqualTo("\"gd\" is already in use");
        assertThat(condition(refused, "Established").path("reason").asString()).isEqualTo("NotAccepted");
        api.delete(DEFINITIONS + "/gadgets.example.com");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        condition(api.get(DEFINITIONS + "/gizmos.example.com").body(), "Established")
                                .path("status")
                                .asString(""))
                .isEqualTo("True"));
    }

    @Test
    void aDeletedDefinitionTakesItsInstancesWithItAndMayComeBack() {
        establish(gadgets());
        api.create(GADGETS, json("{'metadata':{'name':'g'}}"));
        api.create(GADGETS, json("{'metadata':{'name':'held','finalizers':['example.com/x']}}"));
        Reply marked = api.delete(DEFINITIONS + "/gadgets.example.com");
        assertThat(marked.body().path("metadata").path("finalizers").toString())
                .isEqualTo(json("['customresourcecleanup.apiextensions.k8s.io']"));
        await().atMost(PATIENCE).until(() -> api.get(GADGETS + "/g").code() == 404);
        assertThat(condition(api.get(DEFINITIONS + "/gadgets.example.com").body(), "Terminating")
                        .path("reason")
                        .asString())
                .isEqualTo("InstanceDeletionInProgress");
        Reply refused = api.create(GADGETS, json("{'metadata':{'name':'late'}}"));
        assertThat(refused.code()).isEqualTo(403);
        assertThat(refused.message())
                .isEqualTo(
                        "gadgets.example.com \"late\" is forbidden: create not allowed while custom resource definition is terminating");
        api.merge(GADGETS + "/held", json("{'metadata':{'finalizers':null}}"));
        await().atMost(PATIENCE)
                .until(() -> api.get(DEFINITIONS + "/gadgets.example.com").code() == 404);
        assertThat(api.get(GADGETS).code()).isEqualTo(404);
        establish(gadgets());
        assertThat(api.get(GADGETS).body().path("items").isEmpty()).isTrue();
        assertThat(api.create(GADGETS, json("{'metadata':{'name':'g'}}")).code())
                .isEqualTo(201);
    }

    @Test
    void theDocumentsDescribeWhatIsServed() {
        establish(gadgets());
        api.get(GADGETS);
        JsonNode document = Json.read(api.documents().v3("apis/example.com/v1").orElseThrow());
        assertThat(document.path("paths").has("/apis/example.com/v1/namespaces/{namespace}/gadgets/{name}/status"))
                .isTrue();
        JsonNode gadget = document.path("components").path("schemas").path("com.example.v1.Gadget");
        assertThat(gadget.path("properties")
                        .path("spec")
                        .path("properties")
                        .path("n")
                        .path("minimum")
                        .asInt())
                .isEqualTo(1);
        assertThat(gadget.path("properties").has("metadata")).isTrue();
        assertThat(Json.read(api.documents().v3Index()).path("paths").has("apis/example.com/v1"))
                .isTrue();
        assertThat(Json.read(api.documents().v2()).path("definitions").has("com.example.v1.GadgetList"))
                .isTrue();
        assertThat(api.documents().v3("apis/apps/v1")).isPresent();
    }
}
