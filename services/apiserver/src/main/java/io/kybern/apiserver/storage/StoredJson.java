package io.kybern.apiserver.storage;

import io.kybern.api.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The bytes that are stored for an object: its JSON without {@code metadata.resourceVersion} and with sorted properties, so
 * that two equal objects have equal bytes. The revision, which is the resource version, is spliced in when they are read.
 */
public final class StoredJson {

    private static final JsonMapper SORTED = Json.mapper()
            .rebuild()
            .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
            .build();
    private static final byte[] METADATA = "\"metadata\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] VERSION = "\"resourceVersion\":\"".getBytes(StandardCharsets.US_ASCII);

    private StoredJson() {}

    /** Encodes an object for the store; the object is not changed. */
    public static byte[] encode(ObjectNode object) {
        if (object.get("metadata") instanceof ObjectNode metadata && metadata.has("resourceVersion")) {
            ObjectNode bare = Json.object();
            bare.setAll(object);
            ObjectNode bareMetadata = Json.object();
            bareMetadata.setAll(metadata);
            bareMetadata.remove("resourceVersion");
            bare.set("metadata", bareMetadata);
            return SORTED.writeValueAsBytes(bare);
        }
        return SORTED.writeValueAsBytes(object);
    }

    /**
     * Splices the resource version in, as the first property of the metadata.
     *
     * @param json what {@link #encode} made
     * @throws StorageException.Corrupt if there is no metadata object at the top level
     */
    public static byte[] withRevision(byte[] json, long revision) {
        int at = metadataStart(json);
        byte[] digits = Long.toString(revision).getBytes(StandardCharsets.US_ASCII);
        boolean empty = json[at] == '}';
        byte[] spliced = new byte[json.length + VERSION.length + digits.length + (empty ? 1 : 2)];
        System.arraycopy(json, 0, spliced, 0, at);
        int to = at;
        System.arraycopy(VERSION, 0, spliced, to, VERSION.length);
        to += VERSION.length;
        System.arraycopy(digits, 0, spliced, to, digits.length);
        to += digits.length;
        spliced[to++] = '"';
        if (!empty) {
            spliced[to++] = ',';
        }
        System.arraycopy(json, at, spliced, to, json.length - at);
        return spliced;
    }

    /**
     * Exchanges the resource version that {@link #withRevision} put in for another one.
     *
     * @param encoded what {@link #withRevision} made
     */
    public static byte[] atRevision(byte[] encoded, long revision) {
        int at = metadataStart(encoded) + VERSION.length;
        int end = at;
        while (encoded[end] != '"') {
            end++;
        }
        byte[] digits = Long.toString(revision).getBytes(StandardCharsets.US_ASCII);
        byte[] exchanged = new byte[encoded.length - (end - at) + digits.length];
        System.arraycopy(encoded, 0, exchanged, 0, at);
        System.arraycopy(digits, 0, exchanged, at, digits.length);
        System.arraycopy(encoded, end, exchanged, at + digits.length, encoded.length - end);
        return exchanged;
    }

    /** The position after the opening brace of the top level's metadata. */
    private static int metadataStart(byte[] json) {
        int depth = 0;
        for (int i = 0; i < json.length; i++) {
            switch (json[i]) {
                case '{', '[' -> depth++;
                case '}', ']' -> depth--;
                case '"' -> {
                    int end = endOfString(json, i);
                    if (depth == 1 && isMetadata(json, i, end)) {
                        return end + 3;
                    }
                    i = end;
                }
                default -> {}
            }
        }
        throw StorageException.corrupt("the stored JSON has no metadata: it must begin with an object that has one");
    }

    private static boolean isMetadata(byte[] json, int start, int end) {
        return Arrays.equals(json, start, end + 1, METADATA, 0, METADATA.length)
                && end + 3 < json.length
                && json[end + 1] == ':'
                && json[end + 2] == '{';
    }

    private static int endOfString(byte[] json, int start) {
        for (int i = start + 1; i < json.length; i++) {
            if (json[i] == '\\') {
                i++;
            } else if (json[i] == '"') {
                return i;
            }
        }
        throw StorageException.corrupt("the stored JSON ends within a string");
    }
}
