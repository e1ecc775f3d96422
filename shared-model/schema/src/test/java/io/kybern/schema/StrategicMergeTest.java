package io.kybern.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class StrategicMergeTest {

    private static final Schema POD = SchemaCatalog.builtIn()
            .schema(new GroupVersionKind("", "v1", "Pod"))
            .orElseThrow();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // fields
                "{'nodeName':'a','hostname':'h'} | {'nodeName':'b','hostname':null} | {'nodeName':'b'}",
                "{} | {'securityContext':{'runAsUser':1,'runAsGroup':null}} | {'securityContext':{'runAsUser':1}}",
                "{'nodeSelector':{'a':'1','b':'2'}} | {'nodeSelector':{'$patch':'replace','c':'3'}} | {'nodeSelector':{'c':'3'}}",
                "{'securityContext':{'runAsUser':1}} | {'securityContext':{'$patch':'delete'}} | {'securityContext':{}}",
                // lists of objects with a merge key
                "{'containers':[{'name':'a'},{'name':'b'},{'name':'c'}]} | {'containers':[{'name':'c','image':'i'},{'name':'x'}]} | {'containers':[{'name':'a'},{'name':'b'},{'name':'c','image':'i'},{'name':'x'}]}",
                "{'containers':[{'name':'a'},{'name':'b'}]} | {'containers':[{'name':'x'}]} | {'containers':[{'name':'x'},{'name':'a'},{'name':'b'}]}",
                "{'containers':[{'name':'a'},{'name':'b'}]} | {'containers':[{'$patch':'delete','name':'a'}]} | {'containers':[{'name':'b'}]}",
                "{'containers':[{'name':'a'},{'name':'b'}]} | {'containers':[{'$patch':'replace'},{'name':'z'}]} | {'containers':[{'name':'z'}]}",
                "{'containers':[{'name':'a'},{'name':'b'}]} | {'containers':[{'$patch':'replace'}]} | {'containers':[]}",
                "{'containers':[{'name':'a','ports':[{'containerPort':80}]}]} | {'containers':[{'name':'a','ports':[{'containerPort':81}]}]} | {'containers':[{'name':'a','ports':[{'containerPort':81},{'containerPort':80}]}]}",
                // stated order
                "{'containers':[{'name':'a'},{'name':'b'}]} | {'$setElementOrder/containers':[{'name':'b'},{'name':'a'}]} | {'containers':[{'name':'b'},{'name':'a'}]}",
                "{'containers':[{'name':'a'},{'name':'s'},{'name':'b'}]} | {'$setElementOrder/containers':[{'name':'b'},{'name':'a'}],'containers':[{'name':'a','image':'i'}]} | {'containers':[{'name':'s'},{'name':'b'},{'name':'a','image':'i'}]}",
                "{} | {'$setElementOrder/containers':[{'name':'b'},{'name':'a'}],'containers':[{'name':'b'},{'$patch':'delete','name':'a'}]} | {'containers':[{'name':'b'}]}",
                // lists that are replaced
                "{'tolerations':[{'key':'a'},{'key':'b'}]} | {'tolerations':[{'key':'c'}]} | {'tolerations':[{'key':'c'}]}",
                "{'containers':[{'name':'a','args':['1','2']}]} | {'containers':[{'name':'a','args':['3']}]} | {'containers':[{'name':'a','args':['3']}]}",
                // retained keys
                "{'volumes':[{'name':'v','emptyDir':{}}]} | {'volumes':[{'name':'v','$retainKeys':['name','hostPath'],'hostPath':{'path':'/'}}]} | {'volumes':[{'name':'v','hostPath':{'path':'/'}}]}",
            })
    void merges(String target, String patch, String expected) throws PatchException {
        ObjectNode before = pod(target);
        ObjectNode after = StrategicMerge.apply(before, pod(patch), POD);
        assertThat(after).isEqualTo(pod(expected));
        assertThat(before).as("the target is left alone").isEqualTo(pod(target));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "['a','b','c'] | {'finalizers':['d','b']} | ['d','a','b','c']",
                "['a','b','c'] | {'$deleteFromPrimitiveList/finalizers':['b','z']} | ['a','c']",
                "['a','b','c'] | {'$setElementOrder/finalizers':['c','a']} | ['b','c','a']",
            })
    void mergesListsOfScalars(String finalizers, String patch, String expected) throws PatchException {
        ObjectNode before = (ObjectNode) json("{'metadata':{'finalizers':" + finalizers + "}}");
        ObjectNode after = StrategicMerge.apply(before, (ObjectNode) json("{'metadata':" + patch + "}"), POD);
        assertThat(after.at("/metadata/finalizers")).isEqualTo(json(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'containers':[{'image':'i'}]} | UNCLASSIFIED | map: map[image:i] does not contain declared merge key: name",
                "{'containers':[{'name':'a','$patch':'zap'}]} | UNCLASSIFIED | unknown patch type: zap in map: map[$patch:zap name:a]",
                "{'containers':[{'name':'a','$patch':'merge'}]} | UNCLASSIFIED | merging lists cannot yet be specified in the patch",
                "{'securityContext':{'$patch':'zap'}} | UNCLASSIFIED | unknown patch type: zap in map: map[$patch:zap]",
                "{'$deleteFromPrimitiveListX':['a']} | MALFORMED | invalid patch format of primitive list",
                "{'$setElementOrderX':['a']} | MALFORMED | invalid patch format of setElementOrder list",
                "{'$retainKeys':['a'],'nodeName':'x'} | MALFORMED | invalid patch format of retainKeys",
                "{'containers':[['a']]} | NOT_APPLICABLE | lists of lists are not supported",
            })
    void saysWhyItCannot(String patch, PatchException.Kind kind, String message) {
        assertThatThrownBy(() -> StrategicMerge.apply(
                        pod("{'containers':[{'name':'a'}],'securityContext':{}}"), pod(patch), POD))
                .isInstanceOfSatisfying(
                        PatchException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessage(message);
    }

    private static ObjectNode pod(String spec) {
        return (ObjectNode) json("{'spec':" + spec + "}");
    }

    private static JsonNode json(String text) {
        return Json.read(text.replace('\'', '"'));
    }
}
