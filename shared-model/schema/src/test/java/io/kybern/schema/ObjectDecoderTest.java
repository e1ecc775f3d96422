package io.kybern.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ObjectDecoderTest {

    private static final GroupVersionKind POD = new GroupVersionKind("", "v1", "Pod");
    private static final GroupVersionKind DEPLOYMENT = new GroupVersionKind("apps", "v1", "Deployment");
    private static final SchemaCatalog CATALOG = SchemaCatalog.builtIn();
    private final ObjectDecoder decoder = new ObjectDecoder(CATALOG);

    @Test
    void keepsWhatTheTypeHasAndFillsInKindAndVersion() {
        Decoded decoded = decode("{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c'}]}}", POD);

        assertThat(decoded.object())
                .isEqualTo(json("{'kind':'Pod','apiVersion':'v1','metadata':{'name':'p'},"
                        + "'spec':{'containers':[{'name':'c','resources':{}}]},'status':{}}"));
        assertThat(decoded.strictErrors()).isEmpty();
    }

    @Test
    void leavesOutUnknownFieldsAndReportsThemWithTheirPaths() {
        Decoded decoded = decode(
                "{'zap':1,'metadata':{'Name':'x'},'spec':{'containers':[{'name':'c'},{'name':'d','foo':{'bar':1}}]}}",
                POD);

        assertThat(decoded.object().path("metadata").isEmpty()).isTrue();
        assertThat(decoded.object().at("/spec/containers/1")).isEqualTo(json("{'name':'d','resources':{}}"));
        assertThat(decoded.strictErrors())
                .containsExactly(
                        "unknown field \"zap\"",
                        "unknown field \"metadata.Name\"",
                        "unknown field \"spec.containers[1].foo\"");
    }

    @Test
    void reportsDuplicatesOfFieldsAndKeysAndKeepsTheLast() {
        Decoded decoded = decode(
                "{'metadata':{'labels':{'a':'1','a':'2'}},'spec':{'replicas':1,'paused':true,'replicas':2}}",
                DEPLOYMENT);

        assertThat(decoded.strictErrors())
                .containsExactly("duplicate field \"metadata.labels.a\"", "duplicate field \"spec.replicas\"");
        assertThat(decoded.object().at("/spec/replicas").asInt()).isEqualTo(2);
        assertThat(decoded.object().at("/metadata/labels/a").asString()).isEqualTo("2");
    }

    @Test
    void reportsAtMostAHundredProblems() {
        StringBuilder body = new StringBuilder("{");
        for (int i = 0; i < 150; i++) {
            body.append("'x").append(i).append("':1,");
        }
        assertThat(decode(body + "'metadata':{}}", POD).strictErrors()).hasSize(100);
    }

    @Test
    void takesNullAsAbsentAndAsTheZeroValueInsideListsAndMaps() {
        Decoded decoded = decode(
                "{'metadata':{'labels':{'a':null},'annotations':null},'spec':{'nodeName':null,"
                        + "'containers':[{'name':'c','command':[null]}]}}",
                POD);

        assertThat(decoded.object().path("metadata")).isEqualTo(json("{'labels':{'a':''}}"));
        assertThat(decoded.object().path("spec"))
                .isEqualTo(json("{'containers':[{'name':'c','command':[''],'resources':{}}]}"));
    }

    @Test
    void leavesOutZeroesWhereTheTypeHasNoPointer() {
        ObjectNode pod = decode(
                        "{'metadata':{'name':'p','generateName':'','generation':0},'spec':{'hostNetwork':false,"
                                + "'nodeName':'','automountServiceAccountToken':false,'terminationGracePeriodSeconds':0,"
                                + "'containers':[{'name':'c','image':'','tty':false,'ports':[{'containerPort':1,'hostPort':0}],"
                                + "'env':[{'name':'A','value':''}]}]}}",
                        POD)
                .object();

        assertThat(pod.path("metadata")).isEqualTo(json("{'name':'p'}"));
        assertThat(pod.path("spec"))
                .isEqualTo(
                        json(
                                "{'automountServiceAccountToken':false,'terminationGracePeriodSeconds':0,"
                                        + "'containers':[{'name':'c','ports':[{'containerPort':1}],'env':[{'name':'A'}],'resources':{}}]}"));
    }

    @Test
    void showsWhatATypeAlwaysHas() {
        ObjectNode pod = decode(
                        "{'status':{'containerStatuses':[{'name':'c','ready':false}],'podIP':'','observedGeneration':0}}",
                        POD)
                .object();
        ObjectNode set = decode("{'status':{'readyReplicas':0}}", new GroupVersionKind("apps", "v1", "ReplicaSet"))
                .object();

        assertThat(pod.path("status"))
                .isEqualTo(json("{'containerStatuses':[{'name':'c','ready':false,'image':'','imageID':'',"
                        + "'lastState':{},'restartCount':0,'state':{}}]}"));
        assertThat(set.path("status")).isEqualTo(json("{'replicas':0}"));
    }

    @Test
    void theLastOfTwoValuesIsLeftOutIfItIsZero() {
        assertThat(decode("{'spec':{'paused':true,'paused':false}}", DEPLOYMENT)
                        .object()
                        .path("spec")
                        .has("paused"))
                .isFalse();
    }

    @Test
    void keepsEmptyListsThatGoWrites() {
        GroupVersionKind role = new GroupVersionKind("rbac.authorization.k8s.io", "v1", "Role");

        assertThat(decode("{'rules':[]}", role).object().path("rules").isArray())
                .isTrue();
        assertThat(decode("{}", role).object().has("rules")).isFalse();
    }

    @Test
    void leavesOutEmptyListsAndMapsThatAreNotRequired() {
        Decoded decoded = decode(
                "{'metadata':{'labels':{}},'spec':{'containers':[],'volumes':[],'nodeSelector':{},'securityContext':{}}}",
                POD);

        assertThat(decoded.object().path("metadata").isEmpty()).isTrue();
        assertThat(decoded.object().path("spec")).isEqualTo(json("{'containers':[],'securityContext':{}}"));
    }

    @Test
    void writesQuantitiesTimesAndBytesInCanonicalForm() {
        Decoded pod = decode(
                "{'metadata':{'creationTimestamp':'2024-05-06T07:08:09.5+02:00','deletionTimestamp':null},'spec':"
                        + "{'containers':[{'name':'c','resources':{'limits':{'cpu':'1000m','memory':'1024Mi','x':2}}}]}}",
                POD);
        Decoded secret = decode("{'data':{'a':'aGk=\\n'}}", new GroupVersionKind("", "v1", "Secret"));
        Decoded lease = decode(
                "{'spec':{'renewTime':'2024-05-06T07:08:09.123456Z'}}",
                new GroupVersionKind("coordination.k8s.io", "v1", "Lease"));

        assertThat(pod.object().at("/metadata")).isEqualTo(json("{'creationTimestamp':'2024-05-06T05:08:09Z'}"));
        assertThat(pod.object().at("/spec/containers/0/resources/limits"))
                .isEqualTo(json("{'cpu':'1','memory':'1Gi','x':'2'}"));
        assertThat(secret.object().at("/data/a").asString()).isEqualTo("aGk=");
        assertThat(lease.object().at("/spec/renewTime").asString()).isEqualTo("2024-05-06T07:08:09.123456Z");
    }

    @Test
    void keepsWhatHasNoDeclaredStructure() {
        Decoded decoded = decode(
                "{'data':{'any':[1,null,{'x':1.50}]},'revision':3}",
                new GroupVersionKind("apps", "v1", "ControllerRevision"));

        assertThat(Json.string(decoded.object().path("data"))).isEqualTo("{\"any\":[1,null,{\"x\":1.50}]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'data':{'a':1}} | ConfigMap | json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
                "{'data':[]} | ConfigMap | json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string",
                "{'immutable':'yes'} | ConfigMap | json: cannot unmarshal string into Go struct field ConfigMap.immutable of type bool",
                "{'spec':{'terminationGracePeriodSeconds':'5'}} | Pod | json: cannot unmarshal string into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64",
                "{'spec':{'containers':[{'ports':[{'containerPort':80.5}]}]}} | Pod | json: cannot unmarshal number 80.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
                "{'spec':{'containers':[{'ports':[{'containerPort':3000000000}]}]}} | Pod | json: cannot unmarshal number 3000000000 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
                "{'spec':{'containers':{}}} | Pod | json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
                "{'spec':'x'} | Pod | json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec",
                "{'spec':{'hostNetwork':1,'nodeName':2}} | Pod | json: cannot unmarshal number into Go struct field PodSpec.spec.hostNetwork of type bool",
                "{'spec':{'containers':[{'resources':{'limits':{'cpu':'one'}}}]}} | Pod | quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                "{'spec':{'containers':[{'livenessProbe':{'httpGet':{'port':true}}}]}} | Pod | json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32",
                "{'data':{'a':'***'}} | Secret | illegal base64 data at input byte 0",
                "{'metadata':{'creationTimestamp':'soon'}} | Pod | parsing time \"soon\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"soon\" as \"2006\"",
                "{'metadata':{'creationTimestamp':'2024-13-01T00:00:00Z'}} | Pod | parsing time \"2024-13-01T00:00:00Z\": month out of range",
                "{'metadata':{'creationTimestamp':5}} | Pod | json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
            })
    void refusesValuesOfTheWrongType(String body, String kind, String why) {
        assertThatThrownBy(() -> decode(body, new GroupVersionKind("", "v1", kind)))
                .isInstanceOf(ApiException.class)
                .hasMessage("%s in version \"v1\" cannot be handled as a %s: %s", kind, kind, why);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | unexpected end of JSON input (<empty>)",
                "{'a': | unexpected end of JSON input ({\"a\":)",
                "[] | json: cannot unmarshal array into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" } (5b5d)",
                "{'a' 1} | invalid character '1' after object key ({\"a\" 1})",
                "{'a':1,} | invalid character '}' looking for beginning of object key string ({\"a\":1,})",
                "{'a':[1 2]} | invalid character '2' after array element ({\"a\":[1 2]})",
                "{} x | invalid character 'x' after top-level value ({} x)",
                "{'a':tru} | invalid character '}' in literal true (expecting 'e') ({\"a\":tru})",
                "{'a':01} | invalid character '1' after object key:value pair ({\"a\":01})",
                "{'a':'\\q'} | invalid character 'q' in string escape code ({\"a\":\"\\q\"})",
                "hello | invalid character 'h' looking for beginning of value (68656c6c6f)",
                "{'kind':5} | json: cannot unmarshal number into Go struct field .kind of type string ({\"kind\":5})",
            })
    void saysWhyABodyIsNoObject(String body, String why) {
        assertThatThrownBy(() -> decode(body, new GroupVersionKind("", "v1", "ConfigMap")))
                .isInstanceOf(ApiException.class)
                .hasMessage(
                        "the object provided is unrecognized (must be of type ConfigMap): "
                                + "couldn't get version/kind; json parse error: %s",
                        why);
    }

    @Test
    void refusesAnotherKindAndAnotherVersion() {
        GroupVersionKind configMap = new GroupVersionKind("", "v1", "ConfigMap");
        assertThatThrownBy(() -> decode("{'apiVersion':'v1','kind':'Pod','spec':{}}", configMap))
                .hasMessage("Pod in version \"v1\" cannot be handled as a ConfigMap: "
                        + "converting (v1.Pod) to (core.ConfigMap): unknown conversion");
        assertThatThrownBy(() -> decode("{'apiVersion':'v2','kind':'ConfigMap'}", configMap))
                .hasMessage("ConfigMap in version \"v2\" cannot be handled as a ConfigMap: no kind \"ConfigMap\" is"
                        + " registered for version \"v2\" in scheme"
                        + " \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"");
        assertThatThrownBy(() -> decode(
                        "{'apiVersion':'autoscaling/v2','kind':'HorizontalPodAutoscaler'}",
                        new GroupVersionKind("autoscaling", "v1", "HorizontalPodAutoscaler")))
                .hasMessage("the API version in the data (autoscaling/v2) does not match the expected API version"
                        + " (autoscaling/v1)");
    }

    @Test
    void readsTextThatIsNotUtf8WithReplacementCharacters() {
        byte[] body = "{\"data\":{\"a\":\"x?\"}}".getBytes(StandardCharsets.ISO_8859_1);
        body[body.length - 4] = (byte) 0xff;

        Decoded decoded = decoder.decode(body, new GroupVersionKind("", "v1", "ConfigMap"));

        assertThat(decoded.object().at("/data/a").asString()).isEqualTo("x\ufffd");
    }

    private Decoded decode(String body, GroupVersionKind kind) {
        return decoder.decode(body.replace('\'', '"').getBytes(StandardCharsets.UTF_8), kind);
    }

    private static JsonNode json(String text) {
        return Json.read(text.replace('\'', '"'));
    }
}
