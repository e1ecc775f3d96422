package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.CustomKind;
import io.kybern.apiserver.registry.CustomKinds;
import io.kybern.schema.Decoded;
import io.kybern.schema.ObjectDecoder;
import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads bodies of custom kinds: metadata is decoded as that of any object, of the rest what the schema does not know is taken out.
 * What has the wrong type is left to validation.
 */
final class CustomBodies {

    private static final Schema ANYTHING = Schema.parse(
            Json.object().put("type", "object").put("x-kubernetes-preserve-unknown-fields", true), name -> {
                throw new IllegalArgumentException("no definition " + name);
            });

    private final ObjectDecoder decoder;
    private final CustomKinds kinds;

    CustomBodies(ObjectDecoder decoder, CustomKinds kinds) {
        this.decoder = decoder;
        this.kinds = kinds;
    }

    /** The body as an object of a custom kind; empty if the kind is none. */
    Optional<Decoded> decode(byte[] json, GroupVersionKind expected) {
        return kinds.find(expected).map(kind -> decode(json, expected, kind));
    }

    private Decoded decode(byte[] json, GroupVersionKind expected, CustomKind kind) {
        Decoded decoded;
        try {
            decoded = decoder.decode(json, expected, ANYTHING);
        } catch (ApiException e) {
            throw mismatch(json, expected).orElse(e);
        }
        List<String> errors = new ArrayList<>(decoded.strictErrors());
        for (String path : kind.prune(decoded.object())) {
            errors.add("unknown field \"" + path + "\"");
        }
        return new Decoded(decoded.object(), errors);
    }

    /** The schema by which a custom kind is merged; empty if the kind is none. */
    Optional<Schema> fields(GroupVersionKind kind, Function<String, Schema> definitions) {
        return kinds.find(kind).map(found -> found.fields(definitions));
    }

    /** What is wrong with a body that says it is something else. */
    private static Optional<ApiException> mismatch(byte[] json, GroupVersionKind expected) {
        JsonNode body;
        try {
            body = Json.read(json);
        } catch (JacksonException e) {
            return Optional.empty();
        }
        String apiVersion = body.path("apiVersion").asString(expected.apiVersion());
        String kind = body.path("kind").asString(expected.kind());
        if (!apiVersion.equals(expected.apiVersion())) {
            return Optional.of(ApiException.badRequest(
                    "the API version in the data (%s) does not match the expected API version (%s)"
                            .formatted(apiVersion, expected.apiVersion())));
        }
        if (!kind.equals(expected.kind())) {
            return Optional.of(ApiException.invalid(
                    expected,
                    KubeObject.name(body),
                    List.of(FieldError.invalid(FieldPath.of("kind"), kind, "must be " + expected.kind()))));
        }
        return Optional.empty();
    }

    /** Sets the defaults of a custom kind, and prunes what admission may have added; false if the kind is none. */
    boolean applyDefaults(ObjectNode object, GroupVersionKind kind) {
        Optional<CustomKind> found = kinds.find(kind);
        found.ifPresent(each -> {
            each.prune(object);
            each.applyDefaults(object);
        });
        return found.isPresent();
    }
}
