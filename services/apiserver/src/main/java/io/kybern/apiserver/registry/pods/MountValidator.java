package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Paths;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks where a container finds the volumes of its pod: as directories and files, or as devices. */
final class MountValidator {

    private static final List<String> PROPAGATIONS = List.of("Bidirectional", "HostToContainer", "None");
    private static final List<String> READ_ONLY = List.of("Disabled", "Enabled", "IfPossible");
    private static final String UNIQUE = "must be unique";

    private MountValidator() {}

    static void validate(JsonNode container, Map<String, JsonNode> volumes, FieldPath field, List<FieldError> errors) {
        Map<String, String> devices = paths(container.path("volumeDevices"), "devicePath");
        Map<String, String> mounted = paths(container.path("volumeMounts"), "mountPath");
        boolean privileged =
                container.path("securityContext").path("privileged").asBoolean(false);
        Set<String> paths = new HashSet<>();
        FieldPath list = field.child("volumeMounts");
        int index = 0;
        for (JsonNode mount : container.path("volumeMounts")) {
            FieldPath each = list.index(index++);
            String name = mount.path("name").asString("");
            String path = mount.path("mountPath").asString("");
            name(name, volumes, each, errors);
            if (path.isEmpty()) {
                errors.add(FieldError.required(each.child("mountPath"), ""));
            }
            if (!paths.add(path)) {
                errors.add(FieldError.invalid(each.child("mountPath"), path, UNIQUE));
            }
            if (devices.containsKey(name)) {
                errors.add(FieldError.invalid(each.child("name"), name, "must not already exist in volumeDevices"));
            }
            if (devices.containsValue(path)) {
                errors.add(FieldError.invalid(
                        each.child("mountPath"), path, "must not already exist as a path in volumeDevices"));
            }
            // Kubernetes does not say of which mount the following faults are
            subPaths(mount, each, list, errors);
            propagation(mount, privileged, list.child("mountPropagation"), errors);
            readOnly(mount, list.child("recursiveReadOnly"), errors);
        }
        devices(container.path("volumeDevices"), volumes, mounted, field.child("volumeDevices"), errors);
    }

    private static Map<String, String> paths(JsonNode list, String path) {
        Map<String, String> paths = new HashMap<>();
        list.forEach(each ->
                paths.put(each.path("name").asString(""), each.path(path).asString("")));
        return paths;
    }

    private static void name(String name, Map<String, JsonNode> volumes, FieldPath field, List<FieldError> errors) {
        if (name.isEmpty()) {
            errors.add(FieldError.required(field.child("name"), ""));
        }
        if (!volumes.containsKey(name)) {
            errors.add(FieldError.notFound(field.child("name"), name));
        }
    }

    private static void subPaths(JsonNode mount, FieldPath field, FieldPath list, List<FieldError> errors) {
        String plain = mount.path("subPath").asString("");
        String expanded = mount.path("subPathExpr").asString("");
        if (!plain.isEmpty()) {
            Paths.descending(plain, list.child("subPath"), errors);
        }
        if (!expanded.isEmpty()) {
            if (!plain.isEmpty()) {
                errors.add(FieldError.invalid(
                        field.child("subPathExpr"), expanded, "subPathExpr and subPath are mutually exclusive"));
            }
            Paths.descending(expanded, list.child("subPathExpr"), errors);
        }
    }

    private static void propagation(JsonNode mount, boolean privileged, FieldPath field, List<FieldError> errors) {
        if (!mount.has("mountPropagation")) {
            return;
        }
        String propagation = mount.path("mountPropagation").asString("");
        if (!PROPAGATIONS.contains(propagation)) {
            errors.add(FieldError.notSupported(field, propagation, PROPAGATIONS));
        }
        if (propagation.equals("Bidirectional") && !privileged) {
            errors.add(FieldError.forbidden(
                    field, "Bidirectional mount propagation is available only to privileged containers"));
        }
    }

    private static void readOnly(JsonNode mount, FieldPath field, List<FieldError> errors) {
        String wanted = mount.path("recursiveReadOnly").asString("");
        if (!mount.has("recursiveReadOnly") || wanted.equals("Disabled")) {
            return;
        }
        if (!READ_ONLY.contains(wanted)) {
            errors.add(FieldError.notSupported(field, wanted, READ_ONLY));
            return;
        }
        if (!mount.path("readOnly").asBoolean(false)) {
            errors.add(FieldError.forbidden(field, "may only be specified when readOnly is true"));
        }
        if (!mount.path("mountPropagation").asString("None").equals("None")) {
            errors.add(FieldError.forbidden(
                    field, "may only be specified when mountPropagation is None or not specified"));
        }
    }

    private static void devices(
            JsonNode devices,
            Map<String, JsonNode> volumes,
            Map<String, String> mounted,
            FieldPath field,
            List<FieldError> errors) {
        Set<String> paths = new HashSet<>();
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode device : devices) {
            FieldPath each = field.index(index++);
            String name = device.path("name").asString("");
            if (name.isEmpty()) {
                errors.add(FieldError.required(each.child("name"), ""));
            }
            if (names.contains(name)) {
                errors.add(FieldError.invalid(each.child("name"), name, UNIQUE));
            }
            JsonNode volume = volumes.get(name);
            if (volume == null) {
                errors.add(FieldError.notFound(each.child("name"), name));
            } else if (!volume.has("persistentVolumeClaim") && !volume.has("ephemeral")) {
                errors.add(FieldError.invalid(
                        each.child("name"),
                        name,
                        "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"));
            }
            devicePath(device.path("devicePath").asString(""), paths, each.child("devicePath"), errors);
            if (mounted.containsKey(name)) {
                errors.add(FieldError.invalid(each.child("name"), name, "must not already exist in volumeMounts"));
            }
            String path = device.path("devicePath").asString("");
            if (mounted.containsValue(path)) {
                errors.add(FieldError.invalid(
                        each.child("devicePath"), path, "must not already exist as a path in volumeMounts"));
            }
            if (!name.isEmpty()) {
                names.add(name);
            }
        }
    }

    private static void devicePath(String path, Set<String> paths, FieldPath field, List<FieldError> errors) {
        if (path.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        }
        if (paths.contains(path)) {
            errors.add(FieldError.invalid(field, path, UNIQUE));
        }
        if (Paths.hasBackSteps(path)) {
            errors.add(FieldError.invalid(field, path, "can not contain backsteps ('..')"));
        } else {
            paths.add(path);
        }
    }
}
