package io.kybern.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** The diff of two trees leads from the one to the other, and its cost is bounded. */
@Timeout(60)
final class TreeDiffTest {

    private static final Pattern HUNK = Pattern.compile("@@ -(\\d+)(?:,(\\d+))? \\+(\\d+)(?:,(\\d+))? @@");

    @Test
    void eachElementStandsOnALineOfItsOwn() {
        assertThat(TreeDiff.of(
                        Json.read("{\"name\":\"c\",\"args\":[\"a\",\"b\"],\"env\":[],\"x\":{}}"),
                        Json.read("{\"name\":\"c\",\"args\":[\"a\",\"<c>\"],\"env\":[],\"x\":{}}")))
                .isEqualTo("""
                        @@ -1,7 +1,7 @@
                         {
                           "args": [
                             "a",
                        -    "b"
                        +    "\\u003cc\\u003e"
                           ],
                           "env": [],
                           "name": "c",
                        """);
    }

    @Test
    void whatGoesAtTheEndIsTold() {
        assertThat(TreeDiff.of(Json.read("[1,2,3]"), Json.read("[1]"))).isEqualTo("""
                        @@ -1,5 +1,3 @@
                         [
                        -  1,
                        -  2,
                        -  3
                        +  1
                         ]
                        """);
        assertThat(TreeDiff.of(Json.read("{\"a\":1}"), MissingNode.getInstance()))
                .isEqualTo("""
                        @@ -1,3 +1 @@
                        -{
                        -  "a": 1
                        -}
                        +null
                        """);
    }

    @Test
    void sameTreesHaveNoDiffWhateverTheOrderOfTheirFields() {
        assertThat(TreeDiff.of(Json.read("{\"a\":1,\"b\":2}"), Json.read("{\"b\":2,\"a\":1}")))
                .isEmpty();
    }

    @Test
    void applyingADiffLeadsFromTheOneTreeToTheOther() {
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            JsonNode before = tree(random, 4);
            JsonNode now = random.nextBoolean() ? tree(random, 4) : changed(before, random);
            assertThat(applied(TreeDiff.lines(before), TreeDiff.of(before, now)))
                    .as("seed %d: %s to %s", seed, before, now)
                    .isEqualTo(TreeDiff.lines(now));
        }
    }

    private static JsonNode tree(Random random, int depth) {
        int kind = random.nextInt(depth == 0 ? 1 : 3);
        if (kind == 0) {
            return Json.read(String.valueOf(random.nextInt(3)));
        }
        int size = random.nextInt(6);
        if (kind == 1) {
            ArrayNode array = Json.array();
            for (int i = 0; i < size; i++) {
                array.add(tree(random, depth - 1));
            }
            return array;
        }
        ObjectNode object = Json.object();
        for (int i = 0; i < size; i++) {
            object.set("f" + random.nextInt(9), tree(random, depth - 1));
        }
        return object;
    }

    /** The tree with other values here and there, so that the changes lie apart. */
    private static JsonNode changed(JsonNode tree, Random random) {
        if (random.nextInt(8) == 0) {
            return tree(random, 1);
        }
        if (tree instanceof ObjectNode object) {
            ObjectNode copy = Json.object();
            object.properties().forEach(field -> copy.set(field.getKey(), changed(field.getValue(), random)));
            return copy;
        }
        if (tree instanceof ArrayNode array) {
            ArrayNode copy = Json.array();
            array.forEach(each -> copy.add(changed(each, random)));
            return copy;
        }
        return tree;
    }

    /** What a reader of unified diffs makes of the old lines; it insists on the positions that each hunk names. */
    private static List<String> applied(List<String> old, String diff) {
        List<String> made = new ArrayList<>();
        int at = 0;
        for (String line : diff.lines().toList()) {
            Matcher hunk = HUNK.matcher(line);
            if (hunk.matches()) {
                int from = start(hunk.group(1), hunk.group(2));
                made.addAll(old.subList(at, from));
                at = from;
                assertThat(made).as(diff).hasSize(start(hunk.group(3), hunk.group(4)));
            } else if (line.charAt(0) == '+') {
                made.add(line.substring(1));
            } else {
                assertThat(old.get(at++)).as(diff).isEqualTo(line.substring(1));
                if (line.charAt(0) == ' ') {
                    made.add(line.substring(1));
                }
            }
        }
        made.addAll(old.subList(at, old.size()));
        return made;
    }

    /** How many lines are before the hunk; one without lines names the line before it. */
    private static int start(String first, String length) {
        return "0".equals(length) ? Integer.parseInt(first) : Integer.parseInt(first) - 1;
    }

    private static ObjectNode variables(String name, int count) {
        ObjectNode container = Json.object();
        ArrayNode env = container.put("image", "i").putArray("env");
        for (int i = 0; i < count; i++) {
            env.addObject().put("name", name + i);
        }
        return container;
    }

    @Test
    void treesOfManyLinesTakeNeitherLongNorMuch() {
        assertThat(TreeDiff.of(variables("A", 100_000), variables("B", 100_000)))
                .startsWith("@@ -1,")
                .contains("-      \"name\": \"A0\"\n")
                .endsWith("\n... (the rest is left out)\n")
                .hasSizeLessThan(TreeDiff.MAX_LENGTH + 100);
    }

    @Test
    void theOneChangeOfALargeTreeIsToldAsOfASmallOne() {
        ObjectNode before = variables("A", 100_000);
        ObjectNode now = before.deepCopy().put("image", "j");
        assertThat(TreeDiff.of(before, now)).hasLineCount(7).contains("-  \"image\": \"i\"\n+  \"image\": \"j\"\n");
    }

    @Test
    void manyChangesThatLieApartTakeNotLongEither() {
        ObjectNode before = variables("A", 100_000);
        ObjectNode now = before.deepCopy();
        for (int i = 0; i < 100_000; i += 10) {
            ((ObjectNode) now.path("env").get(i)).put("name", "B");
        }
        assertThat(TreeDiff.of(before, now)).hasSizeLessThan(TreeDiff.MAX_LENGTH + 100);
    }

    @Test
    void aLongLineIsCut() {
        assertThat(TreeDiff.of(Json.object().put("a", "x".repeat(1_000_000)), Json.object()))
                .hasSizeLessThan(TreeDiff.MAX_LENGTH + 100);
    }
}
