package io.kybern.schema.structural;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What schemas of custom resources prune, fill in and demand. */
@Timeout(60)
class StructuralTest {

    private static JsonNode json(String text) {
        return Json.read(text.replace('\'', '"'));
    }

    private static Structural resource(String schema) {
        return Structural.ofResource(json(schema));
    }

    private static List<String> faults(String schema, String value) {
        return new ValueValidator(json(schema), "")
                .validate(json(value)).stream().map(FieldError::message).toList();
    }

    @Test
    void unknownFieldsArePrunedAndNamed() {
        JsonNode value = json(
                "{'apiVersion':'a/v1','kind':'K','metadata':{'name':'n','x':1},'spec':{'a':1,'b':{'c':2},'l':[{'d':1,'e':2}]},'z':0}");
        List<String> unknown = Pruner.prune(
                value,
                resource(
                        "{'type':'object','properties':{'spec':{'type':'object','properties':{'a':{'type':'integer'},'l':{'type':'array','items':{'type':'object','properties':{'d':{'type':'integer'}}}}}}}}"));
        assertThat(unknown).containsExactly("spec.b", "spec.l[0].e", "z");
        assertThat(value)
                .isEqualTo(json(
                        "{'apiVersion':'a/v1','kind':'K','metadata':{'name':'n','x':1},'spec':{'a':1,'l':[{'d':1}]}}"));
    }

    @Test
    void whatIsPreservedIsPrunedWhereItIsDeclared() {
        JsonNode value = json("{'spec':{'free':{'x':1},'typed':{'a':1,'b':2}}}");
        Pruner.prune(
                value,
                resource(
                        "{'type':'object','properties':{'spec':{'type':'object','x-kubernetes-preserve-unknown-fields':true,'properties':{'typed':{'type':'object','properties':{'a':{'type':'integer'}}}}}}}"));
        assertThat(value).isEqualTo(json("{'spec':{'free':{'x':1},'typed':{'a':1}}}"));
    }

    @Test
    void embeddedResourcesKeepTheirMetadata() {
        JsonNode value = json("{'template':{'apiVersion':'v1','kind':'X','metadata':{'name':'a'},'spec':{},'y':1}}");
        Pruner.prune(
                value,
                resource(
                        "{'type':'object','properties':{'template':{'type':'object','x-kubernetes-embedded-resource':true,'properties':{'spec':{'type':'object'}}}}}"));
        assertThat(value)
                .isEqualTo(json("{'template':{'apiVersion':'v1','kind':'X','metadata':{'name':'a'},'spec':{}}}"));
    }

    @Test
    void embeddedResourcesSayWhatTheyAre() {
        Structural schema = resource(
                "{'type':'object','properties':{'t':{'type':'array','items':{'type':'object','x-kubernetes-embedded-resource':true,'x-kubernetes-preserve-unknown-fields':true}}}}");
        assertThat(EmbeddedResources.validate(
                        json(
                                "{'t':[{'apiVersion':'v1','kind':'Pod'},{'kind':'p od','metadata':{'labels':{'a':'b c'}}}]}"),
                        schema))
                .extracting(FieldError::field)
                .containsExactly("t[1].apiVersion", "t[1].kind", "t[1].metadata.labels");
    }

    @Test
    void defaultsFillWhatIsAbsentAlsoInsideOfDefaults() {
        JsonNode value = json("{'list':[{},{'p':2}]}");
        StructuralDefaults.apply(
                value,
                resource(
                        "{'type':'object','properties':{'spec':{'type':'object','default':{},'properties':{'n':{'type':'integer','default':1}}},'list':{'type':'array','items':{'type':'object','properties':{'p':{'type':'integer','default':9}}}}}}"));
        assertThat(value).isEqualTo(json("{'list':[{'p':9},{'p':2}],'spec':{'n':1}}"));
    }

    @Test
    void nullIsAValueOnlyWhereItMayBe() {
        JsonNode value = json("{'a':null,'b':null,'c':null}");
        StructuralDefaults.apply(
                value,
                resource(
                        "{'type':'object','properties':{'a':{'type':'string','default':'x'},'b':{'type':'string','nullable':true,'default':'x'},'c':{'type':'string'}}}"));
        assertThat(value).isEqualTo(json("{'a':'x','b':null}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'type':'integer'} | 1.5 | a: Invalid value: "number": a in body must be of type integer: "number"
            {'type':'string','minLength':2} | 'x' | a: Invalid value: "x": a in body should be at least 2 chars long
            {'type':'string','pattern':'^b'} | 'x' | a: Invalid value: "x": a in body should match '^b'
            {'type':'string','maxLength':1} | 'xy' | a: Too long: may not be more than 1 byte
            {'type':'number','maximum':2,'exclusiveMaximum':true} | 2 | a: Invalid value: 2: a in body should be less than 2
            {'type':'number','multipleOf':5} | 7 | a: Invalid value: 7: a in body should be a multiple of 5
            {'type':'array','minItems':1,'items':{'type':'string'}} | [] | a: Invalid value: 0: a in body should have at least 1 items
            {'type':'array','maxItems':1,'items':{'type':'string'}} | ['a','b'] | a: Too many: 2: must have at most 1 item
            {'type':'object','maxProperties':0,'additionalProperties':{'type':'string'}} | {'k':'v'} | a: Too many: 1: must have at most 0 items
            {'type':'object','required':['x']} | {} | a.x: Required value
            {'type':'string','enum':['p','q']} | 'r' | a: Unsupported value: "r": supported values: "p", "q"
            {'type':'string','format':'ipv4'} | '1.2.3' | a: Invalid value: "1.2.3": a in body must be of type ipv4: "1.2.3"
            {'type':'integer','format':'int32'} | 3000000000 | <nil>: Invalid value: "": Checked value must be of type integer with format int32 in a
            {'not':{'enum':[1]}} | 1 | <nil>: Invalid value: "": "a" must not validate the schema (not)
            """)
    void valuesAreCheckedInKubernetesWords(String rules, String value, String message) {
        assertThat(faults("{'type':'object','properties':{'a':" + rules + "}}", "{'a':" + value + "}"))
                .containsExactly(message);
    }

    @Test
    void alternativesTellWhichOfThemFailed() {
        String either =
                "{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'integer'}},'oneOf':[{'required':['a']},{'required':['b']}]}";
        assertThat(faults(either, "{'a':1}")).isEmpty();
        assertThat(faults(either, "{'a':1,'b':2}"))
                .containsExactly(
                        "<nil>: Invalid value: \"\": \"\" must validate one and only one schema (oneOf). Found 2 valid alternatives");
        assertThat(faults(either, "{}"))
                .containsExactly(
                        "<nil>: Invalid value: \"\": \"\" must validate one and only one schema (oneOf). Found none valid",
                        "a: Required value");
    }

    @Test
    void whatDidNotChangeIsNotFoundAtFaultAgain() {
        ValueValidator validator = new ValueValidator(
                json(
                        "{'type':'object','properties':{'a':{'type':'string','enum':['x']},'m':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['k'],'items':{'type':'object','properties':{'k':{'type':'string'},'v':{'type':'integer','minimum':1}}}}}}"),
                "");
        JsonNode old = json("{'a':'y','m':[{'k':'p','v':0}]}");
        assertThat(validator.validateUpdate(json("{'a':'y','m':[{'k':'q','v':1},{'k':'p','v':0}]}"), old))
                .isEmpty();
        assertThat(validator.validateUpdate(json("{'a':'z','m':[{'k':'q','v':0}]}"), old))
                .hasSize(2);
    }

    @Test
    void setsAndMapsHaveNothingTwice() {
        Structural schema = resource(
                "{'type':'object','properties':{'s':{'type':'array','x-kubernetes-list-type':'set','items':{'type':'string'}},'m':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['k'],'items':{'type':'object'}}}}");
        assertThat(ListTypes.validate(json("{'s':['a','b','a'],'m':[{'k':1},{'k':1.0,'x':2}]}"), schema))
                .extracting(FieldError::message)
                .containsExactlyInAnyOrder("s[2]: Duplicate value: \"a\"", "m[1]: Duplicate value: {\"k\":1.0}");
    }

    @Test
    void aSchemaMustBeStructural() {
        assertThat(StructuralRules.validate(
                        json(
                                "{'type':'object','properties':{'a':{'type':'object','anyOf':[{'properties':{'q':{'minimum':1}},'type':'object'}]},'metadata':{'type':'object','properties':{'labels':{'type':'object'}}}},'allOf':[{'properties':{'nope':{'minimum':1}}}]}"),
                        FieldPath.of("schema")))
                .extracting(FieldError::message)
                .containsExactly(
                        "schema.properties[a].anyOf[0].type: Forbidden: must be empty to be structural",
                        "schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
                        "schema.properties[nope]: Required value: because it is defined in schema.allOf[0].properties[nope]");
    }

    @Test
    void integersOrStringsMayNameBothTypes() {
        String either = "{'x-kubernetes-int-or-string':true,'anyOf':[{'type':'integer'},{'type':'string'}]}";
        assertThat(StructuralRules.validate(
                        json("{'type':'object','properties':{'p':" + either + "}}"), FieldPath.of("schema")))
                .isEmpty();
        assertThat(faults("{'type':'object','properties':{'p':" + either + "}}", "{'p':'50%'}"))
                .isEmpty();
        assertThat(faults("{'type':'object','properties':{'p':" + either + "}}", "{'p':true}"))
                .isNotEmpty();
    }

    @Test
    void whatASchemaMayNotSayIsRefused() {
        assertThat(SchemaRules.validate(
                        json(
                                "{'type':'object','properties':{'a':{'type':'array','uniqueItems':true,'x-kubernetes-list-type':'map','items':{'type':'object','properties':{'k':{'type':'string'}}}},'b':{'type':'object','properties':{'x':{'type':'string'}},'additionalProperties':{'type':'string'}}}}"),
                        FieldPath.of("s")))
                .extracting(FieldError::message)
                .contains(
                        "s.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
                        "s.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
                        "s.properties[b].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive");
    }

    @Test
    void defaultsMustBeValidThemselves() {
        assertThat(DefaultRules.validate(
                        json(
                                "{'type':'object','properties':{'a':{'type':'integer','default':'x'},'b':{'type':'object','default':{'z':1},'properties':{}}}}"),
                        FieldPath.of("s")))
                .extracting(FieldError::message)
                .containsExactly(
                        "s.properties[a].default: Invalid value: \"string\":  in body must be of type integer: \"string\"",
                        "s.properties[b].default: Invalid value: {\"z\":1}: must not have unknown fields");
    }
}
