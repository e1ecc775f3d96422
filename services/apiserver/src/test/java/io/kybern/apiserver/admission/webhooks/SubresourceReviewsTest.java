package io.kybern.apiserver.admission.webhooks;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import io.kybern.apiserver.webhooks.WebhookTest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What webhooks are shown of a write to a subresource: the object that the client sent, not the one that it changes. */
@Timeout(120)
class SubresourceReviewsTest extends WebhookTest {

    private static final String CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/";
    private static final String PODS = "/api/v1/namespaces/a/pods";
    private static final String SETS = "/apis/apps/v1/namespaces/a/replicasets";
    private static final String POD =
            "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c','image':'i:1'}],'serviceAccountName':'default'}}";

    @BeforeEach
    void start() {
        made(api.create("/api/v1/namespaces/a/serviceaccounts", json("{'metadata':{'name':'default'}}")));
    }

    private void answering(String response) {
        server.answer("/hook", review -> {
            ObjectNode answer =
                    Json.object().put("apiVersion", "admission.k8s.io/v1").put("kind", "AdmissionReview");
            ObjectNode body = (ObjectNode) Json.read(json(response));
            body.set("uid", review.path("request").path("uid"));
            answer.set("response", body);
            return answer;
        });
    }

    private void patching(String patch) {
        String encoded = Base64.getEncoder().encodeToString(json(patch).getBytes(StandardCharsets.UTF_8));
        answering("{'allowed':true,'patchType':'JSONPatch','patch':'" + encoded + "'}");
    }

    private void configure(String kind, String resource) {
        made(api.create(
                CONFIGURATIONS + kind + "webhookconfigurations",
                json("{'metadata':{'name':'c'},'webhooks':[{'name':'hook.example.com','clientConfig':{'url':'"
                        + server.url("/hook") + "','caBundle':'" + server.caBundle()
                        + "'},'sideEffects':'None','admissionReviewVersions':['v1'],'rules':[{'operations':['*'],"
                        + "'apiGroups':['*'],'apiVersions':['*'],'resources':['" + resource + "']}]}]}")));
        api.settle();
    }

    private JsonNode onlyReview() {
        List<JsonNode> reviews = List.copyOf(server.reviews());
        assertThat(reviews).hasSize(1);
        return reviews.getFirst().path("request");
    }

    private static void isOf(JsonNode review, String group, String kind, String operation) {
        assertThat(review.at("/kind/group").asString()).isEqualTo(group);
        assertThat(review.at("/kind/kind").asString()).isEqualTo(kind);
        assertThat(review.path("operation").asString()).isEqualTo(operation);
        assertThat(review.at("/object/kind").asString()).isEqualTo(kind);
    }

    private void bind() {
        made(
                api.create(
                        PODS + "/p/binding",
                        json(
                                "{'apiVersion':'v1','kind':'Binding','metadata':{'name':'p'},'target':{'kind':'Node','name':'n1'}}")));
    }

    private void makeSet() {
        made(api.create(
                SETS,
                json("{'metadata':{'name':'s'},'spec':{'replicas':1,'selector':{'matchLabels':{'a':'b'}},'template':"
                        + "{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i:1'}]}}}}")));
    }

    private Reply scale(int replicas) {
        return api.merge(SETS + "/s/scale", json("{'spec':{'replicas':" + replicas + "}}"));
    }

    @Test
    void whoBindsAPodCreatesABinding() {
        made(api.create(PODS, json(POD)));
        answering("{'allowed':true}");
        configure("validating", "pods/binding");

        bind();

        JsonNode review = onlyReview();
        isOf(review, "", "Binding", "CREATE");
        assertThat(review.at("/object/target/name").asString()).isEqualTo("n1");
        assertThat(review.path("oldObject").isNull()).isTrue();
        assertThat(review.path("subResource").asString()).isEqualTo("binding");
    }

    @Test
    void aBindingThatIsRefusedBindsNothing() {
        made(api.create(PODS, json(POD)));
        answering("{'allowed':false,'status':{'message':'not there'}}");
        configure("validating", "pods/binding");

        Reply refused = api.create(
                PODS + "/p/binding",
                json(
                        "{'apiVersion':'v1','kind':'Binding','metadata':{'name':'p'},'target':{'kind':'Node','name':'n1'}}"));

        assertThat(refused.message()).isEqualTo("admission webhook \"hook.example.com\" denied the request: not there");
        assertThat(api.get(PODS + "/p").body().path("spec").has("nodeName")).isFalse();
    }

    @Test
    void labelsOfABindingBecomeThoseOfThePodUnlessItHasThem() {
        made(api.create(PODS, json(POD.replace("'name':'p'", "'name':'p','labels':{'own':'1'}"))));
        patching("[{'op':'add','path':'/metadata/labels','value':{'own':'2','rack':'r7'}}]");
        configure("mutating", "pods/binding");

        bind();

        JsonNode pod = api.get(PODS + "/p").body();
        assertThat(pod.at("/metadata/labels/own").asString()).isEqualTo("1");
        assertThat(pod.at("/metadata/labels/rack").asString()).isEqualTo("r7");
        assertThat(pod.at("/spec/nodeName").asString()).isEqualTo("n1");
    }

    @Test
    void whoEvictsAPodCreatesAnEvictionAndDeletesNothing() {
        made(api.create(PODS, json(POD)));
        answering("{'allowed':true}");
        configure("validating", "*/*");

        made(api.create(
                PODS + "/p/eviction",
                json("{'apiVersion':'policy/v1','kind':'Eviction','metadata':{'name':'p','namespace':'a'}}")));

        JsonNode review = onlyReview();
        isOf(review, "policy", "Eviction", "CREATE");
        assertThat(review.path("subResource").asString()).isEqualTo("eviction");
        assertThat(api.get(PODS + "/p").code()).isEqualTo(404);
    }

    @Test
    void whoScalesUpdatesAScale() {
        makeSet();
        answering("{'allowed':true}");
        configure("validating", "replicasets/scale");

        made(scale(3));

        JsonNode review = onlyReview();
        isOf(review, "autoscaling", "Scale", "UPDATE");
        assertThat(review.at("/object/spec/replicas").asInt()).isEqualTo(3);
        assertThat(review.at("/oldObject/spec/replicas").asInt()).isEqualTo(1);
    }

    @Test
    void aScaleThatAWebhookChangesIsTheOneThatCounts() {
        makeSet();
        patching("[{'op':'replace','path':'/spec/replicas','value':2}]");
        configure("mutating", "replicasets/scale");

        JsonNode scale = made(scale(9)).body();

        assertThat(scale.at("/spec/replicas").asInt()).isEqualTo(2);
        assertThat(api.get(SETS + "/s").body().at("/spec/replicas").asInt()).isEqualTo(2);
    }

    @Test
    void aPodIsToldWhereItsNodeIs() {
        made(
                api.create(
                        "/api/v1/nodes",
                        json(
                                "{'metadata':{'name':'n1','labels':{'topology.kubernetes.io/zone':'z1','topology.kubernetes.io/region':'r1'}}}")));
        made(api.create(
                PODS, json(POD.replace("'name':'p'", "'name':'p','labels':{'topology.kubernetes.io/region':'mine'}"))));
        made(api.create(
                PODS,
                json(POD.replace("'name':'p'", "'name':'fixed'").replace("'spec':{", "'spec':{'nodeName':'n1',"))));
        api.settle();

        bind();

        JsonNode bound = api.get(PODS + "/p").body().at("/metadata/labels");
        assertThat(bound.path("topology.kubernetes.io/zone").asString()).isEqualTo("z1");
        assertThat(bound.path("topology.kubernetes.io/region").asString()).isEqualTo("mine");
        JsonNode fixed = api.get(PODS + "/fixed").body().at("/metadata/labels");
        assertThat(fixed.path("topology.kubernetes.io/zone").asString()).isEqualTo("z1");
        assertThat(fixed.path("topology.kubernetes.io/region").asString()).isEqualTo("r1");
    }
}
