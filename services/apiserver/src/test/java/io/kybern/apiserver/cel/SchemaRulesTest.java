package io.kybern.apiserver.cel;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SchemaRulesTest {

    private static final JsonNode SCHEMA = Json.read("""
        {"type": "object",
         "x-kubernetes-validations": [
           {"rule": "self.metadata.name != 'bad'", "message": "no such name"},
           {"rule": "!has(self.spec) || self.spec.min <= self.spec.max"}],
         "properties": {"spec": {"type": "object",
           "x-kubernetes-validations": [
             {"rule": "self.max < 100", "messageExpression": "'max is %d'.format([self.max])", "fieldPath": ".max", "reason": "FieldValueForbidden"}],
           "properties": {
             "min": {"type": "integer"},
             "max": {"type": "integer"},
             "share": {"type": "number"},
             "fixed": {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "is immutable"}]},
             "grow": {"type": "integer", "x-kubernetes-validations": [
               {"rule": "!oldSelf.hasValue() || self >= oldSelf.value()", "optionalOldSelf": true}]},
             "since": {"type": "string", "format": "date-time", "x-kubernetes-validations": [
               {"rule": "self > timestamp('2020-01-01T00:00:00Z')"}]},
             "port": {"x-kubernetes-int-or-string": true, "x-kubernetes-validations": [{"rule": "type(self) == string || self > 0"}]},
             "my-map": {"type": "object", "additionalProperties": {"type": "string", "x-kubernetes-validations": [
               {"rule": "self.size() < 4"}]}},
             "items": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"],
               "items": {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer",
                 "x-kubernetes-validations": [{"rule": "self >= oldSelf"}]}}}}
           }}}}
        """);

    private static List<String> validate(String object, String old) {
        SchemaRules rules = SchemaRules.compile(SCHEMA, FieldPath.root());
        assertThat(rules.faults()).isEmpty();
        return rules.validate(Json.read(object), old.isEmpty() ? null : Json.read(old)).stream()
                .map(FieldError::message)
                .toList();
    }

    private static List<String> faults(String schema) {
        return SchemaRules.compile(Json.read(schema), FieldPath.of("schema")).faults().stream()
                .map(FieldError::message)
                .toList();
    }

    @Test
    void letsPassWhatKeepsTheRules() {
        assertThat(validate("""
            {"metadata": {"name": "a"}, "spec": {"min": 1, "max": 2, "fixed": "x", "grow": 1, "port": "http",
              "since": "2021-01-01T00:00:00Z", "my-map": {"a": "b"}, "items": [{"id": "a", "n": 1}]}}
            """, "")).isEmpty();
    }

    @Test
    void saysWhichRuleIsBroken() {
        assertThat(validate("{\"metadata\": {\"name\": \"bad\"}, \"spec\": {\"min\": 200, \"max\": 150}}", ""))
                .containsExactly(
                        "<nil>: Invalid value: no such name",
                        "<nil>: Invalid value: failed rule: !has(self.spec) || self.spec.min <=" + " self.spec.max",
                        "spec.max: Forbidden: max is 150");
        assertThat(validate(
                        "{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"min\": 1, \"max\": 2, \"since\":"
                                + " \"2019-01-01T00:00:00Z\", \"port\": 0, \"my-map\": {\"k\": \"long\"}}}",
                        ""))
                .containsExactly(
                        "spec.since: Invalid value: \"2019-01-01T00:00:00Z\": failed rule: self > timestamp('2020-01-01T00:00:00Z')",
                        "spec.port: Invalid value: 0: failed rule: type(self) == string || self > 0",
                        "spec.my-map[k]: Invalid value: \"long\": failed rule: self.size() < 4");
    }

    @Test
    void saysWhatFails() {
        assertThat(validate("{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"min\": 1}}", ""))
                .containsExactly(
                        "<nil>: Invalid value: \"object\": no such key: max evaluating rule: !has(self.spec) ||"
                                + " self.spec.min <= self.spec.max",
                        "spec: Invalid value: \"object\": no such key: max evaluating rule: self.max < 100");
    }

    @Test
    void comparesWithTheOldValueOfTheSamePlace() {
        String old =
                "{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"min\": 1, \"max\": 2, \"fixed\": \"x\", \"grow\": 5,"
                        + " \"items\": [{\"id\": \"a\", \"n\": 1}, {\"id\": \"b\", \"n\": 9}]}}";
        assertThat(validate(
                        "{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"min\": 1, \"max\": 2, \"fixed\": \"y\","
                                + " \"grow\": 4, \"items\": [{\"id\": \"b\", \"n\": 2}, {\"id\": \"c\", \"n\": 0}]}}",
                        old))
                .containsExactly(
                        "spec.fixed: Invalid value: \"y\": is immutable",
                        "spec.grow: Invalid value: 4: failed rule: !oldSelf.hasValue() || self >=" + " oldSelf.value()",
                        "spec.items[0].n: Invalid value: 2: failed rule: self >= oldSelf");
        assertThat(validate(old, old)).isEmpty();
    }

    @Test
    void forgivesWhatWasWrongBeforeAndDidNotChange() {
        String old = "{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"min\": 1, \"max\": 150}}";
        assertThat(validate(
                        "{\"metadata\": {\"name\": \"a\", \"labels\": {\"k\": \"v\"}}, \"spec\": {\"min\": 1, \"max\":"
                                + " 150}}",
                        old))
                .isEmpty();
        assertThat(validate("{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"min\": 2, \"max\": 150}}", old))
                .containsExactly("spec.max: Forbidden: max is 150");
    }

    @Test
    void tellsWhatItForgives() {
        JsonNode old = Json.read("{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"min\": 1, \"max\": 150}}");
        JsonNode labelled = Json.read("{\"metadata\": {\"name\": \"a\", \"labels\": {\"k\": \"v\"}},"
                + " \"spec\": {\"min\": 1, \"max\": 150}}");
        List<String> warnings = new ArrayList<>();
        assertThat(SchemaRules.compile(SCHEMA, FieldPath.root()).validate(labelled, old, warnings::add))
                .isEmpty();
        assertThat(warnings).containsExactly("spec.max: Forbidden: max is 150");
    }

    @Test
    void tellsFaultsAtTheirFieldWhateverItsName() {
        SchemaRules rules = SchemaRules.compile(Json.read("""
            {"type": "object", "properties": {"spec": {"type": "object",
              "x-kubernetes-validations": [
                {"rule": "false", "message": "one", "fieldPath": "['my-map']"},
                {"rule": "false", "message": "two", "fieldPath": ".labels['a.b']", "reason": "FieldValueDuplicate"}],
              "properties": {"my-map": {"type": "string"},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}}}}}}
            """), FieldPath.root());
        assertThat(rules.validate(Json.read("{\"spec\": {}}"), null).stream().map(FieldError::message))
                .containsExactly("spec.my-map: Invalid value: one", "spec.labels[a.b]: Duplicate value");
    }

    @Test
    void refusesRulesThatDoNotCompile() {
        assertThat(faults("{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}},"
                        + " \"x-kubernetes-validations\": [{\"rule\": \"self.b > 0\"}]}"))
                .singleElement()
                .asString()
                .startsWith(
                        "schema.x-kubernetes-validations[0].rule: Invalid value: {\"Rule\":\"self.b \\u003e 0\",\"Message\":\"\",\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\",\"OptionalOldSelf\":null}:"
                                + " compilation failed: ERROR: <input>:1:5: undefined field 'b'");
        assertThat(faults("{\"type\": \"object\", \"x-kubernetes-validations\": [{\"rule\": \"1\"}]}"))
                .containsExactly(
                        "schema.x-kubernetes-validations[0].rule: Invalid value: {\"Rule\":\"1\",\"Message\":\"\",\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\",\"OptionalOldSelf\":null}: cel expression must"
                                + " evaluate to a bool");
        assertThat(faults("{\"type\": \"object\", \"properties\": {\"l\": {\"type\": \"array\", \"items\":"
                        + " {\"type\": \"string\", \"x-kubernetes-validations\": [{\"rule\": \"self =="
                        + " oldSelf\"}]}}}}"))
                .containsExactly("schema.properties[l].items.x-kubernetes-validations[0].rule: Invalid value: \"self =="
                        + " oldSelf\": oldSelf cannot be used on the uncorrelatable portion of the schema within"
                        + " schema.properties[l]");
    }
}
