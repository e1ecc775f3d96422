package io.kybern.schema;

import tools.jackson.databind.JsonNode;

/** JSON patch (RFC 6902) as the Kubernetes API server applies it. */
public final class JsonPatch {

    private JsonPatch() {}

    /** Answers the patched document; neither argument is changed. */
    public static JsonNode apply(JsonNode target, JsonNode operations) throws PatchException {
        throw new UnsupportedOperationException();
    }
}
