package io.kybern.apiserver.registry.extensions;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import io.kybern.schema.structural.DefaultRules;
import io.kybern.schema.structural.SchemaRules;
import io.kybern.schema.structural.SimplePath;
import io.kybern.schema.structural.StructuralRules;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The schema, subresources, columns and selectable fields of versions: what all of them share is checked and named once. */
final class VersionParts {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final int MAX_SELECTABLE = 8;
    private static final List<String> COLUMN_TYPES = List.of("boolean", "date", "integer", "number", "string");
    private static final List<String> COLUMN_FORMATS =
            List.of("byte", "date", "date-time", "double", "float", "int32", "int64", "password");

    /** What a root schema may have when the status is checked on its own, by its name there. */
    private static final List<String> ROOT_KEYWORDS = List.of(
            "description",
            "type",
            "format",
            "title",
            "maximum",
            "exclusiveMaximum",
            "minimum",
            "exclusiveMinimum",
            "maxLength",
            "minLength",
            "pattern",
            "maxItems",
            "minItems",
            "uniqueItems",
            "multipleOf",
            "required",
            "items",
            "properties",
            "externalDocs",
            "example",
            "x-kubernetes-preserve-unknown-fields",
            "x-kubernetes-validations");

    private static final String ROOT_MESSAGE =
            "only [Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern "
                    + "MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example "
                    + "XPreserveUnknownFields XValidations] fields are allowed at the root of the schema if the status subresource "
                    + "is enabled";

    private final JsonNode versions;
    private final JsonNode known;
    private final List<FieldError> errors;

    /**
     * The parts of a definition's versions.
     *
     * @param known the versions that were accepted before; missing for a new definition
     */
    VersionParts(JsonNode versions, JsonNode known, List<FieldError> errors) {
        this.versions = versions;
        this.known = known;
        this.errors = errors;
    }

    /** What a version has for itself. */
    void own(JsonNode version, FieldPath path) {
        unless("schema", version, (schema, there) -> schema(schema, version, path.child(there)));
        unless("subresources", version, (parts, there) -> subresources(parts, path.child(there)));
        unless("additionalPrinterColumns", version, (columns, there) -> columns(columns, path.child(there)));
        unless(
                "selectableFields",
                version,
                (fields, there) -> selectable(fields, version.path("schema"), path.child(there)));
    }

    private void unless(String part, JsonNode version, BiConsumer<JsonNode, String> check) {
        if (sharedPart(part) == null && version.has(part)) {
            check.accept(version.get(part), part);
        }
    }

    /** What all versions share. */
    void shared() {
        JsonNode schema = sharedPart("schema");
        if (schema != null) {
            schema(schema, versions.get(0), SPEC.child("validation"));
        }
        JsonNode subresources = sharedPart("subresources");
        if (subresources != null) {
            subresources(subresources, SPEC.child("subresources"));
        }
        JsonNode columns = sharedPart("additionalPrinterColumns");
        if (columns != null) {
            columns(columns, SPEC.child("additionalPrinterColumns"));
        }
        JsonNode fields = sharedPart("selectableFields");
        if (fields != null) {
            selectable(fields, versions.get(0).path("schema"), SPEC.child("selectableFields"));
        }
    }

    private @Nullable JsonNode sharedPart(String name) {
        JsonNode first = versions.path(0).path(name);
        if (first.isMissingNode()) {
            return null;
        }
        for (JsonNode version : versions) {
            if (!Values.same(version.path(name), first)) {
                return null;
            }
        }
        return first;
    }

    private void schema(JsonNode part, JsonNode version, FieldPath path) {
        JsonNode schema = part.path("openAPIV3Schema");
        if (!schema.isObject()) {
            return;
        }
        FieldPath at = path.child("openAPIV3Schema");
        if (version.path("subresources").path("status").isObject()) {
            root(schema, path, at);
        }
        if (schema.path("nullable").asBoolean(false)) {
            errors.add(FieldError.forbidden(
                    path.child("openAPIV3Schema.nullable"), "nullable cannot be true at the root"));
        }
        List<FieldError> faults = StructuralRules.validate(schema, at);
        List<FieldError> form = SchemaRules.validate(schema, at);
        errors.addAll(faults.isEmpty() ? DefaultRules.validate(schema, at) : faults);
        errors.addAll(form);
        if (faults.isEmpty() && form.isEmpty()) {
            errors.addAll(io.kybern.apiserver.cel.SchemaRules.declare(schema, at, wasKnown(version)));
        }
    }

    /** Whether the version had this schema before. */
    private boolean wasKnown(JsonNode version) {
        for (JsonNode each : known) {
            if (each.path("name").equals(version.path("name"))) {
                return Values.same(each.path("schema"), version.path("schema"));
            }
        }
        return false;
    }

    private void root(JsonNode schema, FieldPath path, FieldPath at) {
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            JsonNode value = keyword.getValue();
            boolean set = !(value.isContainer() && value.isEmpty()) && !value.isNull();
            if (keyword.getKey().equals("type") && !value.asString("").equals("object")) {
                errors.add(
                        FieldError.invalid(
                                path.child("openAPIV3Schema.type"),
                                value,
                                "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled"));
                return;
            }
            if (set && !ROOT_KEYWORDS.contains(keyword.getKey())) {
                errors.add(FieldError.invalid(at, schema, ROOT_MESSAGE));
                return;
            }
        }
    }

    private void subresources(JsonNode subresources, FieldPath path) {
        JsonNode scale = subresources.path("scale");
        if (!scale.isObject()) {
            return;
        }
        scalePath(scale, "specReplicasPath", ".spec.", path);
        scalePath(scale, "statusReplicasPath", ".status.", path);
        String selector = scale.path("labelSelectorPath").asString("");
        if (!selector.isEmpty()) {
            FieldPath at = path.child("scale.labelSelectorPath");
            if (!simple(selector, at) && !selector.startsWith(".spec.") && !selector.startsWith(".status.")) {
                errors.add(FieldError.invalid(at, selector, "should be a json path under either .spec or .status"));
            }
        }
    }

    private void scalePath(JsonNode scale, String field, String start, FieldPath path) {
        String value = scale.path(field).asString("");
        FieldPath at = path.child("scale." + field);
        if (value.isEmpty()) {
            errors.add(FieldError.required(at, ""));
        } else if (!simple(value, at) && !value.startsWith(start)) {
            errors.add(FieldError.invalid(
                    at, value, "should be a json path under " + start.substring(0, start.length() - 1)));
        }
    }

    /** Answers whether a fault was found. */
    private boolean simple(String value, FieldPath path) {
        if (value.startsWith(".")) {
            return false;
        }
        errors.add(FieldError.invalid(path, value, "must be a simple json path starting with ."));
        return true;
    }

    private void columns(JsonNode columns, FieldPath path) {
        for (int i = 0; i < columns.size(); i++) {
            JsonNode column = columns.get(i);
            FieldPath at = path.index(i);
            if (column.path("name").asString("").isEmpty()) {
                errors.add(FieldError.required(at.child("name"), ""));
            }
            String type = column.path("type").asString("");
            String types = "must be one of " + String.join(",", COLUMN_TYPES);
            if (type.isEmpty()) {
                errors.add(FieldError.required(at.child("type"), types));
            } else if (!COLUMN_TYPES.contains(type)) {
                errors.add(FieldError.invalid(at.child("type"), type, types));
            }
            String format = column.path("format").asString("");
            if (!format.isEmpty() && !COLUMN_FORMATS.contains(format)) {
                errors.add(FieldError.invalid(
                        at.child("format"), format, "must be one of " + String.join(",", COLUMN_FORMATS)));
            }
            String source = column.path("jsonPath").asString("");
            if (source.isEmpty()) {
                errors.add(FieldError.required(at.child("JSONPath"), ""));
            } else {
                simple(source, at.child("JSONPath"));
            }
        }
    }

    private void selectable(JsonNode fields, JsonNode schemaPart, FieldPath path) {
        Set<String> labels = new HashSet<>();
        for (int i = 0; i < fields.size(); i++) {
            FieldPath at = path.index(i).child("jsonPath");
            String source = fields.get(i).path("jsonPath").asString("");
            if (source.isEmpty()) {
                errors.add(FieldError.required(at, ""));
                continue;
            }
            Optional<SimplePath> read = source.contains("[") ? Optional.empty() : SimplePath.of(source);
            JsonNode found = read.map(each -> each.schemaOf(schemaPart.path("openAPIV3Schema")))
                    .orElse(null);
            boolean metadata = read.isPresent() && read.get().names().getFirst().equals("metadata");
            if (read.isEmpty() || (found == null && !metadata)) {
                errors.add(FieldError.invalid(at, source, "is an invalid path: does not refer to a valid field"));
                continue;
            }
            if (metadata) {
                errors.add(FieldError.invalid(at, source, "must not point to fields in metadata"));
            }
            String type = found == null ? "" : found.path("type").asString("");
            if (!List.of("string", "boolean", "integer").contains(type)) {
                errors.add(
                        FieldError.invalid(
                                at,
                                source,
                                "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."));
            }
            if (!labels.add(read.get().label())) {
                errors.add(FieldError.duplicate(at, source));
            }
        }
        if (labels.size() > MAX_SELECTABLE) {
            errors.add(FieldError.tooMany(path, labels.size(), MAX_SELECTABLE));
        }
    }
}
