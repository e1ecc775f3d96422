package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.endpoints.WriteOptions.FieldValidation;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.Negotiation.MediaType;
import io.kybern.schema.Decoded;
import io.kybern.schema.JsonMergePatch;
import io.kybern.schema.JsonPatch;
import io.kybern.schema.PatchException;
import io.kybern.schema.Schema;
import io.kybern.schema.StrategicMerge;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Applies the three kinds of patch to objects; see "Update API Objects in Place Using kubectl patch". What a patch makes of an
 * object is decoded like a body, so a patch can no more break a type than a body can.
 */
final class PatchReader {

    private static final List<String> TYPES = List.of(
            "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json");
    private static final int MAX_OPERATIONS = 10_000;
    private static final Pattern BODY_PREFIX = Pattern.compile(
            "^(the object provided is unrecognized \\(must be of type [^)]*\\): |\\S+ in version \"[^\"]*\" cannot be handled as an? \\S+: )");
    private static final Pattern HEX_SUFFIX = Pattern.compile(" \\((<empty>|[0-9a-f]+( \\.\\.\\.)?|\\{.*)\\)$");

    private final BodyReader bodies;

    PatchReader(BodyReader bodies) {
        this.bodies = bodies;
    }

    /** A patch that can be applied to one state after the other. */
    @FunctionalInterface
    interface Patch {

        /** The patched object; the argument may be changed. */
        ObjectNode apply(ObjectNode current);
    }

    /** Reads the patch of a request for objects of the kind. */
    Patch read(ApiRequest request, GroupVersionKind kind, FieldValidation validation) {
        String type = MediaType.parse(request.header("Content-Type")).type();
        if (!TYPES.contains(type)) {
            throw ApiException.unsupportedMediaType(TYPES);
        }
        JsonNode patch = parse(request.body());
        return switch (type) {
            case "application/json-patch+json" -> jsonPatch(patch, request, kind, validation);
            case "application/merge-patch+json" ->
                current -> decoded(JsonMergePatch.apply(current, patch), request, kind, validation);
            default -> strategicPatch(patch, request, kind, validation);
        };
    }

    private static JsonNode parse(byte[] body) {
        try {
            JsonNode patch = Json.read(body);
            if (patch.isMissingNode()) {
                throw ApiException.badRequest("unexpected end of JSON input");
            }
            return patch;
        } catch (JacksonException e) {
            throw ApiException.badRequest(jsonError(body, e));
        }
    }

    private static String jsonError(byte[] body, JacksonException e) {
        String text = new String(body, StandardCharsets.UTF_8).strip();
        boolean cut = e.getMessage() != null && e.getMessage().contains("end-of-input");
        if (text.isEmpty() || cut) {
            return "error decoding patch: unexpected end of JSON input";
        }
        char first = text.charAt(0);
        return "error decoding patch: invalid character '%s' looking for beginning of value".formatted(first);
    }

    private Patch jsonPatch(JsonNode patch, ApiRequest request, GroupVersionKind kind, FieldValidation validation) {
        if (!patch.isArray()) {
            throw ApiException.badRequest(
                    "json: cannot unmarshal %s into Go value of type jsonpatch.Patch".formatted(goType(patch)));
        }
        if (patch.size() > MAX_OPERATIONS) {
            throw ApiException.tooLarge("The allowed maximum operations in a JSON patch is %d, got %d"
                    .formatted(MAX_OPERATIONS, patch.size()));
        }
        return current -> {
            try {
                return decoded(JsonPatch.apply(current, patch), request, kind, validation);
            } catch (PatchException e) {
                throw refused(e);
            }
        };
    }

    private Patch strategicPatch(
            JsonNode patch, ApiRequest request, GroupVersionKind kind, FieldValidation validation) {
        Optional<Schema> schema = bodies.schema(kind);
        if (schema.isEmpty()) {
            throw ApiException.unsupportedMediaType(TYPES.subList(0, 2));
        }
        if (!(patch instanceof ObjectNode object)) {
            throw ApiException.badRequest(
                    "json: cannot unmarshal %s into Go value of type map[string]interface {}".formatted(goType(patch)));
        }
        return current -> {
            try {
                return decoded(StrategicMerge.apply(current, object, schema.get()), request, kind, validation);
            } catch (PatchException e) {
                throw refused(e);
            }
        };
    }

    private static String goType(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT, POJO -> "object";
            case ARRAY -> "array";
            case STRING, BINARY -> "string";
            case NUMBER -> "number";
            case BOOLEAN -> "bool";
            default -> "null";
        };
    }

    private static ApiException refused(PatchException e) {
        String message = String.valueOf(e.getMessage());
        return switch (e.kind()) {
            case MALFORMED, UNCLASSIFIED -> ApiException.badRequest(message);
            case NOT_APPLICABLE ->
                ApiException.unprocessable("the server rejected our request due to an error in our request");
            case INVALID_OUTCOME -> invalid(new byte[0], message);
        };
    }

    private ObjectNode decoded(
            JsonNode patched, ApiRequest request, GroupVersionKind kind, FieldValidation validation) {
        byte[] json = Json.bytes(patched);
        Decoded decoded;
        try {
            decoded = bodies.decode(json, kind);
        } catch (ApiException e) {
            throw invalid(json, bare(e.status().message()));
        }
        switch (validation) {
            case IGNORE -> {}
            case WARN -> decoded.strictErrors().forEach(request::warn);
            case STRICT -> {
                if (!decoded.strictErrors().isEmpty()) {
                    throw invalid(json, "strict decoding error: " + String.join(", ", decoded.strictErrors()));
                }
            }
        }
        return decoded.object();
    }

    private static String bare(String message) {
        return HEX_SUFFIX.matcher(BODY_PREFIX.matcher(message).replaceFirst("")).replaceFirst("");
    }

    private static ApiException invalid(byte[] patched, String why) {
        return ApiException.invalid(
                new GroupVersionKind("", "", ""),
                "",
                List.of(FieldError.invalid(FieldPath.of("patch"), new String(patched, StandardCharsets.UTF_8), why)));
    }
}
