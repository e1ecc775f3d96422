package io.kybern.apiserver.cel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cel.common.types.CelType;
import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The numbers are those of Kubernetes' estimator for the same schemas. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CostEstimatorTest {

    private static final String TRY =
            " (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where"
                    + " arrays, maps, and strings are declared)";

    private static long cost(String schema, String rule) {
        SchemaType.Declared declared =
                SchemaType.declare(Json.read(schema.replace('\'', '"')), false).orElseThrow();
        CelType self = declared.root().type();
        return new CelCompiler(Map.of("self", self, "oldSelf", self), declared.types())
                .compile(rule)
                .worstCase(declared.root());
    }

    private static List<String> faults(String schema) {
        return SchemaRules.declare(Json.read(schema.replace('\'', '"')), FieldPath.of("schema"), false).stream()
                .map(FieldError::message)
                .toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
        {'type':'array',ITEMS'items':{'type':'number'}} | self.all(x, true) | 4718591 | 10 | 32
        {'type':'array',ITEMS'items':{'type':'string'}} | self.all(x, true) | 3145727 | 20 | 62
        {'type':'array',ITEMS'items':{'type':'boolean'}} | self.all(x, true) | 1887437 | 5 | 17
        {'type':'array',ITEMS'items':{'type':'array','items':{'type':'number'}}} | self.all(x, true) | 3145727 | 100 | 302
        {'type':'array',ITEMS'items':{'type':'object','required':['required'],'properties':{'required':{'type':'string'},'optional':{'type':'string'}}}} | self.all(x, true) | 555128 | 50 | 152
        {'type':'object',ENTRIES'additionalProperties':{'type':'number'}} | self.all(x, true) | 1348169 | 10 | 32
        {'type':'object',ENTRIES'additionalProperties':{'type':'string'}} | self.all(x, true) | 1179647 | 3 | 11
        {'type':'object',ENTRIES'additionalProperties':{'type':'boolean'}} | self.all(x, true) | 943718 | 100 | 302
        {'type':'string',LENGTH'description':''} | self.contains('test') | 314574 | 10 | 5
        {'type':'string',LENGTH'description':''} | self.startsWith('test') | 2 | 15 | 2
        {'type':'string',LENGTH'description':''} | size(self + 'hello') > size('hello') | 314578 | 4 | 7
        {'type':'array',ITEMS'items':{'type':'number'}} | self[1] == 0.0 | 2 | 5000 | 2
        {'type':'array',ITEMS'items':{'type':'string'}} | self[1] == self[1] | 314577 | 8 | 314577
        {'type':'string',LENGTH'description':''} | self.matches('x') | 314574 | 50 | 22
        {'type':'string',LENGTH'description':''} | ''.matches('(((((((((())))))))))[0-9]') | 7 | 10 | 7
        {'type':'string',LENGTH'description':''} | self.matches('') | 1 | 100 | 1
        {'type':'object',ENTRIES'additionalProperties':{'type':'string',LENGTH'description':''}} | self.all(x, x.contains(self[x])) | 2752507 | 10 | 72
        {'type':'object',ENTRIES'additionalProperties':{'type':'number'}} | self['x'] == 0.0 | 2 | 0 | 2
        {'type':'string',LENGTH'description':''} | self == 'x' | 2 | 0 | 1
        {'type':'string','format':'byte',LENGTH'description':''} | self == b'x' | 2 | 0 | 1
        {'type':'array',ITEMS'items':{'type':'number'}} | self.all(x, x == 0.0) | 6291454 | 6291456 | 25165826
        {'type':'array',ITEMS'items':{'type':'object',ENTRIES'additionalProperties':{'type':'object','required':['required'],'properties':{'required':{'type':'string'},'optional':{'type':'string'}}}}} | self.all(x, x['y'].required == 'z') | 7340027 | 10 | 72
        {'type':'array','items':{'type':'object',ENTRIES'additionalProperties':{'type':'object','required':['required'],'properties':{'required':{'type':'string'},'optional':{'type':'string'}}}}} | self.all(x, x['y'].required == 'z') | 7340027 | 10 | 7340027
        {'type':'array',ITEMS'items':{'x-kubernetes-int-or-string':true}} | self.all(x, true) | 4718591 | 10 | 32
        {'type':'array',ITEMS'items':{'x-kubernetes-int-or-string':true}} | self[0] == 5 | 3 | 10 | 3
        {'type':'array',ITEMS'items':{'type':'object','required':['required'],'properties':{'required':{'type':'string'},'optional':{'type':'string'}}}} | self[0] == null | 2 | 422 | 2
        {'type':'array',ITEMS'items':{'type':'array','items':{'type':'number'}}} | self[0][0] == -1.0 | 3 | 51 | 3
        {'type':'array',ITEMS'items':{'type':'object','additionalProperties':{'type':'number'}}} | self.all(x, x.y == 25.2) | 6291452 | 12 | 74
        {'type':'array',ITEMS'items':{'type':'object','additionalProperties':{'type':'number'}}} | self[0].x > 2.0 | 4 | 3000 | 4
        {'type':'array',ITEMS'items':{'type':'string','format':'duration'}} | self.all(x, true) | 2359295 | 5 | 17
        {'type':'array',ITEMS'items':{'type':'string','format':'duration'}} | self[0].getHours() == 2 | 4 | 525 | 4
        {'type':'array',ITEMS'items':{'type':'string','format':'date'}} | self.all(x, true) | 725936 | 15 | 47
        {'type':'array',ITEMS'items':{'type':'string','format':'date-time'}} | self.all(x, true) | 428963 | 25 | 77
        {'type':'object',ENTRIES'additionalProperties':{'x-kubernetes-int-or-string':true}} | self.all(x, true) | 1348169 | 15 | 47
        {'type':'object',ENTRIES'additionalProperties':{'type':'string','format':'date-time'}} | self.all(x, true) | 349526 | 25 | 77
        {'type':'string',LENGTH'description':''} | self.find('[0-9]+') == '' | 629147 | 10 | 11
        {'type':'array',ITEMS'items':{'type':'string',LENGTH'description':''}} | self.join(' ') == 'aa bb' | 329853068905 | 10 | 43
        {'type':'array',ITEMS'items':{'type':'string',LENGTH'description':''}} | self.isSorted() == true | 329854432052 | 10 | 52
        {'type':'object','properties':{'str':{'type':'string',LENGTH'description':''},'before':{'type':'string','maxLength':2},'after':{'type':'string','maxLength':4}}} | self.str.replace(self.before, self.after) == 'does not matter' | 629154 | 4 | 12
        {'type':'object','properties':{'str':{'type':'string',LENGTH'description':''},'separator':{'type':'string',LENGTH'description':''}}} | self.str.split(self.separator) == [] | 629160 | 10 | 22
        {'type':'string',LENGTH'description':''} | self.lowerAscii() == 'lower!' | 314575 | 10 | 6
        {'type':'object',ENTRIES'additionalProperties':{'type':'integer'}} | oldSelf.size() == self.size() | 5 | 10 | 5
        {'type':'object',ENTRIES'additionalProperties':{'type':'string','format':'date-time'}} | self['a'] == self['b'] | 8 | 7 | 8
        {'type':'object',ENTRIES'additionalProperties':{'type':'string','format':'duration'}} | self['c'] == self['d'] | 8 | 42 | 8
        {'type':'string',LENGTH'enum':['A','B','C','LongValue']} | self.contains('A') | 2 | 1000 | 401
        {LENGTH'x-kubernetes-int-or-string':true} | isQuantity(self) | 314574 | 20 | 9
        """)
    void reckonsWithTheSizesThatTheSchemaAllows(String schema, String rule, long open, int limit, long limited) {
        assertThat(cost(limited(schema, -1), rule)).as("without a limit").isEqualTo(open);
        assertThat(cost(limited(schema, limit), rule)).as("with a limit").isEqualTo(limited);
    }

    private static String limited(String schema, int limit) {
        String limits = limit < 0 ? "" : "'%s':" + limit + ",";
        return schema.replace("ITEMS", limits.replace("%s", "maxItems"))
                .replace("ENTRIES", limits.replace("%s", "maxProperties"))
                .replace("LENGTH", limits.replace("%s", "maxLength"));
    }

    @Test
    void refusesRulesThatMayCostTooMuch() {
        String rule = "'x-kubernetes-validations':[{'rule':'self.all(x, self.all(y, x != y))'}]";
        String list =
                "{'type':'object','properties':{'l':{'type':'array',%s'items':{'type':'string'%s}," + rule + "}}}";
        String path = "schema.properties[l].x-kubernetes-validations[0].rule: Forbidden: ";
        assertThat(faults(list.formatted("", "")))
                .containsExactly(
                        path + "estimated rule cost exceeds budget by factor of more than 100x" + TRY,
                        path + "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3"
                                + " schema",
                        "schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3"
                                + " schema exceeds budget by factor of more than 100x" + TRY);
        assertThat(faults(list.formatted("'maxItems':500,", ",'maxLength':100")))
                .containsExactly(path + "estimated rule cost exceeds budget by factor of 1.125250x" + TRY);
        assertThat(faults(list.formatted("'maxItems':100,", ",'maxLength':100")))
                .isEmpty();
    }

    @Test
    void countsARuleAsOftenAsItsPlaceMayOccur() {
        String rules = "{'type':'object','properties':{'l':{'type':'array',%s'items':{'type':'object','properties':"
                + "{'s':{'type':'string','maxLength':1000,'x-kubernetes-validations':[{'rule':'self.contains(\\\\'abc\\\\')'}]}}}}}}";
        assertThat(faults(rules.formatted("'maxItems':100,").replace("\\\\'", "\\u0027")))
                .isEmpty();
        assertThat(faults(rules.formatted("").replace("\\\\'", "\\u0027")))
                .hasSize(3)
                .first()
                .asString()
                .contains("estimated rule cost exceeds budget by factor of");
    }

    @Test
    void acceptsWhatWasAcceptedBefore() {
        JsonNode schema = Json.read("{\"type\":\"object\",\"properties\":{\"l\":{\"type\":\"array\",\"maxItems\":500,"
                + "\"items\":{\"type\":\"string\",\"maxLength\":100},\"x-kubernetes-validations\":[{\"rule\":"
                + "\"self.all(x, self.all(y, x != y))\"}]}}}");
        assertThat(SchemaRules.declare(schema, FieldPath.of("schema"), false)).hasSize(1);
        assertThat(SchemaRules.declare(schema, FieldPath.of("schema"), true)).isEmpty();
    }
}
