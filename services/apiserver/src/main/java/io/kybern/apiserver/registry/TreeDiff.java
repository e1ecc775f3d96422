package io.kybern.apiserver.registry;

import io.kybern.api.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What differs between two trees, as lines of a unified diff with three lines around each change. Kubernetes appends it where a whole
 * spec may not change; it writes the names that fields have in its own structs, we write those of the API.
 *
 * <p>Whoever may change an object may ask for such a diff, of trees as large as a request may be. So time and memory grow with the size
 * of the trees only: lines that are the same at the start and at the end are left aside, of what is between them no pairs are compared
 * if there are too many, and the text has an end.
 */
public final class TreeDiff {

    private static final int CONTEXT = 3;

    /** Pairs of lines that are compared at most: a thousand lines on each side, far more than a spec has; a table of 4 MB. */
    private static final int MAX_PAIRS = 1_000_000;

    /** Characters of the text at most: it stands twice in the answer, and no one reads more than some pages. */
    static final int MAX_LENGTH = 16_384;

    private TreeDiff() {}

    /**
     * The diff of two trees; empty if they are the same. Where they differ in too many lines, all lines between the first and the last
     * change went and came; a text that is too long ends with a line that says so.
     */
    public static String of(JsonNode before, JsonNode now) {
        return hunks(edits(lines(before), lines(now)));
    }

    /** A line, and whether it went, came or stayed. */
    private record Line(char mark, String text) {}

    /** The tree as it is printed, sorted by name: each field and each element on a line of its own. */
    static List<String> lines(JsonNode tree) {
        List<String> lines = new ArrayList<>();
        print(tree.isMissingNode() ? JsonNodeFactory.instance.nullNode() : tree, "", "", "", lines);
        return lines;
    }

    private static void print(JsonNode node, String indent, String start, String end, List<String> lines) {
        if (!node.isContainer() || node.isEmpty()) {
            lines.add(indent + start + Json.escaped(node) + end);
            return;
        }
        String inner = indent + "  ";
        lines.add(indent + start + (node.isObject() ? "{" : "["));
        int left = node.size();
        if (node.isObject()) {
            var fields = new TreeMap<String, JsonNode>();
            node.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
            for (var field : fields.entrySet()) {
                String name = Json.escaped(JsonNodeFactory.instance.stringNode(field.getKey()));
                print(field.getValue(), inner, name + ": ", --left == 0 ? "" : ",", lines);
            }
        } else {
            for (JsonNode element : node) {
                print(element, inner, "", --left == 0 ? "" : ",", lines);
            }
        }
        lines.add(indent + (node.isObject() ? "}" : "]") + end);
    }

    private static List<Line> edits(List<String> old, List<String> next) {
        int shorter = Math.min(old.size(), next.size());
        int head = 0;
        while (head < shorter && old.get(head).equals(next.get(head))) {
            head++;
        }
        int tail = 0;
        while (tail < shorter - head && old.get(old.size() - 1 - tail).equals(next.get(next.size() - 1 - tail))) {
            tail++;
        }
        List<Line> edits = new ArrayList<>();
        old.subList(0, head).forEach(line -> edits.add(new Line(' ', line)));
        changes(old.subList(head, old.size() - tail), next.subList(head, next.size() - tail), edits);
        old.subList(old.size() - tail, old.size()).forEach(line -> edits.add(new Line(' ', line)));
        return edits;
    }

    /** The longest common sequence stays, everything else went or came; without one where looking for it would take too long. */
    private static void changes(List<String> old, List<String> next, List<Line> edits) {
        int i = 0;
        int j = 0;
        if ((long) old.size() * next.size() <= MAX_PAIRS) {
            int[][] common = common(old, next);
            while (i < old.size() && j < next.size()) {
                if (old.get(i).equals(next.get(j))) {
                    edits.add(new Line(' ', old.get(i++)));
                    j++;
                } else if (common[i + 1][j] >= common[i][j + 1]) {
                    edits.add(new Line('-', old.get(i++)));
                } else {
                    edits.add(new Line('+', next.get(j++)));
                }
            }
        }
        old.subList(i, old.size()).forEach(line -> edits.add(new Line('-', line)));
        next.subList(j, next.size()).forEach(line -> edits.add(new Line('+', line)));
    }

    /** How many lines both have in common from the i-th of the one and the j-th of the other on. */
    private static int[][] common(List<String> old, List<String> next) {
        int[][] common = new int[old.size() + 1][next.size() + 1];
        for (int i = old.size() - 1; i >= 0; i--) {
            for (int j = next.size() - 1; j >= 0; j--) {
                common[i][j] = old.get(i).equals(next.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        return common;
    }

    private static String hunks(List<Line> edits) {
        StringBuilder text = new StringBuilder();
        Position position = new Position(0, 0);
        int at = 0;
        int first = nextChange(edits, at);
        while (first < edits.size()) {
            int last = first;
            int next = first;
            while (next < edits.size() && next - last <= 2 * CONTEXT) {
                last = next;
                next = nextChange(edits, next + 1);
            }
            int start = Math.max(at, first - CONTEXT);
            int end = Math.min(edits.size(), last + 1 + CONTEXT);
            Position from = position.after(edits.subList(at, start));
            position = from.after(edits.subList(start, end));
            text.append("@@ -%s +%s @@\n"
                    .formatted(range(from.old(), position.old()), range(from.next(), position.next())));
            for (Line line : edits.subList(start, end)) {
                text.append(line.mark()).append(line.text()).append('\n');
                if (text.length() > MAX_LENGTH) {
                    return cut(text);
                }
            }
            at = end;
            first = next;
        }
        return text.toString();
    }

    private static String cut(StringBuilder text) {
        boolean splits = Character.isHighSurrogate(text.charAt(MAX_LENGTH - 1));
        text.setLength(splits ? MAX_LENGTH - 1 : MAX_LENGTH);
        return text.append("\n... (the rest is left out)\n").toString();
    }

    private static int nextChange(List<Line> edits, int from) {
        int at = from;
        while (at < edits.size() && edits.get(at).mark() == ' ') {
            at++;
        }
        return at;
    }

    /** How many lines of each tree are behind. */
    private record Position(int old, int next) {

        private Position after(List<Line> lines) {
            int gone = 0;
            int come = 0;
            for (Line line : lines) {
                gone += line.mark() == '-' ? 1 : 0;
                come += line.mark() == '+' ? 1 : 0;
            }
            return new Position(old + lines.size() - come, next + lines.size() - gone);
        }
    }

    /** Some lines of a tree, as a diff names them: counted from one, and without their number if it is one. */
    private static String range(int from, int to) {
        if (to - from == 1) {
            return String.valueOf(to);
        }
        return (to == from ? from : from + 1) + "," + (to - from);
    }
}
