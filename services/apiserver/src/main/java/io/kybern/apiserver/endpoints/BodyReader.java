package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.endpoints.WriteOptions.FieldValidation;
import io.kybern.apiserver.registry.CustomKinds;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.schema.Decoded;
import io.kybern.schema.Defaulter;
import io.kybern.schema.ObjectDecoder;
import io.kybern.schema.Schema;
import io.kybern.schema.SchemaCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/** Reads request bodies as objects of a kind: unknown fields are reported as the client asks, absent ones get defaults. */
final class BodyReader {

    private final SchemaCatalog catalog;
    private final ObjectDecoder decoder;
    private final CustomBodies custom;

    BodyReader(SchemaCatalog catalog, CustomKinds kinds) {
        this.catalog = catalog;
        this.decoder = new ObjectDecoder(catalog);
        this.custom = new CustomBodies(decoder, kinds);
    }

    /** Reads the body of a create or an update. */
    ObjectNode read(ApiRequest request, GroupVersionKind expected, FieldValidation validation) {
        byte[] json = Negotiation.jsonBody(request, expected);
        Decoded decoded = decode(json, expected);
        if (validation != FieldValidation.IGNORE) {
            List<String> errors = new ArrayList<>(Negotiation.strictErrors(request));
            errors.addAll(decoded.strictErrors());
            report(request, validation, errors, expected);
        }
        return decoded.object();
    }

    /**
     * The same for a kind of which clients also send an older version that has the same fields.
     *
     * @param older the group version that is taken for the expected one
     */
    ObjectNode readAlso(ApiRequest request, GroupVersionKind expected, String older, FieldValidation validation) {
        byte[] json = Negotiation.jsonBody(request, expected);
        if (isOf(json, older)) {
            return decode(Json.bytes(((ObjectNode) Json.read(json)).put("apiVersion", expected.apiVersion())), expected)
                    .object();
        }
        return read(request, expected, validation);
    }

    private static boolean isOf(byte[] json, String apiVersion) {
        try {
            return Json.read(json).path("apiVersion").asString("").equals(apiVersion);
        } catch (JacksonException e) {
            // what cannot be read is told by the one who reads it
            return false;
        }
    }

    private static void report(
            ApiRequest request, FieldValidation validation, List<String> errors, GroupVersionKind kind) {
        if (errors.isEmpty()) {
            return;
        }
        switch (validation) {
            case IGNORE -> {}
            case WARN -> errors.forEach(request::warn);
            case STRICT ->
                throw ApiException.badRequest(
                        "%s in version \"%s\" cannot be handled as a %s: strict decoding error: %s"
                                .formatted(kind.kind(), kind.version(), kind.kind(), String.join(", ", errors)));
        }
    }

    /** Reads a document that is no body, such as the outcome of a patch. */
    Decoded decode(byte[] json, GroupVersionKind expected) {
        return custom.decode(json, expected).orElseGet(() -> decoder.decode(json, expected));
    }

    /** Sets what the schema has defaults for. */
    void applyDefaults(ObjectNode object, GroupVersionKind kind) {
        if (!custom.applyDefaults(object, kind)) {
            schema(kind).ifPresent(schema -> Defaulter.apply(object, schema));
        }
    }

    /** The schema by which fields have owners and are merged: also custom kinds have one. */
    Optional<Schema> fields(GroupVersionKind kind) {
        Optional<Schema> builtIn = catalog.schema(kind);
        return builtIn.isPresent() ? builtIn : custom.fields(kind, catalog::definition);
    }

    /** The schema of a kind. */
    Optional<Schema> schema(GroupVersionKind kind) {
        return catalog.schema(kind);
    }
}
