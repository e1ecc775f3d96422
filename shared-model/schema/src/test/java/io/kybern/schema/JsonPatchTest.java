package io.kybern.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class JsonPatchTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'a':[1,2]} | {'op':'add','path':'/a/1','value':9} | {'a':[1,9,2]}",
                "{'a':[1,2]} | {'op':'add','path':'/a/-','value':9} | {'a':[1,2,9]}",
                "{'a':[1,2]} | {'op':'add','path':'/a/-1','value':9} | {'a':[1,2,9]}",
                "{'a':[1,2]} | {'op':'remove','path':'/a/-1'} | {'a':[1]}",
                "{'a':[1,2]} | {'op':'replace','path':'/a/0','value':9} | {'a':[9,2]}",
                "{} | {'op':'replace','path':'/a','value':1} | {'a':1}",
                "{'a':1} | {'op':'replace','path':'','value':{'b':2}} | {'b':2}",
                "{'a':{'b~/':1}} | {'op':'remove','path':'/a/b~0~1'} | {'a':{}}",
                "{'a':{'b':1}} | {'op':'move','from':'/a/b','path':'/c'} | {'a':{},'c':1}",
                "{'a':{'b':1}} | {'op':'copy','from':'/a','path':'/c'} | {'a':{'b':1},'c':{'b':1}}",
                "{'a':1} | {'op':'copy','from':'/x','path':'/c'} | {'a':1,'c':null}",
                "{'a':{'b':[1]}} | {'op':'test','path':'/a','value':{'b':[1]}} | {'a':{'b':[1]}}",
                "{'a':1} | {'op':'test','path':'/x','value':null} | {'a':1}",
                "{'a':1} | {'op':'add','path':'/b'} | {'a':1,'b':null}",
            })
    void applies(String document, String operation, String expected) throws PatchException {
        JsonNode target = json(document);
        assertThat(JsonPatch.apply(target, json("[" + operation + "]"))).isEqualTo(json(expected));
        assertThat(target).as("the target is left alone").isEqualTo(json(document));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[{'op':'test','path':'/a','value':2}] | testing value /a failed: test failed",
                "[{'op':'remove','path':'/x'}] | error in remove for path: '/x': Unable to remove nonexistent key: x: missing value",
                "[{'op':'add','path':'/x/y','value':2}] | add operation does not apply: doc is missing path: \"/x/y\": missing value",
                "[{'op':'replace','path':'/l/7','value':2}] | replace operation does not apply: doc is missing key: /l/7: Unable to access invalid index: 7: invalid index referenced",
                "[{'op':'add','path':'/l/7','value':2}] | error in add for path: '/l/7': Unable to access invalid index: 7: invalid index referenced",
                "[{'op':'zap','path':'/a'}] | Unexpected kind: zap",
                "[{'op':'remove'}] | remove operation failed to decode path: missing value",
                "[{'op':'move','from':'/x','path':'/y'}] | error in move for path: 'x': Unable to remove nonexistent key: x: missing value",
                "{'op':'add'} | error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
                "['x'] | error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp",
                "[{'op':5}] | error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
            })
    void saysWhyItCannot(String patch, String message) {
        assertThatThrownBy(() -> JsonPatch.apply(json("{'a':1,'l':[1]}"), json(patch)))
                .isInstanceOf(PatchException.class)
                .hasMessage(message);
    }

    private static JsonNode json(String text) {
        return Json.read(text.replace('\'', '"'));
    }
}
