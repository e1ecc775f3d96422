package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Paths;
import io.kybern.apiserver.registry.Values;
import io.kybern.apiserver.registry.VolumeSources;
import io.kybern.apiserver.registry.certificates.SignerName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks volumes whose files are made of other objects. */
final class ProjectionValidator {

    private static final int MAX_MODE = 0777;
    private static final long MIN_TOKEN_SECONDS = 600;
    private static final String CONFLICT = "conflicting duplicate paths";
    private static final List<String> KINDS = List.of(
            "secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate");

    private ProjectionValidator() {}

    /** The files of a Secret or a ConfigMap. */
    static void files(JsonNode source, FieldPath field, List<FieldError> errors) {
        mode(source, "defaultMode", field, errors);
        items(source.path("items"), field.child("items"), errors);
    }

    static void mode(JsonNode object, String name, FieldPath field, List<FieldError> errors) {
        JsonNode mode = object.path(name);
        if (mode.isNumber() && (mode.asLong() < 0 || mode.asLong() > MAX_MODE)) {
            errors.add(FieldError.invalid(
                    field.child(name), mode, "must be a number between 0 and 0777 (octal), both inclusive"));
        }
    }

    private static void items(JsonNode items, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode item : items) {
            FieldPath each = field.index(index++);
            VolumeSources.required(item, "key", each, errors);
            VolumeSources.required(item, "path", each, errors);
            Paths.notReserved(item.path("path").asString(""), each.child("path"), errors);
            mode(item, "mode", each, errors);
        }
    }

    /** The files of the downward API; Kubernetes says of their faults only in which volume they are. */
    static void downward(JsonNode items, FieldPath field, List<FieldError> errors) {
        for (JsonNode item : items) {
            VolumeSources.required(item, "path", field, errors);
            Paths.notReserved(item.path("path").asString(""), field.child("path"), errors);
            if (item.has("fieldRef")) {
                EnvironmentValidator.fieldRef(item.path("fieldRef"), field.child("fieldRef"), true, errors);
                if (item.has("resourceFieldRef")) {
                    errors.add(FieldError.invalid(
                            field, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
                }
            } else if (item.has("resourceFieldRef")) {
                EnvironmentValidator.resourceRef(
                        item.path("resourceFieldRef"), field.child("resourceFieldRef"), true, errors);
            } else {
                errors.add(FieldError.required(field, "one of fieldRef and resourceFieldRef is required"));
            }
            mode(item, "mode", field, errors);
        }
    }

    static void projected(JsonNode projected, FieldPath field, List<FieldError> errors) {
        mode(projected, "defaultMode", field, errors);
        Set<String> paths = new HashSet<>();
        int index = 0;
        for (JsonNode source : projected.path("sources")) {
            FieldPath each = field.child("sources").index(index++);
            for (String kind : List.of("secret", "configMap")) {
                if (source.has(kind)) {
                    VolumeSources.required(source.path(kind), "name", each.child(kind), errors);
                    items(source.path(kind).path("items"), each.child(kind, "items"), errors);
                    String name = source.path(kind).path("name").asString("");
                    source.path(kind).path("items").forEach(item -> claim(item, "path", name, paths, field, errors));
                }
            }
            JsonNode files = source.path("downwardAPI").path("items");
            downward(files, each.child("downwardAPI"), errors);
            files.forEach(item -> claim(item, "path", item.path("path").asString(""), paths, field, errors));
            if (source.has("serviceAccountToken")) {
                token(source.path("serviceAccountToken"), each.child("serviceAccountToken"), field, errors);
            }
            if (source.has("clusterTrustBundle")) {
                bundle(source.path("clusterTrustBundle"), paths, each.child("clusterTrustBundle"), field, errors);
            }
            if (KINDS.stream().filter(source::has).count() > 1) {
                errors.add(FieldError.forbidden(each, "may not specify more than 1 volume type per source"));
            }
        }
    }

    /** No two files of a volume may have the same path; {@code shown} is what the fault names. */
    private static void claim(
            JsonNode item, String name, String shown, Set<String> paths, FieldPath field, List<FieldError> errors) {
        String path = item.path(name).asString("");
        if (!path.isEmpty() && !paths.add(path)) {
            errors.add(FieldError.invalid(field, shown, CONFLICT));
        }
    }

    private static void token(JsonNode token, FieldPath field, FieldPath volume, List<FieldError> errors) {
        long seconds = token.path("expirationSeconds").asLong(0);
        if (seconds < MIN_TOKEN_SECONDS) {
            errors.add(FieldError.invalid(
                    field.child("expirationSeconds"), seconds, "may not specify a duration less than 10 minutes"));
        }
        if (seconds > 1L << 32) {
            errors.add(FieldError.invalid(
                    field.child("expirationSeconds"), seconds, "may not specify a duration larger than 2^32 seconds"));
        }
        String path = token.path("path").asString("");
        if (path.isEmpty()) {
            errors.add(FieldError.required(volume.child("path"), ""));
        } else {
            Paths.notReserved(path, volume.child("path"), errors);
        }
    }

    private static void bundle(
            JsonNode bundle, Set<String> paths, FieldPath field, FieldPath volume, List<FieldError> errors) {
        boolean named = bundle.has("name");
        if (named && bundle.has("signerName")) {
            errors.add(FieldError.invalid(field, bundle, "only one of name and signerName may be used"));
        } else if (named) {
            if (bundle.path("name").asString("").isEmpty()) {
                errors.add(FieldError.required(field.child("name"), "must be a valid object name"));
            }
            if (bundle.has("labelSelector")) {
                errors.add(FieldError.invalid(
                        field.child("labelSelector"),
                        bundle.path("labelSelector"),
                        "labelSelector must be unset if name is specified"));
            }
        } else if (bundle.has("signerName")) {
            String signer = bundle.path("signerName").asString("");
            if (signer.isEmpty()) {
                errors.add(FieldError.required(field.child("signerName"), "must be a valid signer name"));
            }
            SignerName.validate(signer, field.child("signerName"), errors);
            Values.selector(bundle.path("labelSelector"), field.child("labelSelector"), errors);
        } else {
            errors.add(FieldError.required(field, "either name or signerName must be specified"));
        }
        VolumeSources.required(bundle, "path", field, errors);
        Paths.notReserved(bundle.path("path").asString(""), field.child("path"), errors);
        claim(bundle, "path", bundle.path("path").asString(""), paths, volume, errors);
    }
}
