package io.kybern.apiserver.registry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What differs between two trees, as lines of a unified diff with three lines around each change. Kubernetes appends it where a whole
 * spec may not change; it writes the names that fields have in its own structs, we write those of the API.
 */
public final class TreeDiff {

    private static final int CONTEXT = 3;

    private TreeDiff() {}

    /** The diff of two trees; empty if they are the same. */
    public static String of(JsonNode before, JsonNode now) {
        List<String> old = lines(before);
        List<String> next = lines(now);
        return hunks(edits(old, next));
    }

    /** A line, and whether it went, came or stayed. */
    private record Line(char mark, String text) {}

    private static List<String> lines(JsonNode tree) {
        return List.of(sorted(tree).toPrettyString().replace("\r", "").split("\n", -1));
    }

    private static JsonNode sorted(JsonNode tree) {
        if (tree.isObject()) {
            var object = JsonNodeFactory.instance.objectNode();
            var fields = new TreeMap<String, JsonNode>();
            tree.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
            fields.forEach((name, value) -> object.set(name, sorted(value)));
            return object;
        }
        if (tree.isArray()) {
            var array = JsonNodeFactory.instance.arrayNode();
            tree.forEach(each -> array.add(sorted(each)));
            return array;
        }
        return tree.isMissingNode() ? JsonNodeFactory.instance.nullNode() : tree;
    }

    /** The longest common sequence stays, everything else went or came. */
    private static List<Line> edits(List<String> old, List<String> next) {
        int[][] common = new int[old.size() + 1][next.size() + 1];
        for (int i = old.size() - 1; i >= 0; i--) {
            for (int j = next.size() - 1; j >= 0; j--) {
                common[i][j] = old.get(i).equals(next.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        List<Line> edits = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < old.size() || j < next.size()) {
            if (i < old.size() && j < next.size() && old.get(i).equals(next.get(j))) {
                edits.add(new Line(' ', old.get(i++)));
                j++;
            } else if (j == next.size() || i < old.size() && common[i + 1][j] >= common[i][j + 1]) {
                edits.add(new Line('-', old.get(i++)));
            } else {
                edits.add(new Line('+', next.get(j++)));
            }
        }
        return edits;
    }

    private static String hunks(List<Line> edits) {
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (at < edits.size()) {
            int first = nextChange(edits, at);
            if (first == edits.size()) {
                break;
            }
            int last = first;
            for (int next = first;
                    next < edits.size() && next - last <= 2 * CONTEXT;
                    next = nextChange(edits, next + 1)) {
                last = next;
            }
            int start = Math.max(at, first - CONTEXT);
            int end = Math.min(edits.size(), last + 1 + CONTEXT);
            text.append("@@ -%s +%s @@\n".formatted(range(edits, start, end, '+'), range(edits, start, end, '-')));
            edits.subList(start, end)
                    .forEach(
                            line -> text.append(line.mark()).append(line.text()).append('\n'));
            at = end;
        }
        return text.toString();
    }

    private static int nextChange(List<Line> edits, int from) {
        int at = from;
        while (at < edits.size() && edits.get(at).mark() == ' ') {
            at++;
        }
        return at;
    }

    /** Where the lines are in the tree that has none of the lines with the other mark. */
    private static String range(List<Line> edits, int start, int end, char other) {
        int before = count(edits.subList(0, start), other);
        int length = count(edits.subList(start, end), other);
        if (length == 1) {
            return String.valueOf(before + 1);
        }
        return (length == 0 ? before : before + 1) + "," + length;
    }

    private static int count(List<Line> lines, char other) {
        return lines.size()
                - Collections.frequency(lines.stream().map(Line::mark).toList(), other);
    }
}
