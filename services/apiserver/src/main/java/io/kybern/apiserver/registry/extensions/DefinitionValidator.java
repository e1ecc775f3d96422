package io.kybern.apiserver.registry.extensions;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Checks a definition. What all versions have in common is reported once, at {@code spec.validation}, {@code spec.subresources} and so
 * on: that is how Kubernetes names these fields, which its first API version had.
 */
final class DefinitionValidator {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final String APPROVAL = "api-approved.kubernetes.io";
    private static final List<String> PROTECTED = List.of("k8s.io", "kubernetes.io");
    private static final int MAX_WARNING = 256;

    private final JsonNode definition;
    private final @Nullable JsonNode old;
    private final JsonNode spec;
    private final JsonNode versions;
    private final List<FieldError> errors;

    DefinitionValidator(JsonNode definition, @Nullable JsonNode old, List<FieldError> errors) {
        this.definition = definition;
        this.old = old;
        this.spec = definition.path("spec");
        this.versions = spec.path("versions");
        this.errors = errors;
    }

    void validate() {
        String group = spec.path("group").asString("");
        String plural = spec.path("names").path("plural").asString("");
        String name = KubeObject.name(definition);
        if (old == null && !name.equals(plural + "." + group)) {
            errors.add(FieldError.invalid(
                    FieldPath.of("metadata", "name"), name, "must be spec.names.plural+\".\"+spec.group"));
        }
        group(group);
        scope();
        versions();
        names();
        VersionParts parts = new VersionParts(versions, known(), errors);
        parts.shared();
        ConversionRules.validate(spec.path("conversion"), errors);
        if (old != null) {
            unchanged(old.path("spec"));
        }
        DefinitionNames.validate(
                definition.path("status").path("acceptedNames"), FieldPath.of("status", "acceptedNames"), errors);
        storedVersions();
        approval(group);
        if (spec.path("preserveUnknownFields").asBoolean(false)
                && (old == null
                        || !old.path("spec").path("preserveUnknownFields").asBoolean(false))) {
            errors.add(
                    FieldError.invalid(
                            SPEC.child("preserveUnknownFields"),
                            true,
                            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"));
        }
    }

    /** The versions that were there before. */
    private JsonNode known() {
        return old == null ? MissingNode.getInstance() : old.path("spec").path("versions");
    }

    private void group(String group) {
        FieldPath path = SPEC.child("group");
        List<String> faults = Names.dns1123Subdomain(group);
        if (group.isEmpty()) {
            errors.add(FieldError.required(path, ""));
        } else if (!faults.isEmpty()) {
            errors.add(FieldError.invalid(path, group, String.join(",", faults)));
        } else if (group.indexOf('.') < 0) {
            errors.add(FieldError.invalid(path, group, "should be a domain with at least one dot"));
        }
    }

    private void scope() {
        Values.oneOf(spec, "scope", SPEC, List.of("Cluster", "Namespaced"), true, errors);
    }

    private void versions() {
        VersionParts parts = new VersionParts(versions, known(), errors);
        for (int i = 0; i < versions.size(); i++) {
            if (!versions.get(i).path("schema").path("openAPIV3Schema").isObject()) {
                errors.add(FieldError.required(
                        SPEC.child("versions").index(i).child("schema").child("openAPIV3Schema"), ""));
            }
        }
        Set<String> seen = new HashSet<>();
        boolean unique = true;
        int storage = 0;
        for (int i = 0; i < versions.size(); i++) {
            JsonNode version = versions.get(i);
            FieldPath path = SPEC.child("versions").index(i);
            String name = version.path("name").asString("");
            unique &= seen.add(name);
            storage += version.path("storage").asBoolean(false) ? 1 : 0;
            List<String> faults = Names.dns1035Label(name);
            if (!faults.isEmpty()) {
                errors.add(FieldError.invalid(path.child("name"), name, String.join(",", faults)));
            }
            deprecation(version, path.child("deprecationWarning"));
            parts.own(version, path);
        }
        if (!unique) {
            errors.add(FieldError.invalid(SPEC.child("versions"), versions, "must contain unique version names"));
        }
        if (storage != 1) {
            errors.add(FieldError.invalid(
                    SPEC.child("versions"), versions, "must have exactly one version marked as storage version"));
        }
    }

    private void deprecation(JsonNode version, FieldPath path) {
        JsonNode warning = version.path("deprecationWarning");
        if (!warning.isString()) {
            return;
        }
        String text = warning.asString();
        if (!version.path("deprecated").asBoolean(false)) {
            errors.add(FieldError.invalid(path, text, "can only be set for deprecated versions"));
            return;
        }
        if (text.length() > MAX_WARNING) {
            errors.add(FieldError.invalid(path, text, "must be <= 256 characters long"));
        }
        if (text.isEmpty()) {
            errors.add(FieldError.invalid(path, text, "must not be an empty string"));
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                errors.add(FieldError.invalid(
                        path,
                        text,
                        "must only contain printable UTF-8 characters; non-printable character found at index " + i));
                return;
            }
        }
    }

    private void names() {
        JsonNode names = spec.path("names");
        FieldPath path = SPEC.child("names");
        for (String field : List.of("plural", "singular", "kind", "listKind")) {
            if (names.path(field).asString("").isEmpty()) {
                errors.add(FieldError.required(path.child(field), ""));
            }
        }
        DefinitionNames.validate(names, path, errors);
    }

    private void unchanged(JsonNode before) {
        if (Conditions.isTrue(java.util.Objects.requireNonNull(old), "Established")) {
            Values.immutable(spec.path("scope"), before.path("scope"), SPEC.child("scope"), errors);
            Values.immutable(
                    spec.path("names").path("kind"),
                    before.path("names").path("kind"),
                    SPEC.child("names", "kind"),
                    errors);
        }
        Values.immutable(spec.path("group"), before.path("group"), SPEC.child("group"), errors);
        Values.immutable(
                spec.path("names").path("plural"),
                before.path("names").path("plural"),
                SPEC.child("names", "plural"),
                errors);
    }

    private void storedVersions() {
        FieldPath path = FieldPath.of("status", "storedVersions");
        JsonNode stored = definition.path("status").path("storedVersions");
        if (stored.isEmpty()) {
            errors.add(FieldError.invalid(path, Json.array(), "must have at least one stored version"));
            return;
        }
        List<String> known = new ArrayList<>();
        for (JsonNode version : versions) {
            known.add(version.path("name").asString(""));
        }
        for (int i = 0; i < stored.size(); i++) {
            String version = stored.get(i).asString("");
            if (!known.contains(version)) {
                errors.add(FieldError.invalid(
                        path.index(i),
                        version,
                        "missing from spec.versions; %s was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in %s and removes %s from status.storedVersions"
                                .formatted(version, version, version)));
            }
        }
    }

    private void approval(String group) {
        boolean guarded = PROTECTED.stream().anyMatch(each -> group.equals(each) || group.endsWith("." + each));
        if (!guarded) {
            return;
        }
        FieldPath path = FieldPath.of("metadata", "annotations").key(APPROVAL);
        String annotation = KubeObject.annotations(definition).getOrDefault(APPROVAL, "");
        String before = old == null ? "-" : KubeObject.annotations(old).getOrDefault(APPROVAL, "");
        if (annotation.equals(before) || annotation.startsWith("unapproved") || isAddress(annotation)) {
            return;
        }
        errors.add(
                annotation.isEmpty()
                        ? FieldError.required(
                                path,
                                "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111")
                        : FieldError.invalid(
                                path,
                                annotation,
                                "protected groups must have approval annotation \"api-approved.kubernetes.io\" with either a URL or a reason starting with \"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111"));
    }

    private static boolean isAddress(String text) {
        try {
            URI uri = new URI(text);
            return uri.getHost() != null && uri.getScheme() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
