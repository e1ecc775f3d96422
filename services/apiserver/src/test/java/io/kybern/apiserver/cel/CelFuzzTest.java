package io.kybern.apiserver.cel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cel.common.types.SimpleType;
import io.kybern.api.Json;
import io.kybern.testing.PropertySeeds;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is written, and whatever it is evaluated on: there is a value, or a failure of the one kind that callers know. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CelFuzzTest {

    private static final List<String> WORDS = List.of(
            "self",
            ".a",
            ".b.c",
            "[0]",
            "['k']",
            " + ",
            " == ",
            " && ",
            " || ",
            " ? ",
            " : ",
            "1",
            "-1",
            "1.5",
            "'t'",
            "null",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ".size()",
            ".all(x, x > 1)",
            ".exists(x, x == self)",
            ".map(x, [x, self])",
            ".sum()",
            ".max()",
            ".find('(')",
            ".format([self])",
            "duration('1s')",
            "timestamp('x')",
            "quantity(self.a)",
            "ip('::')",
            "string(self)",
            "int(self.b)",
            "dyn(",
            ".?a",
            "optional.of(",
            "has(self.a)",
            "in ",
            "!",
            "\"\\u00e9\"",
            "9223372036854775807",
            " % ",
            " / ",
            "type(",
            ".split('')",
            ".replace('', 'xx')",
            "self.b.c.map(x, self)");

    static LongStream seeds() {
        return PropertySeeds.of(2);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void neverThrowsAnythingElse(long seed) {
        Random random = new Random(seed);
        CelCompiler compiler = new CelCompiler(Map.of("self", SimpleType.DYN), List.of());
        List<Object> values = List.of(
                CelValues.of(Json.read("{\"a\": \"1\", \"b\": {\"c\": [1, 2.5, null, \"t\"]}, \"k\": true}")),
                CelValues.of(Json.read("[1, [2], {\"a\": null}]")),
                CelValues.of(Json.read("\"text\"")),
                CelValues.nothing());
        int compiled = 0;
        for (int i = 0; i < 1500; i++) {
            StringBuilder expression = new StringBuilder("self");
            int length = random.nextInt(6);
            for (int j = 0; j < length; j++) {
                expression.append(WORDS.get(random.nextInt(WORDS.size())));
            }
            try {
                CelProgram program = compiler.compile(expression.toString());
                compiled++;
                CelBudget budget = CelBudget.perObject();
                program.evaluate(Map.of("self", values.get(random.nextInt(values.size()))), budget);
            } catch (CelException e) {
                assertThat(e.text()).as("seed %d: %s", seed, expression).isNotBlank();
            }
        }
        assertThat(compiled).as("seed %d", seed).isPositive();
    }
}
