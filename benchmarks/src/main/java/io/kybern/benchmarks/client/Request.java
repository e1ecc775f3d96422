package io.kybern.benchmarks.client;

import io.kybern.api.Json;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/**
 * One request.
 *
 * @param method the HTTP method
 * @param path path and query
 * @param contentType of the body; empty if there is none
 * @param body empty if there is none
 */
public record Request(HttpMethod method, String path, String contentType, byte[] body) {

    private static final byte[] NONE = new byte[0];

    /** Reads. */
    public static Request get(String path) {
        return new Request(HttpMethod.GET, path, "", NONE);
    }

    /** Creates an object. */
    public static Request post(String path, JsonNode object) {
        return new Request(HttpMethod.POST, path, "application/json", Json.bytes(object));
    }

    /** Creates an object that is encoded already. */
    public static Request post(String path, String object) {
        return new Request(HttpMethod.POST, path, "application/json", object.getBytes(StandardCharsets.UTF_8));
    }

    /** Changes an object by a JSON merge patch. */
    public static Request mergePatch(String path, String patch) {
        return new Request(
                HttpMethod.PATCH, path, "application/merge-patch+json", patch.getBytes(StandardCharsets.UTF_8));
    }

    /** Deletes. */
    public static Request delete(String path) {
        return new Request(HttpMethod.DELETE, path, "", NONE);
    }
}
