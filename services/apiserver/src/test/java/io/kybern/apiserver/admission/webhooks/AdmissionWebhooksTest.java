package io.kybern.apiserver.admission.webhooks;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import io.kybern.apiserver.webhooks.WebhookTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What admission webhooks do to writes, with webhooks that are reached over TLS. */
@Timeout(120)
class AdmissionWebhooksTest extends WebhookTest {

    private static final String MAPS = "/api/v1/namespaces/a/configmaps";
    private static final String CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/";

    private static UnaryOperator<JsonNode> allowing(String response) {
        return review -> {
            ObjectNode answer = Json.object();
            answer.put("apiVersion", "admission.k8s.io/v1").put("kind", "AdmissionReview");
            ObjectNode body = (ObjectNode) Json.read(json(response));
            body.set("uid", review.path("request").path("uid"));
            answer.set("response", body);
            return answer;
        };
    }

    private static UnaryOperator<JsonNode> patching(String patch) {
        String encoded = Base64.getEncoder().encodeToString(json(patch).getBytes(StandardCharsets.UTF_8));
        return allowing("{'allowed':true,'patchType':'JSONPatch','patch':'" + encoded + "'}");
    }

    private static String hook(String name, String resource, String more) {
        return json("{'name':'%s.example.com','clientConfig':{'url':'%s','caBundle':'%s'},'sideEffects':'None',"
                        .formatted(name, server.url("/" + name), server.caBundle())
                + "'admissionReviewVersions':['v1'],'namespaceSelector':{'matchLabels':{'hooks':'yes'}},"
                + "'rules':[{'operations':['*'],'apiGroups':['*'],'apiVersions':['*'],'resources':['" + resource
                + "']}]" + more + "}");
    }

    private void configure(String kind, String name, String... hooks) {
        made(api.create(
                CONFIGURATIONS + kind + "webhookconfigurations",
                json("{'metadata':{'name':'" + name + "'},'webhooks':[") + String.join(",", hooks) + "]}"));
        api.settle();
    }

    private Reply map(String more) {
        return api.create(MAPS, json("{'metadata':{'name':'m'" + more + "}}"));
    }

    @Test
    void callsUseAConnectionAgain() {
        server.answer("/ok", allowing("{'allowed':true}"));
        configure("validating", "c", hook("ok", "configmaps", ""));

        for (int i = 0; i < 20; i++) {
            assertThat(api.create(MAPS, json("{'metadata':{'name':'again-" + i + "'}}"))
                            .code())
                    .isEqualTo(201);
        }

        assertThat(server.reviews()).hasSize(20);
        // a connection may come back to the pool a moment after its answer, so that the next call makes another one
        assertThat(server.connections()).isLessThan(20);
    }

    @Test
    void aConnectionThatIsClosedWhenItIsUsedAgainCostsNoAnswer() {
        server.answer("/ok", allowing("{'allowed':true}"));
        server.answerOncePerConnection();
        configure("validating", "c", hook("ok", "configmaps", ""));

        for (int i = 0; i < 5; i++) {
            assertThat(api.create(MAPS, json("{'metadata':{'name':'closed-" + i + "'}}"))
                            .code())
                    .isEqualTo(201);
        }
    }

    @Test
    void aRefusalReachesTheClientInTheWebhooksWords() {
        server.answer(
                "/no",
                allowing(
                        "{'allowed':false,'status':{'message':'not on Fridays','code':403,'reason':'Forbidden'},'warnings':['w']}"));
        configure("validating", "c", hook("no", "configmaps", ""));

        Reply reply = map("");

        assertThat(reply.code()).isEqualTo(403);
        assertThat(reply.message())
                .isEqualTo("admission webhook \"no.example.com\" denied the request: not on Fridays");
        assertThat(reply.body().path("reason").asString()).isEqualTo("Forbidden");
        assertThat(api.get(MAPS + "/m").code()).isEqualTo(404);
    }

    @Test
    void aRefusalNeedsNoExplanation() {
        server.answer("/no", allowing("{'allowed':false}"));
        configure("validating", "c", hook("no", "configmaps", ""));

        Reply reply = map("");

        assertThat(reply.code()).isEqualTo(400);
        assertThat(reply.message())
                .isEqualTo("admission webhook \"no.example.com\" denied the request without explanation");
    }

    @Test
    void theReviewSaysAllOfTheRequest() {
        server.answer("/see", allowing("{'allowed':true}"));
        configure("validating", "c", hook("see", "configmaps", ""));

        made(map(",'labels':{'x':'y'}"));
        made(api.merge(MAPS + "/m?fieldManager=me", json("{'data':{'k':'v'}}")));
        made(api.delete(MAPS + "/m"));

        JsonNode create = server.reviews().remove().path("request");
        assertThat(create.path("kind")).isEqualTo(Json.read(json("{'group':'','version':'v1','kind':'ConfigMap'}")));
        assertThat(create.path("requestResource"))
                .isEqualTo(Json.read(json("{'group':'','version':'v1','resource':'configmaps'}")));
        assertThat(create.path("name").asString()).isEqualTo("m");
        assertThat(create.path("namespace").asString()).isEqualTo("a");
        assertThat(create.path("operation").asString()).isEqualTo("CREATE");
        assertThat(create.path("userInfo").path("username").asString()).isEqualTo("tester");
        assertThat(create.path("object")
                        .path("metadata")
                        .path("labels")
                        .path("x")
                        .asString())
                .isEqualTo("y");
        assertThat(create.path("oldObject").isNull()).isTrue();
        assertThat(create.path("options").path("kind").asString()).isEqualTo("CreateOptions");
        JsonNode update = server.reviews().remove().path("request");
        assertThat(update.path("operation").asString()).isEqualTo("UPDATE");
        assertThat(update.path("object").path("data").path("k").asString()).isEqualTo("v");
        assertThat(update.path("oldObject").has("data")).isFalse();
        assertThat(update.path("options").path("fieldManager").asString()).isEqualTo("me");
        JsonNode delete = server.reviews().remove().path("request");
        assertThat(delete.path("operation").asString()).isEqualTo("DELETE");
        assertThat(delete.path("object").isNull()).isTrue();
        assertThat(delete.path("oldObject").path("data").path("k").asString()).isEqualTo("v");
    }

    @Test
    void webhooksChangeTheObjectOneAfterTheOther() {
        server.answer("/first", patching("[{'op':'add','path':'/data','value':{'one':'1'}}]"));
        server.answer(
                "/second",
                patching(
                        "[{'op':'copy','from':'/data/one','path':'/data/two'},{'op':'add','path':'/unknown','value':1}]"));
        configure("mutating", "b", hook("second", "configmaps", ""));
        configure("mutating", "a", hook("first", "configmaps", ""));

        JsonNode data = made(map("")).body().path("data");

        assertThat(data.path("two").asString()).isEqualTo("1");
        assertThat(api.get(MAPS + "/m").body().has("unknown")).isFalse();
    }

    @Test
    void whatAWebhookAddsGetsItsDefaults() {
        server.answer(
                "/add", patching("[{'op':'add','path':'/spec/containers/-','value':{'name':'added','image':'i:1'}}]"));
        configure("mutating", "a", hook("add", "pods", ""));
        made(api.create("/api/v1/namespaces/a/serviceaccounts", json("{'metadata':{'name':'default'}}")));

        JsonNode added = made(api.create(
                        "/api/v1/namespaces/a/pods",
                        json("{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c','image':'i'}]}}")))
                .body()
                .path("spec")
                .path("containers")
                .path(1);

        assertThat(added.path("imagePullPolicy").asString()).isEqualTo("IfNotPresent");
        assertThat(added.path("volumeMounts"))
                .as("the built-in plugins looked again")
                .hasSize(1);
    }

    @Test
    void whoWantsToLooksAgain() {
        server.answer("/again", allowing("{'allowed':true}"));
        server.answer("/once", allowing("{'allowed':true}"));
        server.answer("/late", patching("[{'op':'add','path':'/data','value':{'late':'1'}}]"));
        configure(
                "mutating",
                "a",
                hook("again", "configmaps", ",'reinvocationPolicy':'IfNeeded'"),
                hook("once", "configmaps", ""),
                hook("late", "configmaps", ""));

        made(map(""));

        assertThat(server.reviews()).hasSize(4);
        JsonNode last = server.reviews().stream().reduce((one, other) -> other).orElseThrow();
        assertThat(last.path("request").path("object").path("data").path("late").asString())
                .isEqualTo("1");
    }

    @Test
    void aWebhookThatHangsFailsTheRequestUnlessItMayBeIgnored() {
        server.answer("/hang", review -> Json.object().path("missing"));
        configure("validating", "c", hook("hang", "configmaps", ",'timeoutSeconds':1"));
        configure("mutating", "d", hook("hang", "configmaps", ",'timeoutSeconds':1,'failurePolicy':'Ignore'"));

        Reply reply = map("");

        assertThat(reply.code()).isEqualTo(500);
        assertThat(reply.message())
                .isEqualTo(
                        "Internal error occurred: failed calling webhook \"hang.example.com\": failed to call webhook: "
                                + "Post \"" + server.url("/hang") + "?timeout=1s\": context deadline exceeded");
        assertThat(reply.body().path("reason").asString()).isEqualTo("InternalError");
        assertThat(server.reviews()).as("nobody is asked twice").hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void aStrangersCertificateIsNotTrusted() {
        server.answer("/no", allowing("{'allowed':true}"));
        String trusting = hook("no", "configmaps", "");
        configure(
                "validating",
                "c",
                trusting.replaceAll("\"caBundle\":\"[^\"]*\",?", "").replace(",}", "}"));

        assertThat(map("").message())
                .endsWith("tls: failed to verify certificate: x509: certificate signed by unknown authority");
    }

    @Test
    void aServiceIsReachedUnderItsOwnName() {
        server.answer("/svc", allowing("{'allowed':false}"));
        String service = hook("no", "configmaps", "")
                .replaceAll("\"url\":\"[^\"]*\"", json("'service':{'name':'s','namespace':'n','path':'/svc'}"));
        configure("validating", "c", service);

        assertThat(map("").message()).contains("denied the request");
        JsonNode stored = api.get(CONFIGURATIONS + "validatingwebhookconfigurations/c")
                .body()
                .path("webhooks")
                .path(0);
        assertThat(stored.path("clientConfig").path("service").path("port").asInt())
                .isEqualTo(443);
        assertThat(stored.path("failurePolicy").asString()).isEqualTo("Fail");
        assertThat(stored.path("timeoutSeconds").asInt()).isEqualTo(10);
    }

    @Test
    void anotherAnswerThanOneToTheReviewIsNone() {
        server.answer("/odd", review -> Json.object().put("kind", "AdmissionReview"));
        configure("validating", "c", hook("odd", "configmaps", ""));

        assertThat(map("").message())
                .isEqualTo("Internal error occurred: failed calling webhook \"odd.example.com\": "
                        + "received invalid webhook response: webhook response was absent");
    }

    @Test
    void nobodyIsAskedAboutWhatTheyDoNotSelect() {
        server.answer("/no", allowing("{'allowed':false}"));
        configure("validating", "c", hook("no", "*", ""));
        made(api.create("/api/v1/namespaces", json("{'metadata':{'name':'free'}}")));
        api.settle();

        made(api.create("/api/v1/namespaces/free/configmaps", json("{'metadata':{'name':'m'}}")));
        made(api.delete(CONFIGURATIONS + "validatingwebhookconfigurations/c"));
        api.settle();
        made(map(""));
    }

    @Test
    void aConditionNarrowsWhatAWebhookSees() {
        server.answer("/no", allowing("{'allowed':false}"));
        configure(
                "validating",
                "c",
                hook("no", "configmaps", ",'matchConditions':[{'name':'data','expression':'has(object.data)'}]"));

        made(map(""));

        assertThat(api.create(MAPS, json("{'metadata':{'name':'n'},'data':{'k':'v'}}"))
                        .message())
                .contains("denied the request");
        assertThat(api.create(
                                CONFIGURATIONS + "validatingwebhookconfigurations",
                                json("{'metadata':{'name':'d'},'webhooks':[")
                                        + hook(
                                                "no",
                                                "configmaps",
                                                ",'matchConditions':[{'name':'x','expression':'1 +'}]")
                                        + "]}")
                        .message())
                .contains("webhooks[0].matchConditions[0].expression: Invalid value: \"1 +\"");
    }

    @Test
    void aDryRunIsRefusedOnlyWhereItWouldHaveEffects() {
        server.answer("/see", allowing("{'allowed':true}"));
        configure("validating", "c", hook("see", "configmaps", ""));

        made(api.create(MAPS + "?dryRun=All", json("{'metadata':{'name':'m'}}")));

        assertThat(server.reviews().remove().path("request").path("dryRun").asBoolean())
                .isTrue();
    }

    @Test
    void aConfigurationIsCheckedInKubernetesWords() {
        Reply reply = api.create(
                CONFIGURATIONS + "validatingwebhookconfigurations",
                json(
                        "{'metadata':{'name':'c'},'webhooks':[{'name':'x','clientConfig':{},'sideEffects':'Some',"
                                + "'admissionReviewVersions':['v9'],'timeoutSeconds':31,"
                                + "'rules':[{'operations':['*','CREATE'],'apiGroups':[''],'apiVersions':['v1'],'resources':['*/*','pods']}]}]}"));

        assertThat(reply.code()).isEqualTo(422);
        assertThat(reply.message())
                .contains(
                        "webhooks[0].name: Invalid value: \"x\": should be a domain with at least three segments separated by dots",
                        "webhooks[0].sideEffects: Unsupported value: \"Some\": supported values: \"None\", \"NoneOnDryRun\"",
                        "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
                        "webhooks[0].clientConfig: Required value: exactly one of url or service is required",
                        "if '*' is present, must not specify other operations",
                        "if '*/*' is present, must not specify other resources",
                        "must include at least one of v1, v1beta1");
    }

    @Test
    void aCustomObjectIsPrunedAfterItsWebhookAndSeenInTheVersionThatTheRulesName() {
        String schema = "'schema':{'openAPIV3Schema':{'type':'object','properties':{'a':{'type':'string'},"
                + "'d':{'type':'string','default':'x'}}}}";
        made(api.create(
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                json("{'metadata':{'name':'things.example.com'},'spec':{'group':'example.com','scope':'Namespaced',"
                        + "'names':{'plural':'things','kind':'Thing'},'versions':[{'name':'v1','served':true,'storage':true,"
                        + schema + "},{'name':'v2','served':true,'storage':false," + schema + "}]}}")));
        String things = "/apis/example.com/v2/namespaces/a/things";
        await().atMost(Duration.ofSeconds(60)).until(() -> api.get(things).code() == 200);
        server.answer(
                "/add",
                patching("[{'op':'add','path':'/a','value':'added'},{'op':'add','path':'/unknown','value':'u'},"
                        + "{'op':'remove','path':'/d'}]"));
        configure(
                "mutating",
                "a",
                hook("add", "things", "").replace(json("'apiVersions':['*']"), json("'apiVersions':['v1']")));

        JsonNode thing =
                made(api.create(things, json("{'metadata':{'name':'t'}}"))).body();

        assertThat(thing.path("apiVersion").asString()).isEqualTo("example.com/v2");
        assertThat(thing.path("a").asString()).isEqualTo("added");
        assertThat(thing.path("d").asString()).isEqualTo("x");
        assertThat(thing.has("unknown")).isFalse();
        JsonNode request = server.reviews().remove().path("request");
        assertThat(request.path("object").path("apiVersion").asString()).isEqualTo("example.com/v1");
        assertThat(request.path("kind").path("version").asString()).isEqualTo("v1");
        assertThat(request.path("requestKind").path("version").asString()).isEqualTo("v2");
    }
}
