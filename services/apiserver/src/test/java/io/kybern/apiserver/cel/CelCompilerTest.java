package io.kybern.apiserver.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cel.common.types.SimpleType;
import io.kybern.api.Json;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.Decision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CelCompilerTest {

    private static final CelCompiler COMPILER = new CelCompiler(
            Map.of(
                    "object", SimpleType.DYN,
                    "authorizer", AuthorizerFunctions.AUTHORIZER),
            List.of());

    private static Object evaluate(String expression) {
        Map<String, Object> variables = new HashMap<>();
        variables.put("object", CelValues.of(Json.read("""
            {"metadata": {"name": "x", "labels": {"a": "b"}},
             "spec": {"replicas": 3, "share": 1.5, "none": null, "list": [1, 2, 3], "cpu": "100m", "names": ["b", "a"]}}
            """)));
        variables.put(
                "authorizer",
                new AuthorizerFunctions.Asker(
                        asked -> asked.verb().equals("get")
                                        && asked.user().name().equals("ann")
                                ? Decision.allow("because")
                                : Decision.noOpinion(),
                        UserInfo.of("ann", List.of())));
        return COMPILER.compile(expression).evaluate(variables, CelBudget.perObject());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "object.spec.replicas < 5 && object.spec.replicas == 3.0",
                "has(object.spec.none) && object.spec.none == null && !has(object.spec.other)",
                "object.?spec.?other.orValue('none') == 'none'",
                "object.metadata.labels['a'] == 'b' && 'b' in object.spec.names",
                "object.spec.list.sum() == 6 && object.spec.list.max() == 3 && object.spec.list.isSorted()",
                "!object.spec.names.isSorted() && object.spec.names.indexOf('a') == 1",
                "object.spec.list.all(x, x > 0) && object.spec.list.map(x, x * 2) == [2, 4, 6]",
                "{'a': 1}.all(k, v, v == 1) && [1, 2].transformList(i, v, i + v) == [1, 3]",
                "quantity(object.spec.cpu).isLessThan(quantity('1')) && quantity('1Gi').asInteger() == 1073741824",
                "!isQuantity('x') && quantity('2').add(quantity('3')).compareTo(quantity('5')) == 0",
                "ip('192.168.0.1').family() == 4 && cidr('10.0.0.0/8').containsIP('10.1.1.1')",
                "string(ip('2001:DB8:0:0::1')) == '2001:db8::1' && !ip.isCanonical('::0')",
                "!isIP('1.2.3') && !isIP('::ffff:1.2.3.4') && isCIDR('fd00::/8') && !isCIDR('10.0.0.0/33')",
                "cidr('10.1.0.0/16').masked() == cidr('10.1.0.0/16') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
                "url('https://a.b:80/x?y=1').getHostname() == 'a.b' && url('https://a.b:80/x').getPort() == '80'",
                "url('/p?k=v&k=w').getQuery() == {'k': ['v', 'w']} && !isURL('no url')",
                "'abc 123'.find('[0-9]+') == '123' && '1 2 3'.findAll('[0-9]', 2) == ['1', '2']",
                "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v1.2', true).minor() == 2 && !isSemver('1')",
                "semver('1.0.0-alpha.1').isLessThan(semver('1.0.0'))",
                "!format.dns1123Label().validate('a').hasValue() &&"
                        + " format.named('uuid').value().validate('z').hasValue()",
                "'a-%s-%d-%.2f'.format(['b', 5, 1.5]) == 'a-b-5-1.50' && strings.quote('a\"b') == '\"a\\\\\"b\"'",
                "sets.contains([1, 2], [1]) && 'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b'",
                "timestamp('2020-01-01T00:00:00Z') > timestamp('2019-01-01T00:00:00Z') && duration('90s') =="
                        + " duration('1m30s')",
                "authorizer.group('').resource('pods').namespace('n').check('get').allowed()",
                "!authorizer.path('/healthz').check('post').allowed() && !authorizer.serviceAccount('n',"
                        + " 's').group('').resource('pods').check('get').allowed()",
            })
    void evaluatesWhatTheLibrariesOffer(String expression) {
        assertThat(evaluate(expression)).isEqualTo(true);
    }

    @Test
    void saysWhatDoesNotCompileAsKubernetesDoes() {
        assertThatThrownBy(() -> COMPILER.compile("bad"))
                .hasMessage("compilation failed: ERROR: <input>:1:1: undeclared reference to 'bad' (in container '')\n"
                        + " | bad\n"
                        + " | ^");
        assertThatThrownBy(() -> COMPILER.compile("1 +"))
                .hasMessageStartingWith(
                        "compilation failed: ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>'");
        assertThatThrownBy(() -> COMPILER.compile("1 + 'a'"))
                .hasMessageStartingWith(
                        "compilation failed: ERROR: <input>:1:3: found no matching overload for '_+_' applied to"
                                + " '(int, string)'\n");
        assertThatThrownBy(() -> COMPILER.compileCondition("1")).hasMessage("must evaluate to bool");
    }

    @Test
    void saysWhatFailsAsKubernetesDoes() {
        assertThatThrownBy(() -> evaluate("object.spec.other")).hasMessage("no such key: other");
        assertThatThrownBy(() -> evaluate("object.spec + 1")).hasMessage("no such overload");
        assertThatThrownBy(() -> evaluate("object.spec.list[7]")).hasMessage("index out of bounds: 7");
        assertThatThrownBy(() -> evaluate("1 / 0")).hasMessage("division by zero");
        assertThatThrownBy(() -> evaluate("[].min()")).hasMessage("min called on empty list");
    }

    @Test
    void stopsWhatCostsTooMuchThoughAnOperatorWouldSwallowIt() {
        String loops = "[1,2,3,4,5,6,7,8,9,10]";
        String costly = "%s.all(a, %s.all(b, %s.all(c, %s.all(d, %s.all(e, %s.all(f, a + b + c + d + e + f > 0))))))"
                .formatted(loops, loops, loops, loops, loops, loops);
        CelBudget budget = CelBudget.perObject();
        assertThatThrownBy(() -> COMPILER.compile(costly + " || true").evaluate(Map.of(), budget))
                .isInstanceOfSatisfying(
                        CelException.class, e -> assertThat(e.kind()).isEqualTo(CelException.Kind.COST));
        assertThat(budget.exhausted()).isFalse();
    }
}
