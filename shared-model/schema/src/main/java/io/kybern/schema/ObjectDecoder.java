package io.kybern.schema;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads request bodies as objects of a type, as Kubernetes' decoder does: fields that the type does not have are left out and
 * reported, names are case-sensitive, null means absent, quantities and times come out in canonical form, lists and maps of
 * built-in types that are empty and not required are left out. Safe to share.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation">field validation</a>
 */
public final class ObjectDecoder {

    private static final String META_STRUCT =
            "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }";
    private static final String NO_KIND = "couldn't get version/kind; json parse error: ";
    private static final int SUMMARY_LENGTH = 30;

    /** Why a body is not an object of the expected kind. */
    private static final class Undecodable extends Exception {
        private static final long serialVersionUID = 1L;

        /** What the body says that it is; null if that cannot be told. */
        private final transient @Nullable GroupVersionKind actual;

        Undecodable(String why, @Nullable GroupVersionKind actual) {
            super(why, null, false, false);
            this.actual = actual;
        }
    }

    private final SchemaCatalog catalog;
    private final Map<String, Schema> rootFields;

    public ObjectDecoder(SchemaCatalog catalog) {
        this.catalog = catalog;
        Schema string = Schema.parse(Json.object().put("type", "string"), catalog::definition);
        this.rootFields = Map.of(
                "apiVersion",
                string,
                "kind",
                string,
                "metadata",
                catalog.definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"));
    }

    /**
     * Reads a body that should be an object of a built-in kind. An absent {@code apiVersion} or {@code kind} is filled in.
     *
     * @throws ApiException 400 in Kubernetes' wording if it is something else
     * @throws IllegalArgumentException if the kind is not in the catalog
     */
    public Decoded decode(byte[] json, GroupVersionKind expected) {
        Schema schema = catalog.schema(expected)
                .orElseThrow(() -> new IllegalArgumentException("no schema of " + expected + " in the catalog"));
        return decode(json, expected, schema);
    }

    /**
     * The same against a given schema, for types that are not in the catalog. {@code apiVersion}, {@code kind} and {@code
     * metadata} need not be declared.
     *
     * @throws ApiException 400 in Kubernetes' wording
     */
    public Decoded decode(byte[] json, GroupVersionKind expected, Schema schema) {
        try {
            return read(json, expected, schema);
        } catch (Undecodable undecodable) {
            throw badRequest(undecodable, json, expected);
        }
    }

    /**
     * The same for the outcome of a patch.
     *
     * @throws PatchException with the bare cause, for example {@code json: cannot unmarshal string into Go struct field
     *     DeploymentSpec.spec.replicas of type int32}; Kubernetes shows it as an invalid value of the field {@code patch}
     */
    public Decoded decodePatched(JsonNode patched, GroupVersionKind expected, Schema schema) throws PatchException {
        try {
            return read(Json.bytes(patched), expected, schema);
        } catch (Undecodable undecodable) {
            throw PatchException.invalid(String.valueOf(undecodable.getMessage()));
        }
    }

    private Decoded read(byte[] json, GroupVersionKind expected, Schema schema) throws Undecodable {
        ObjectNode object = Json.object();
        object.put("kind", expected.kind());
        object.put("apiVersion", expected.apiVersion());
        String refusal = "";
        List<String> strictErrors = List.of();
        try (JsonParser parser = Json.mapper().createParser(json)) {
            TypedReader reader = new TypedReader(parser, rootFields);
            reader.readInto(object, schema);
            strictErrors = reader.strictErrors();
        } catch (TypedReader.Refused refused) {
            refusal = String.valueOf(refused.getMessage());
        } catch (JacksonException e) {
            return unreadable(json, expected, schema, e);
        }
        GroupVersionKind actual = refusal.isEmpty() ? actual(object, expected) : actual(tree(json), expected);
        if (!actual.equals(expected)) {
            throw new Undecodable(mismatch(actual, expected), actual);
        }
        if (!refusal.isEmpty()) {
            throw new Undecodable(refusal, actual);
        }
        object.put("kind", expected.kind());
        object.put("apiVersion", expected.apiVersion());
        return new Decoded(object, strictErrors);
    }

    /** Answers what is wrong with the body; text that is only not UTF-8 is read with replacement characters. */
    private Decoded unreadable(byte[] json, GroupVersionKind expected, Schema schema, JacksonException e)
            throws Undecodable {
        String error = GoSyntax.error(json).orElse("");
        if (error.isEmpty()) {
            byte[] repaired = new String(json, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
            if (!Arrays.equals(repaired, json)) {
                return read(repaired, expected, schema);
            }
            error = e.getOriginalMessage();
        }
        throw new Undecodable(NO_KIND + error, null);
    }

    private static JsonNode tree(byte[] json) throws Undecodable {
        try {
            JsonNode tree = Json.read(json);
            if (tree.isMissingNode()) {
                throw new Undecodable(NO_KIND + GoSyntax.error(json).orElse(""), null);
            }
            return tree;
        } catch (JacksonException e) {
            throw new Undecodable(NO_KIND + GoSyntax.error(json).orElse(e.getOriginalMessage()), null);
        }
    }

    /** What the body says that it is; what it does not say is as expected. */
    private static GroupVersionKind actual(JsonNode body, GroupVersionKind expected) throws Undecodable {
        if (!body.isObject()) {
            throw new Undecodable(
                    NO_KIND + "json: cannot unmarshal " + GoText.kind(body) + " into Go value of type " + META_STRUCT,
                    null);
        }
        String apiVersion = metaText(body, "apiVersion");
        String kind = metaText(body, "kind");
        if (apiVersion.indexOf('/') != apiVersion.lastIndexOf('/')) {
            throw new Undecodable("unexpected GroupVersion string: " + apiVersion, null);
        }
        return GroupVersionKind.parse(
                apiVersion.isEmpty() || apiVersion.equals("/") ? expected.apiVersion() : apiVersion,
                kind.isEmpty() ? expected.kind() : kind);
    }

    private static String metaText(JsonNode body, String field) throws Undecodable {
        JsonNode value = body.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isString()) {
            throw new Undecodable(
                    NO_KIND + "json: cannot unmarshal " + GoText.kind(value) + " into Go struct field ." + field
                            + " of type string",
                    null);
        }
        return value.asString();
    }

    private String mismatch(GroupVersionKind actual, GroupVersionKind expected) {
        if (catalog.schema(actual).isPresent()) {
            return "converting (%s.%s) to (%s.%s): unknown conversion"
                    .formatted(actual.version(), actual.kind(), internalPackage(expected), expected.kind());
        }
        return "no kind \"%s\" is registered for version \"%s\" in scheme \"%s\""
                .formatted(actual.kind(), actual.apiVersion(), "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30");
    }

    private static String internalPackage(GroupVersionKind kind) {
        String group = kind.group();
        if (group.isEmpty() || group.equals("events.k8s.io")) {
            return "core";
        }
        int dot = group.indexOf('.');
        return dot < 0 ? group : group.substring(0, dot);
    }

    private ApiException badRequest(Undecodable undecodable, byte[] json, GroupVersionKind expected) {
        GroupVersionKind actual = undecodable.actual;
        String why = String.valueOf(undecodable.getMessage());
        if (actual == null) {
            return ApiException.badRequest("the object provided is unrecognized (must be of type %s): %s (%s)"
                    .formatted(expected.kind(), why, summary(json)));
        }
        boolean otherVersion =
                actual.group().equals(expected.group()) && actual.kind().equals(expected.kind());
        if (otherVersion && !actual.equals(expected) && catalog.schema(actual).isPresent()) {
            return ApiException.badRequest(
                    "the API version in the data (%s) does not match the expected API version (%s)"
                            .formatted(actual.apiVersion(), expected.apiVersion()));
        }
        return ApiException.badRequest("%s in version %s cannot be handled as a %s: %s"
                .formatted(actual.kind(), GoText.quoted(actual.version()), expected.kind(), why));
    }

    private static String summary(byte[] json) {
        if (json.length == 0) {
            return "<empty>";
        }
        int length = Math.min(json.length, SUMMARY_LENGTH);
        String shown = json[0] == '{'
                ? new String(json, 0, length, StandardCharsets.UTF_8)
                : HexFormat.of().formatHex(json, 0, length);
        return json.length > SUMMARY_LENGTH ? shown + " ..." : shown;
    }
}
