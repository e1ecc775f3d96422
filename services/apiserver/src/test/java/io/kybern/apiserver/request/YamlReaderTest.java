package io.kybern.apiserver.request;

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

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class YamlReaderTest {

    private static String json(String yaml) {
        return Json.string(YamlReader.read(yaml.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        yes         | true
        n           | false
        "yes"       | "yes"
        'no'        | "no"
        True        | true
        ~           | null
        null        | null
        0644        | 420
        0x1f        | 31
        0b11        | 3
        08          | 8
        1_000       | 1000
        -5          | -5
        1.50        | 1.5
        1.0         | 1
        1e3         | 1000
        .5          | 0.5
        18446744073709551615 | 18446744073709551615
        !!str 5     | "5"
        !!binary aGk= | "hi"
        2026-01-01  | "2026-01-01"
        1.2.3       | "1.2.3"
        10.0.0.1    | "10.0.0.1"
        100m        | "100m"
        """)
    void readsScalarsAsKubernetesDoes(String yaml, String json) {
        assertThat(json("a: " + yaml)).isEqualTo("{\"a\":" + json + "}");
    }

    @Test
    void anAliasStandsForWhatItsAnchorNames() {
        assertThat(json("""
                a: &labels {app: x, tier: 1}
                b: *labels
                c: &name text
                d: [*name, *name]
                """))
                .isEqualTo("{\"a\":{\"app\":\"x\",\"tier\":1},\"b\":{\"app\":\"x\",\"tier\":1},\"c\":\"text\","
                        + "\"d\":[\"text\",\"text\"]}");
    }

    @Test
    void mergesMappingsBelowWhatStandsThere() {
        assertThat(json("""
                base: &base {a: 1, b: 2}
                more: &more {b: 3, c: 4}
                one: {<<: *base, a: 9}
                two: {<<: [*base, *more]}
                """))
                .isEqualTo("{\"base\":{\"a\":1,\"b\":2},\"more\":{\"b\":3,\"c\":4},\"one\":{\"a\":9,\"b\":2},"
                        + "\"two\":{\"a\":1,\"b\":2,\"c\":4}}");
        assertThat(json("\"<<\": 1")).isEqualTo("{\"<<\":1}");
        assertThatThrownBy(() -> json("<<: 1")).hasMessage("map merge requires map or sequence of maps as the value");
    }

    @Test
    void ofSeveralDocumentsTheFirstOneCounts() {
        assertThat(json("a: 1\n---\nb: 2\n")).isEqualTo("{\"a\":1}");
        assertThat(json("---\na: 1\n...\n")).isEqualTo("{\"a\":1}");
        assertThat(json("a: 1\n---\n{{{")).isEqualTo("{\"a\":1}");
        assertThat(json("# nothing\n")).isEqualTo("null");
    }

    @Test
    void refusesAliasesOfAliasesThatGrowWithoutEnd() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++) {
            bomb.append("a").append(i).append(": &a").append(i).append(" [");
            for (int j = 0; j < 10; j++) {
                bomb.append(j == 0 ? "*a" : ", *a").append(i - 1);
            }
            bomb.append("]\n");
        }
        assertThatThrownBy(() -> json(bomb.toString())).hasMessage("document contains excessive aliasing");
        assertThatThrownBy(() -> json("a: &x [" + "*x" + "]")).hasMessage("anchor 'x' value contains itself");
        assertThatThrownBy(() -> json("a: *x")).hasMessage("unknown anchor 'x' referenced");
        assertThatThrownBy(() -> json("[".repeat(2000))).isInstanceOf(YamlException.class);
    }

    @Test
    void whatAliasesMakeTooDeepIsTheSendersFault() {
        StringBuilder deep = new StringBuilder("a0: &a0 x\n");
        for (int i = 1; i <= 20; i++) {
            deep.append("a%d: &a%d %s*a%d %s\n".formatted(i, i, "[".repeat(100), i - 1, "]".repeat(100)));
        }
        byte[] yaml = deep.toString().getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> YamlText.toJson(yaml, new GroupVersionKind("", "v1", "ConfigMap")))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status().code()).isEqualTo(400));
        assertThatThrownBy(() -> YamlPatch.read(yaml))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status().code()).isEqualTo(400));
    }

    @Test
    void saysWhereItIsNotYaml() {
        assertThatThrownBy(() -> json("a: 1\nb: c: d\n"))
                .hasMessageStartingWith("line 2: mapping values are not allowed");
        assertThat(YamlReader.duplicates("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n".getBytes(StandardCharsets.UTF_8)))
                .containsExactly("line 4: key \"c\" already set in map", "line 5: key \"a\" already set in map");
    }
}
