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
import io.kybern.schema.GoText;
import io.kybern.schema.JsonMergePatch;
import io.kybern.schema.JsonPatch;
import io.kybern.schema.PatchDocument;
import io.kybern.schema.PatchException;
import io.kybern.schema.Schema;
import io.kybern.schema.StrategicMerge;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
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
    private static final List<String> ACCEPTED = List.of(
            "application/json-patch+json",
            "application/merge-patch+json",
            "application/strategic-merge-patch+json",
            ApplyPatch.TYPE);
    private static final List<String> WITHOUT_STRATEGIC =
            List.of("application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml");
    private static final int MAX_OPERATIONS = 10_000;
    private static final Pattern BODY_PREFIX = Pattern.compile(
            "^(the object provided is unrecognized \\(must be of type [^)]*\\): |\\S+ in version \"[^\"]*\" cannot be handled as an? \\S+: )");
    private static final Pattern HEX_SUFFIX = Pattern.compile(" \\((<empty>|[0-9a-f]+( \\.\\.\\.)?|\\{.*)\\)$");

    private static final Pattern WRONG_TYPE =
            Pattern.compile("json: cannot unmarshal (string|bool|object|array|number) into Go struct field \\S+ of type"
                    + " (string|bool|int32|int64|float64)");

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
            throw ApiException.unsupportedMediaType(ACCEPTED);
        }
        boolean operations = type.equals("application/json-patch+json");
        PatchDocument document = parse(request.body(), operations);
        JsonNode patch = document.patch();
        boolean strategic = type.equals("application/strategic-merge-patch+json");
        Outcome outcome = new Outcome(request, kind, validation, document.strictErrors(), strategic ? patch : null);
        return switch (type) {
            case "application/json-patch+json" -> jsonPatch(patch, outcome);
            case "application/merge-patch+json" -> current -> decoded(JsonMergePatch.apply(current, patch), outcome);
            default -> strategicPatch(patch, outcome);
        };
    }

    /**
     * What is to be done with a patched document.
     *
     * @param strategic the patch, if it is a strategic one: faults show it, and not what came out
     */
    private record Outcome(
            ApiRequest request,
            GroupVersionKind kind,
            FieldValidation validation,
            List<String> patchErrors,
            @Nullable JsonNode strategic) {

        ApiException invalid(byte[] patched, String why) {
            return strategic == null
                    ? PatchReader.invalid(new String(patched, StandardCharsets.UTF_8), why)
                    : PatchReader.invalid(GoText.plain(strategic), unstructured(why));
        }
    }

    /** A wrong type in the words of the reader of trees, which strategic patches go through. */
    private static String unstructured(String why) {
        Matcher wrong = WRONG_TYPE.matcher(why);
        if (!wrong.matches()) {
            return why;
        }
        boolean numberAsText = wrong.group(1).equals("number") && wrong.group(2).equals("string");
        return numberAsText ? "cannot convert int64 to string" : "unrecognized type: " + wrong.group(2);
    }

    private static PatchDocument parse(byte[] body, boolean operations) {
        try {
            return operations ? PatchDocument.readOperations(body) : PatchDocument.read(body);
        } catch (PatchException e) {
            throw ApiException.badRequest("error decoding patch: " + e.getMessage());
        }
    }

    private Patch jsonPatch(JsonNode patch, Outcome outcome) {
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
                return decoded(JsonPatch.apply(current, patch), outcome);
            } catch (PatchException e) {
                throw refused(e);
            }
        };
    }

    private Patch strategicPatch(JsonNode patch, Outcome outcome) {
        Optional<Schema> schema = bodies.schema(outcome.kind());
        if (schema.isEmpty()) {
            throw ApiException.unsupportedMediaType(WITHOUT_STRATEGIC);
        }
        if (!(patch instanceof ObjectNode object)) {
            throw ApiException.badRequest(
                    "json: cannot unmarshal %s into Go value of type map[string]interface {}".formatted(goType(patch)));
        }
        return current -> {
            try {
                return decoded(StrategicMerge.apply(current, object, schema.get()), outcome);
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
            case INVALID_OUTCOME -> invalid("", message);
        };
    }

    private ObjectNode decoded(JsonNode patched, Outcome outcome) {
        byte[] json = json(patched);
        Decoded decoded;
        try {
            decoded = bodies.decode(json, outcome.kind());
        } catch (ApiException e) {
            throw outcome.invalid(json, bare(e.status().message()));
        }
        List<String> errors = new ArrayList<>(outcome.patchErrors());
        errors.addAll(decoded.strictErrors());
        switch (outcome.validation()) {
            case IGNORE -> {}
            case WARN -> errors.forEach(outcome.request()::warn);
            case STRICT -> {
                if (!errors.isEmpty()) {
                    throw outcome.invalid(json, "strict decoding error: " + String.join(", ", errors));
                }
            }
        }
        return decoded.object();
    }

    /** A patched document as JSON; operations one after the other can nest it deeper than anything that was sent. */
    private static byte[] json(JsonNode patched) {
        try {
            return Json.bytes(patched);
        } catch (JacksonException e) {
            throw invalid("", "exceeded max depth");
        }
    }

    private static String bare(String message) {
        return HEX_SUFFIX.matcher(BODY_PREFIX.matcher(message).replaceFirst("")).replaceFirst("");
    }

    private static ApiException invalid(String shown, String why) {
        return ApiException.invalid(
                new GroupVersionKind("", "", ""), "", List.of(FieldError.invalid(FieldPath.of("patch"), shown, why)));
    }
}
