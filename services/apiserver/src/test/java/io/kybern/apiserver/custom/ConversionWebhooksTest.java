package io.kybern.apiserver.custom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import io.kybern.apiserver.webhooks.WebhookTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Custom resources whose versions a webhook converts, over TLS. */
@Timeout(120)
class ConversionWebhooksTest extends WebhookTest {

    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String V1 = "/apis/example.com/v1/namespaces/a/ports";
    private static final String V2 = "/apis/example.com/v2/namespaces/a/ports";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @BeforeEach
    void start() {
        server.answer("/convert", ConversionWebhooksTest::convert);
        String schema = "'schema':{'openAPIV3Schema':{'type':'object','x-kubernetes-preserve-unknown-fields':true}}";
        Reply made = api.create(
                DEFINITIONS,
                json("{'metadata':{'name':'ports.example.com'},'spec':{'group':'example.com','scope':'Namespaced',"
                        + "'names':{'plural':'ports','kind':'Port'},'versions':[{'name':'v1','served':true,'storage':true,"
                        + schema + "},{'name':'v2','served':true,'storage':false," + schema
                        + "}],'conversion':{'strategy':'Webhook','webhook':{'conversionReviewVersions':['v1'],"
                        + "'clientConfig':{'caBundle':'" + server.caBundle()
                        + "','service':{'namespace':'n','name':'s','path':'/convert'}}}}}}"));
        assertThat(made.code()).as(made.text()).isEqualTo(201);
        await().atMost(PATIENCE).until(() -> api.get(V1).code() == 200);
    }

    /** {@code hostPort: "h:1"} in the first version is {@code host: h, port: "1"} in the second. */
    private static JsonNode convert(JsonNode review) {
        String wanted = review.path("request").path("desiredAPIVersion").asString();
        ObjectNode answer = Json.object();
        answer.put("kind", "ConversionReview").put("apiVersion", "apiextensions.k8s.io/v1");
        ObjectNode response = answer.putObject("response");
        response.set("uid", review.path("request").path("uid"));
        response.putObject("result").put("status", "Success");
        ArrayNode converted = response.putArray("convertedObjects");
        for (JsonNode each : review.path("request").path("objects")) {
            ObjectNode object = (ObjectNode) each.deepCopy();
            object.put("apiVersion", wanted);
            if (wanted.endsWith("v2") && object.has("hostPort")) {
                String[] parts = object.remove("hostPort").asString().split(":");
                object.put("host", parts[0]).put("port", parts[1]);
            } else if (object.has("host")) {
                object.put(
                        "hostPort",
                        object.remove("host").asString() + ":"
                                + object.remove("port").asString());
            }
            converted.add(object);
        }
        return answer;
    }

    private void make(String path, String name, String fields) {
        Reply made = api.create(path, json("{'metadata':{'name':'" + name + "'}," + fields + "}"));
        assertThat(made.code()).as(made.text()).isEqualTo(201);
    }

    @Test
    void whatIsKeptInOneVersionIsReadInAnother() {
        make(V1, "one", "'hostPort':'h:1'");
        make(V2, "two", "'host':'i','port':'2'");

        JsonNode one = api.get(V2 + "/one").body();

        assertThat(one.path("apiVersion").asString()).isEqualTo("example.com/v2");
        assertThat(one.path("host").asString()).isEqualTo("h");
        assertThat(one.path("port").asString()).isEqualTo("1");
        assertThat(one.path("metadata").path("uid").asString()).isNotEmpty();
        assertThat(api.get(V1 + "/two").body().path("hostPort").asString()).isEqualTo("i:2");
    }

    @Test
    void aListIsConvertedInOneCall() {
        make(V1, "one", "'hostPort':'h:1'");
        make(V1, "two", "'hostPort':'i:2'");
        server.reviews().clear();

        List<String> hosts = new ArrayList<>();
        api.get(V2)
                .body()
                .path("items")
                .forEach(each -> hosts.add(each.path("host").asString()));

        assertThat(hosts).containsExactly("h", "i");
        assertThat(server.reviews()).hasSize(1);
    }

    @Test
    void aWebhookChangesNoMoreOfTheMetadataThanLabelsAndAnnotations() {
        server.answer("/convert", review -> {
            JsonNode answer = convert(review);
            for (JsonNode each : answer.path("response").path("convertedObjects")) {
                ObjectNode metadata = (ObjectNode) each.get("metadata");
                metadata.put("resourceVersion", "7").putObject("labels").put("by", "webhook");
                metadata.putArray("finalizers").add("x/y");
            }
            return answer;
        });
        make(V1, "one", "'hostPort':'h:1'");

        JsonNode metadata = api.get(V2 + "/one").body().path("metadata");

        assertThat(metadata.path("labels").path("by").asString()).isEqualTo("webhook");
        assertThat(metadata.has("finalizers")).isFalse();
        assertThat(metadata.path("resourceVersion"))
                .isEqualTo(api.get(V1 + "/one").body().path("metadata").path("resourceVersion"));
    }

    @Test
    void whatAWebhookDoesNotConvertIsAnError() {
        make(V1, "one", "'hostPort':'h:1'");
        server.answer("/convert", review -> {
            ObjectNode answer = (ObjectNode) convert(review);
            ((ObjectNode) answer.get("response"))
                    .putObject("result")
                    .put("status", "Failure")
                    .put("message", "no such port");
            return answer;
        });

        Reply reply = api.get(V2 + "/one");

        assertThat(reply.code()).isEqualTo(500);
        assertThat(reply.message()).isEqualTo("conversion webhook for example.com/v1, Kind=Port failed: no such port");
    }

    @Test
    void anotherObjectThanTheOneThatWasSentIsAnError() {
        make(V1, "one", "'hostPort':'h:1'");
        server.answer("/convert", review -> {
            JsonNode answer = convert(review);
            ((ObjectNode) answer.path("response")
                            .path("convertedObjects")
                            .path(0)
                            .get("metadata"))
                    .put("name", "other");
            return answer;
        });

        assertThat(api.get(V2 + "/one").message())
                .isEqualTo(
                        "conversion webhook for example.com/v1, Kind=Port returned invalid converted object at index 0: "
                                + "must have the same name: one != other");
    }

    private Reply apply(String path, String manager, String fields) {
        String version = path.contains("/v1/") ? "v1" : "v2";
        return api.send(
                "PATCH",
                path + "/one?fieldManager=" + manager,
                "application/apply-patch+yaml",
                json("{'apiVersion':'example.com/" + version + "','kind':'Port','metadata':{'name':'one'}," + fields
                        + "}"));
    }

    private static List<String> owners(Reply reply) {
        return reply.body()
                .at("/metadata/managedFields")
                .valueStream()
                .map(each -> each.path("manager").asString() + " " + each.path("fieldsV1"))
                .toList();
    }

    @Test
    void ownersKeepTheFieldsThatTheyNamedInAnotherVersion() {
        assertThat(apply(V1, "first", "'hostPort':'h:1','x':'1'").code()).isEqualTo(201);

        Reply refused = apply(V2, "second", "'host':'i','port':'1'");
        assertThat(refused.code()).isEqualTo(409);
        assertThat(refused.message()).contains("\"first\"").contains(".hostPort");

        Reply taken = api.send(
                "PATCH",
                V2 + "/one?fieldManager=second&force=true",
                "application/apply-patch+yaml",
                json("{'apiVersion':'example.com/v2','kind':'Port','metadata':{'name':'one'},'host':'i','port':'1'}"));

        assertThat(taken.code()).as(taken.text()).isEqualTo(200);
        assertThat(owners(taken)).containsExactly("first {\"f:x\":{}}", "second {\"f:host\":{},\"f:port\":{}}");
    }

    @Test
    void whatItsOwnerNoLongerAppliesGoesAwayInAnotherVersion() {
        apply(V1, "first", "'hostPort':'h:1','x':'1','y':'1'");

        Reply less = apply(V2, "first", "'host':'h','port':'1','x':'1'");

        assertThat(less.code()).as(less.text()).isEqualTo(200);
        assertThat(less.body().has("y")).isFalse();
        assertThat(less.body().path("host").asString()).isEqualTo("h");
        assertThat(owners(less)).containsExactly("first {\"f:host\":{},\"f:port\":{},\"f:x\":{}}");
    }

    @Test
    void anUpdateGoesOnWithoutOwnersWhenTheWebhookDoesNotConvert() {
        make(V1, "one", "'hostPort':'h:1'");
        apply(V2, "second", "'z':'1'");
        server.answer("/convert", review -> Json.object());

        Reply patched = api.send("PATCH", V1 + "/one", "application/merge-patch+json", json("{'hostPort':'i:2'}"));

        assertThat(patched.code()).as(patched.text()).isEqualTo(200);
        assertThat(patched.body().path("metadata").has("managedFields")).isFalse();
    }
}
