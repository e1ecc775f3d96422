package io.kybern.apiserver.endpoints;

import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Where a list in pieces goes on; opaque to clients.
 *
 * @param revision the revision of the first piece, or -1 to go on in whatever state there is
 * @param after the last key that was answered
 */
record ContinueToken(long revision, ObjectKey after) {

    private static final String VERSION = "meta.k8s.io/v1";

    String encode() {
        byte[] json =
                Json.bytes(Json.object().put("v", VERSION).put("rv", revision).put("start", after.stored() + "\0"));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json);
    }

    /** Reads a token; a bad one is refused in the words of Kubernetes. */
    static ContinueToken decode(String token) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            throw invalid("illegal base64 data at input byte 0");
        }
        JsonNode json;
        try {
            json = Json.read(bytes);
        } catch (JacksonException e) {
            throw invalid(
                    bytes.length == 0
                            ? "unexpected end of JSON input"
                            : "invalid character '%s' looking for beginning of value"
                                    .formatted(new String(bytes, 0, 1, StandardCharsets.ISO_8859_1)));
        }
        if (!json.path("v").asString("").equals(VERSION)) {
            throw invalid("server does not recognize this encoded version \"%s\""
                    .formatted(json.path("v").asString("")));
        }
        long revision = json.path("rv").asLong(0);
        if (revision == 0) {
            throw invalid("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
        }
        String start = json.path("start").asString("");
        if (start.isEmpty()) {
            throw invalid("encoded start key empty (version meta.k8s.io/v1)");
        }
        String key = start.endsWith("\0") ? start.substring(0, start.length() - 1) : start;
        if (key.isEmpty() || key.endsWith("/")) {
            throw invalid("%s".formatted(start));
        }
        return new ContinueToken(revision, ObjectKey.parse(key));
    }

    private static ApiException invalid(String why) {
        return ApiException.badRequest("invalid continue token: continue key is not valid: " + why);
    }
}
