package io.kybern.schema;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** How large a part of a document is that a patch wants to copy, found without recursion: patches can nest as deep as they like. */
final class CopySize {

    /** Deeper than any parser accepts, and what no recursion over trees should be asked for. */
    private static final int MAX_DEPTH = 1000;

    private static final int SCALAR_BYTES = 4;

    private CopySize() {}

    /** About as many bytes as it has as JSON. */
    static long of(JsonNode value) throws PatchException {
        long size = 0;
        Deque<JsonNode> level = new ArrayDeque<>();
        level.add(value);
        for (int depth = 0; !level.isEmpty(); depth++) {
            if (depth > MAX_DEPTH) {
                throw PatchException.notApplicable("exceeded max depth");
            }
            Deque<JsonNode> below = new ArrayDeque<>();
            for (JsonNode node : level) {
                if (node.isContainer()) {
                    size += 2;
                    for (Map.Entry<String, JsonNode> field : node.properties()) {
                        size += field.getKey().length() + SCALAR_BYTES;
                    }
                    size += node.size();
                    node.forEach(below::add);
                } else {
                    size += node.isString() ? node.asString().length() + 2 : SCALAR_BYTES;
                }
            }
            level = below;
        }
        return size;
    }
}
