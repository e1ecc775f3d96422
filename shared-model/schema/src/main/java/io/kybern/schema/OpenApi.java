package io.kybern.schema;

import io.kybern.api.ResourceRegistry;
import java.util.Optional;

/** The OpenAPI documents that the API server publishes. */
public final class OpenApi {

    public OpenApi(SchemaCatalog catalog, ResourceRegistry registry) {}

    /** The whole API as one OpenAPI 2 document, JSON. */
    public byte[] v2() {
        throw new UnsupportedOperationException();
    }

    /** What {@code /openapi/v3} answers: the path of each group version's document with its hash. */
    public byte[] v3Index() {
        throw new UnsupportedOperationException();
    }

    /** The OpenAPI 3 document of one group version, for example of {@code apis/apps/v1}; empty if there is none. */
    public Optional<byte[]> v3(String groupVersionPath) {
        throw new UnsupportedOperationException();
    }
}
