package io.kybern.controller.client;

/** How the API server is to read the body of a PATCH. */
public enum PatchType {
    /** RFC 7386. */
    MERGE("application/merge-patch+json"),
    /** Lists merge by the keys of the type's schema. */
    STRATEGIC("application/strategic-merge-patch+json"),
    /** RFC 6902. */
    JSON("application/json-patch+json");

    private final String mediaType;

    PatchType(String mediaType) {
        this.mediaType = mediaType;
    }

    String mediaType() {
        return mediaType;
    }
}
