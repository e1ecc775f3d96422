package io.kybern.schema;

import java.util.StringJoiner;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Prints values in messages as the original's print verbs do. */
public final class GoText {

    private GoText() {}

    /** A string in double quotes. */
    static String quoted(String text) {
        return '"' + escaped(text) + '"';
    }

    /** What stands between the quotes. */
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 8);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> escaped.append("\\\"");
                case '\\' -> escaped.append("\\\\");
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                case '\b' -> escaped.append("\\b");
                case '\f' -> escaped.append("\\f");
                case 7 -> escaped.append("\\a");
                case 11 -> escaped.append("\\v");
                default -> {
                    if (c < ' ' || c == 0x7f) {
                        escaped.append("\\x%02x".formatted((int) c));
                    } else if (c >= 0x80 && c <= 0xa0) {
                        escaped.append("\\u%04x".formatted((int) c));
                    } else {
                        escaped.append(c);
                    }
                }
            }
        }
        return escaped.toString();
    }

    /** What a JSON value is called. */
    static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> "object";
            case ARRAY -> "array";
            case STRING -> "string";
            case BOOLEAN -> "bool";
            default -> "number";
        };
    }

    /** A tree in its plain form: {@code map[image:i ports:[80]]}, keys sorted. */
    public static String plain(JsonNode node) {
        if (node.isObject()) {
            TreeMap<String, JsonNode> sorted = new TreeMap<>();
            node.properties().forEach(each -> sorted.put(each.getKey(), each.getValue()));
            StringJoiner joined = new StringJoiner(" ", "map[", "]");
            sorted.forEach((name, value) -> joined.add(name + ":" + plain(value)));
            return joined.toString();
        }
        if (node.isArray()) {
            StringJoiner joined = new StringJoiner(" ", "[", "]");
            node.forEach(element -> joined.add(plain(element)));
            return joined.toString();
        }
        return node.isNull() ? "<nil>" : node.asString();
    }
}
