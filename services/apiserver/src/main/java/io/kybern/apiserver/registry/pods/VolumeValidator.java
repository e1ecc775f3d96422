package io.kybern.apiserver.registry.pods;

import io.kybern.api.Quantity;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks volumes and where containers mount them. */
final class VolumeValidator {

    private static final List<String> HOST_PATH_TYPES = List.of(
            "", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice");
    private static final int MAX_MODE = 0777;
    private static final long MIN_TOKEN_SECONDS = 600;

    private VolumeValidator() {}

    /** Adds the faults of the volumes and answers their names. */
    static Set<String> volumes(JsonNode volumes, FieldPath field, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode volume : volumes) {
            FieldPath each = field.index(index++);
            String name = volume.path("name").asString("");
            source(volume, each, errors);
            if (name.isEmpty()) {
                errors.add(FieldError.required(each.child("name"), ""));
                continue;
            }
            Names.dns1123Label(name).forEach(fault -> errors.add(FieldError.invalid(each.child("name"), name, fault)));
            if (!names.add(name)) {
                errors.add(FieldError.duplicate(each.child("name"), name));
            }
        }
        return names;
    }

    private static void source(JsonNode volume, FieldPath field, List<FieldError> errors) {
        int given = 0;
        for (Map.Entry<String, JsonNode> source : volume.properties()) {
            if (source.getKey().equals("name")) {
                continue;
            }
            FieldPath path = field.child(source.getKey());
            if (given++ > 0) {
                errors.add(FieldError.forbidden(path, "may not specify more than 1 volume type"));
            } else {
                source(source.getKey(), source.getValue(), path, errors);
            }
        }
        if (given == 0) {
            errors.add(FieldError.required(field, "must specify a volume type"));
        }
    }

    private static void source(String type, JsonNode source, FieldPath field, List<FieldError> errors) {
        switch (type) {
            case "emptyDir" ->
                Values.quantity(source.path("sizeLimit"))
                        .filter(size -> size.compareTo(Quantity.ZERO) < 0)
                        .ifPresent(size -> errors.add(FieldError.forbidden(
                                field.child("sizeLimit"), "SizeLimit field must be a valid resource quantity")));
            case "hostPath" -> {
                required(source, "path", field, errors);
                noBackSteps(source.path("path").asString(""), field.child("path"), errors);
                if (!HOST_PATH_TYPES.contains(source.path("type").asString(""))) {
                    errors.add(FieldError.notSupported(
                            field.child("type"), source.path("type").asString(""), HOST_PATH_TYPES));
                }
            }
            case "secret" -> {
                required(source, "secretName", field, errors);
                mode(source, "defaultMode", field, errors);
                items(source.path("items"), field.child("items"), errors);
            }
            case "configMap" -> {
                required(source, "name", field, errors);
                mode(source, "defaultMode", field, errors);
                items(source.path("items"), field.child("items"), errors);
            }
            case "downwardAPI" -> {
                mode(source, "defaultMode", field, errors);
                downward(source.path("items"), field.child("items"), errors);
            }
            case "projected" -> projected(source, field, errors);
            case "persistentVolumeClaim" -> required(source, "claimName", field, errors);
            case "nfs" -> {
                required(source, "server", field, errors);
                required(source, "path", field, errors);
            }
            case "image" -> {
                required(source, "reference", field, errors);
                Values.oneOf(source, "pullPolicy", field, List.of("Always", "IfNotPresent", "Never"), false, errors);
            }
            default -> {
                // other sources are checked by the schema alone
            }
        }
    }

    private static void projected(JsonNode projected, FieldPath field, List<FieldError> errors) {
        mode(projected, "defaultMode", field, errors);
        int index = 0;
        for (JsonNode source : projected.path("sources")) {
            FieldPath each = field.child("sources").index(index++);
            for (String kind : List.of("secret", "configMap")) {
                if (source.has(kind)) {
                    required(source.path(kind), "name", each.child(kind), errors);
                    items(source.path(kind).path("items"), each.child(kind, "items"), errors);
                }
            }
            if (source.has("downwardAPI")) {
                downward(source.path("downwardAPI").path("items"), each.child("downwardAPI", "items"), errors);
            }
            if (source.has("serviceAccountToken")) {
                token(source.path("serviceAccountToken"), each.child("serviceAccountToken"), errors);
            }
        }
    }

    private static void token(JsonNode token, FieldPath field, List<FieldError> errors) {
        long seconds = token.path("expirationSeconds").asLong(0);
        if (seconds < MIN_TOKEN_SECONDS) {
            errors.add(FieldError.invalid(
                    field.child("expirationSeconds"), seconds, "may not specify a duration less than 10 minutes"));
        }
        if (seconds > 1L << 32) {
            errors.add(FieldError.invalid(
                    field.child("expirationSeconds"), seconds, "may not specify a duration larger than 2^32 seconds"));
        }
        required(token, "path", field, errors);
        localPath(token.path("path").asString(""), field.child("path"), errors);
    }

    private static void items(JsonNode items, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode item : items) {
            FieldPath each = field.index(index++);
            required(item, "key", each, errors);
            required(item, "path", each, errors);
            localPath(item.path("path").asString(""), each.child("path"), errors);
            mode(item, "mode", each, errors);
        }
    }

    private static void downward(JsonNode items, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode item : items) {
            FieldPath each = field.index(index++);
            required(item, "path", each, errors);
            localPath(item.path("path").asString(""), each.child("path"), errors);
            if (item.has("fieldRef")) {
                EnvironmentValidator.fieldRef(item.path("fieldRef"), each.child("fieldRef"), true, errors);
            } else if (item.has("resourceFieldRef")) {
                EnvironmentValidator.resourceRef(item.path("resourceFieldRef"), each.child("resourceFieldRef"), errors);
            } else {
                errors.add(FieldError.required(each, "one of fieldRef and resourceFieldRef is required"));
            }
            mode(item, "mode", each, errors);
        }
    }

    static void mounts(JsonNode container, FieldPath field, Set<String> volumes, List<FieldError> errors) {
        Set<String> paths = new HashSet<>();
        int index = 0;
        for (JsonNode mount : container.path("volumeMounts")) {
            FieldPath each = field.child("volumeMounts").index(index++);
            String name = mount.path("name").asString("");
            if (name.isEmpty()) {
                errors.add(FieldError.required(each.child("name"), ""));
            }
            if (!volumes.contains(name)) {
                errors.add(FieldError.notFound(each.child("name"), name));
            }
            String path = mount.path("mountPath").asString("");
            if (path.isEmpty()) {
                errors.add(FieldError.required(each.child("mountPath"), ""));
            } else if (!paths.add(path)) {
                errors.add(FieldError.invalid(each.child("mountPath"), path, "must be unique"));
            }
            subPath(mount, each, errors);
        }
    }

    private static void subPath(JsonNode mount, FieldPath field, List<FieldError> errors) {
        String plain = mount.path("subPath").asString("");
        String expanded = mount.path("subPathExpr").asString("");
        if (!plain.isEmpty()) {
            localPath(plain, field.child("subPath"), errors);
        }
        if (!expanded.isEmpty()) {
            if (!plain.isEmpty()) {
                errors.add(FieldError.invalid(
                        field.child("subPathExpr"), expanded, "subPathExpr and subPath are mutually exclusive"));
            }
            localPath(expanded, field.child("subPathExpr"), errors);
        }
    }

    private static void required(JsonNode object, String name, FieldPath field, List<FieldError> errors) {
        if (object.path(name).asString("").isEmpty()) {
            errors.add(FieldError.required(field.child(name), ""));
        }
    }

    private static void mode(JsonNode object, String name, FieldPath field, List<FieldError> errors) {
        JsonNode mode = object.path(name);
        if (mode.isNumber() && (mode.asLong() < 0 || mode.asLong() > MAX_MODE)) {
            errors.add(FieldError.invalid(
                    field.child(name), mode, "must be a number between 0 and 0777 (octal), both inclusive"));
        }
    }

    /** A path below a volume's directory: it starts nowhere else and does not lead out. */
    static void localPath(String path, FieldPath field, List<FieldError> errors) {
        if (path.startsWith("/")) {
            errors.add(FieldError.invalid(field, path, "must be a relative path"));
        }
        noBackSteps(path, field, errors);
    }

    private static void noBackSteps(String path, FieldPath field, List<FieldError> errors) {
        if (Arrays.asList(path.split("/")).contains("..")) {
            errors.add(FieldError.invalid(field, path, "must not contain '..'"));
        }
    }
}
