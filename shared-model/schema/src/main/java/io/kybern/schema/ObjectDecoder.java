package io.kybern.schema;

import io.kybern.api.GroupVersionKind;

/** Reads request bodies as objects of a type, as Kubernetes' decoder does. */
public final class ObjectDecoder {

    private final SchemaCatalog catalog;

    public ObjectDecoder(SchemaCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Reads a body that should be an object of the kind. An absent {@code apiVersion} or {@code kind} is filled in.
     *
     * @throws io.kybern.api.status.ApiException 400 in Kubernetes' wording if it is something else
     */
    public Decoded decode(byte[] json, GroupVersionKind expected) {
        throw new UnsupportedOperationException();
    }

    /**
     * The same against a given schema, for types that are not in the catalog.
     *
     * @throws io.kybern.api.status.ApiException 400 in Kubernetes' wording
     */
    public Decoded decode(byte[] json, GroupVersionKind expected, Schema schema) {
        throw new UnsupportedOperationException();
    }
}
