package io.kybern.apiserver.admission.policies;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What admission policies do to writes. */
@Timeout(120)
class PoliciesTest {

    private static final String MAPS = "/api/v1/namespaces/a/configmaps";
    private static final String POLICIES = "/apis/admissionregistration.k8s.io/v1/";
    private static final String RULES =
            "'matchConstraints':{'resourceRules':[{'apiGroups':[''],'apiVersions':['v1'],'operations':['CREATE','UPDATE'],'resources':['configmaps']}]}";

    private WritesUnderTest api;

    @BeforeEach
    void start() {
        api = new WritesUnderTest();
        made(api.create("/api/v1/namespaces", json("{'metadata':{'name':'a','labels':{'env':'test'}}}")));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private void validating(String spec, String binding) {
        made(api.create(
                POLICIES + "validatingadmissionpolicies",
                json("{'metadata':{'name':'p'},'spec':{" + RULES + "," + spec + "}}")));
        made(api.create(
                POLICIES + "validatingadmissionpolicybindings",
                json("{'metadata':{'name':'b'},'spec':{'policyName':'p'," + binding + "}}")));
    }

    private void mutating(String spec) {
        made(api.create(
                POLICIES + "mutatingadmissionpolicies",
                json("{'metadata':{'name':'m'},'spec':{" + RULES + ",'reinvocationPolicy':'Never'," + spec + "}}")));
        made(api.create(
                POLICIES + "mutatingadmissionpolicybindings",
                json("{'metadata':{'name':'mb'},'spec':{'policyName':'m'}}")));
    }

    private Reply create(String name, String data) {
        return api.create(MAPS, json("{'metadata':{'name':'" + name + "'},'data':{" + data + "}}"));
    }

    private Reply refused(String data) {
        int[] attempt = {0};
        return await().atMost(Duration.ofSeconds(60))
                .until(() -> create("r" + attempt[0]++, data), reply -> reply.code() >= 300);
    }

    @Test
    void refusesWhatAPolicyForbids() {
        validating(
                "'variables':[{'name':'size','expression':'size(object.data)'}],'validations':[{'expression':'variables.size < 2','messageExpression':'\\'has \\' + string(variables.size)','reason':'Forbidden'}]"
                        .replace("\\'", "\\u0027"),
                "'validationActions':['Deny']");

        Reply reply = refused("'a':'1','b':'2'");

        assertThat(reply.code()).isEqualTo(403);
        assertThat(reply.message())
                .matches("configmaps \"r\\d+\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied"
                        + " request: has 2");
        made(create("small", "'a':'1'"));
    }

    @Test
    void tellsOfWhatFailsAndFailsByPolicy() {
        validating("'validations':[{'expression':'object.data.missing == string(1)'}]", "'validationActions':['Deny']");

        Reply reply = refused("'a':'1'");

        assertThat(reply.code()).isEqualTo(422);
        assertThat(reply.message())
                .endsWith(
                        "denied request: expression 'object.data.missing == string(1)' resulted in error: no such key:"
                                + " missing");
    }

    @Test
    void evaluatesWithParametersAndTheNamespace() {
        made(api.create(MAPS, json("{'metadata':{'name':'limits'},'data':{'max':'1'}}")));
        validating(
                "'paramKind':{'apiVersion':'v1','kind':'ConfigMap'},'matchConditions':[{'name':'c','expression':'object.metadata.name"
                        + " != params.metadata.name'}],'validations':[{'expression':'namespaceObject.metadata.labels.env"
                        + " != request.namespace && size(object.data) <= int(params.data.max)','message':'too many'}]",
                "'paramRef':{'name':'limits','namespace':'a','parameterNotFoundAction':'Deny'},'validationActions':['Deny']");

        assertThat(refused("'a':'1','b':'2'").message()).endsWith("denied request: too many");
        made(api.merge(MAPS + "/limits", json("{'data':{'max':'2','other':'x'}}")));
        made(create("two", "'a':'1','b':'2'"));
        made(api.delete(MAPS + "/limits"));
        assertThat(create("three", "'a':'1'").message())
                .endsWith("failed to configure binding: no params found for policy binding with `Deny`"
                        + " parameterNotFoundAction");
    }

    @Test
    void changesObjectsByConfigurationsAndPatches() {
        mutating("'mutations':[{'patchType':'ApplyConfiguration','applyConfiguration':{'expression':'Object{metadata:"
                + " Object.metadata{labels: Object.metadata.labels{set:"
                + " object.metadata.name}}}'}},{'patchType':'JSONPatch','jsonPatch':{'expression':'[JSONPatch{op:"
                + " \\u0022add\\u0022, path: \\u0022/metadata/labels/\\u0022 +"
                + " jsonpatch.escapeKey(\\u0022x/y\\u0022), value: \\u0022z\\u0022}]'}}]");

        int[] attempt = {0};
        JsonNode map = await().atMost(Duration.ofSeconds(60))
                .until(
                        () -> made(create("m" + attempt[0]++, "'a':'1'")).body(),
                        body -> body.path("metadata").path("labels").has("set"));

        assertThat(map.path("metadata").path("labels").path("set").asString())
                .isEqualTo(map.path("metadata").path("name").asString());
        assertThat(map.path("metadata").path("labels").path("x/y").asString()).isEqualTo("z");
    }

    @Test
    void refusesWhatMutationsCannotDo() {
        mutating("'mutations':[{'patchType':'ApplyConfiguration','applyConfiguration':{'expression':'Object{nothing:"
                + " 1}'}}]");

        assertThat(refused("'a':'1'").message())
                .isEqualTo("policy 'm' with binding 'mb' denied request: error applying patch: failed to convert patch"
                        + " object to typed object: .nothing: field not declared in schema");
    }

    @Test
    void refusesPoliciesThatDoNotCompile() {
        Reply reply = api.create(
                POLICIES + "validatingadmissionpolicies",
                json(
                        "{'metadata':{'name':'bad'},'spec':{" + RULES
                                + ",'validations':[{'expression':'object.x"
                                + " +'},{'expression':'1'}],'matchConditions':[{'name':'c','expression':'no.such'}],'variables':[{'name':'v','expression':'variables.w'}]}}"));

        assertThat(reply.code()).isEqualTo(422);
        assertThat(reply.message())
                .contains("spec.validations[0].expression: Invalid value: \"object.x +\": compilation failed: ERROR:"
                        + " <input>:1:11: Syntax error:")
                .contains("spec.validations[1].expression: Invalid value: \"1\": must evaluate to bool")
                .contains("spec.matchConditions[0].expression: Invalid value: \"no.such\": compilation failed: ERROR:"
                        + " <input>:1:1: undeclared reference to 'no'")
                .contains("spec.variables[0].expression: Invalid value: \"variables.w\": compilation failed:");
        assertThat(api.create(
                                POLICIES + "validatingadmissionpolicybindings",
                                json(
                                        "{'metadata':{'name':'bad'},'spec':{'policyName':'p','validationActions':['Deny','Warn']}}"))
                        .message())
                .contains("must not contain both Deny and Warn");
    }
}
