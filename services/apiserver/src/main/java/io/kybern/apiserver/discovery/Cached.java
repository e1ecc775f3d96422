package io.kybern.apiserver.discovery;

import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A document that clients keep: it has a tag, and a client that shows the tag is told that nothing changed.
 *
 * @param contentType its media type
 * @param body the document
 * @param tag the hash of the document, without quotes
 */
record Cached(String contentType, byte[] body, String tag) {

    private static final byte[] NOTHING = new byte[0];

    static Cached of(String contentType, byte[] body) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-512").digest(body);
            return new Cached(contentType, body, HexFormat.of().formatHex(hash).toUpperCase(Locale.ROOT));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK lacks SHA-512", e);
        }
    }

    ApiResponse answer(ApiRequest request) {
        return answer(request, Map.of());
    }

    /** An answer with further headers. */
    ApiResponse answer(ApiRequest request, Map<String, String> more) {
        Map<String, String> headers = new LinkedHashMap<>(more);
        headers.put("ETag", "\"" + tag + "\"");
        headers.put("Vary", "Accept");
        if (request.header("If-None-Match").replace("\"", "").equals(tag)) {
            return new ApiResponse.Complete(304, "", NOTHING, headers);
        }
        return new ApiResponse.Complete(200, contentType, body, headers);
    }
}
