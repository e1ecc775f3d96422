package io.kybern.apiserver.registry.volumes;

import io.kybern.api.Quantity;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.NodeSelectorRules;
import io.kybern.apiserver.registry.Paths;
import io.kybern.apiserver.registry.Values;
import io.kybern.apiserver.registry.VolumeSources;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Checks what a PersistentVolume is: how large, for whom, and where it comes from. */
final class VolumeSpecValidator {

    private static final List<String> RECLAIM = List.of("Delete", "Recycle", "Retain");
    private static final List<String> MODES = List.of("Block", "Filesystem");

    /** In the order in which Kubernetes looks for them: only the first counts. */
    static final List<String> TYPES = List.of(
            "hostPath",
            "gcePersistentDisk",
            "awsElasticBlockStore",
            "glusterfs",
            "flocker",
            "nfs",
            "rbd",
            "quobyte",
            "cephfs",
            "iscsi",
            "cinder",
            "fc",
            "flexVolume",
            "azureFile",
            "vsphereVolume",
            "photonPersistentDisk",
            "portworxVolume",
            "azureDisk",
            "scaleIO",
            "local",
            "storageos",
            "csi");

    private static final List<String> SECRETS = List.of(
            "controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef");
    private static final int MAX_ISCSI_NAME = 64;

    private VolumeSpecValidator() {}

    static void validate(JsonNode spec, String name, FieldPath field, List<FieldError> errors) {
        JsonNode modes = spec.path("accessModes");
        if (modes.isEmpty()) {
            errors.add(FieldError.required(field.child("accessModes"), ""));
        }
        AccessModes.validate(modes, field.child("accessModes"), errors);
        capacity(spec.path("capacity"), field.child("capacity"), errors);
        Values.oneOf(spec, "persistentVolumeReclaimPolicy", field, RECLAIM, false, errors);
        if (spec.has("nodeAffinity")) {
            FieldPath required = field.child("nodeAffinity", "required");
            if (spec.path("nodeAffinity").has("required")) {
                NodeSelectorRules.selector(spec.path("nodeAffinity").path("required"), required, errors);
            } else {
                errors.add(FieldError.required(required, "must specify required node constraints"));
            }
        }
        sources(spec, name, field, errors);
        String path = spec.path("hostPath").path("path").asString("");
        if (path.matches("/+")
                && spec.path("persistentVolumeReclaimPolicy").asString("").equals("Recycle")) {
            errors.add(FieldError.forbidden(
                    field.child("persistentVolumeReclaimPolicy"), "may not be 'recycle' for a hostPath mount of '/'"));
        }
        Values.subdomain(spec, "storageClassName", field, errors);
        if (spec.has("volumeMode")) {
            String mode = spec.path("volumeMode").asString("");
            if (!MODES.contains(mode)) {
                errors.add(FieldError.notSupported(field.child("volumeMode"), mode, MODES));
            }
        }
        attributes(spec, field, errors);
    }

    private static void capacity(JsonNode capacity, FieldPath field, List<FieldError> errors) {
        if (capacity.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        }
        if (!capacity.has("storage") || capacity.size() > 1) {
            errors.add(FieldError.notSupported(field, capacity.isMissingNode() ? null : capacity, List.of("storage")));
        }
        for (Map.Entry<String, JsonNode> entry : capacity.properties()) {
            FieldPath path = field.key(entry.getKey());
            Values.quantity(entry.getValue())
                    .filter(size -> size.compareTo(Quantity.ZERO) <= 0)
                    .ifPresent(size -> size(size, path, errors));
        }
    }

    private static void size(Quantity size, FieldPath field, List<FieldError> errors) {
        if (size.ceilValue() < 0) {
            errors.add(FieldError.invalid(field, size.ceilValue(), "must be a valid resource quantity"));
        }
        errors.add(FieldError.invalid(field, size.canonical(), "must be greater than zero"));
    }

    private static void sources(JsonNode spec, String name, FieldPath field, List<FieldError> errors) {
        int given = 0;
        for (String type : TYPES) {
            if (!spec.has(type)) {
                continue;
            }
            if (given++ > 0 && !type.equals("flexVolume")) {
                errors.add(FieldError.forbidden(
                        field.child(type.equals("cephfs") ? "cephFS" : type),
                        "may not specify more than 1 volume type"));
            } else {
                source(type, spec, name, field, errors);
            }
        }
        if (given == 0) {
            errors.add(FieldError.required(field, "must specify a volume type"));
        }
    }

    private static void source(String type, JsonNode spec, String name, FieldPath field, List<FieldError> errors) {
        JsonNode source = spec.path(type);
        switch (type) {
            case "csi" -> csi(source, field.child(type), errors);
            case "local" -> {
                local(source.path("path").asString(""), field.child(type, "path"), errors);
                if (!spec.has("nodeAffinity")) {
                    errors.add(FieldError.required(field.child("nodeAffinity"), "Local volume requires node affinity"));
                }
            }
            case "gcePersistentDisk" -> VolumeSources.check(type, source, true, field.child("persistentDisk"), errors);
            case "iscsi" -> {
                String portal = source.path("targetPortal").asString("");
                VolumeSources.check(type, source, true, field.child(type), errors);
                if (source.has("initiatorName") && (name + ":" + portal).length() > MAX_ISCSI_NAME) {
                    errors.add(FieldError.invalid(
                            field.child(type, "targetportal"),
                            portal,
                            "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if"
                                    + " iscsi.initiatorName is specified."));
                }
            }
            default -> VolumeSources.check(type, source, true, field.child(type), errors);
        }
    }

    private static void local(String path, FieldPath field, List<FieldError> errors) {
        if (path.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        } else {
            Paths.noBackSteps(path, field, errors);
        }
    }

    private static void csi(JsonNode source, FieldPath field, List<FieldError> errors) {
        DriverNames.validate(source.path("driver").asString(""), field.child("driver"), errors);
        VolumeSources.required(source, "volumeHandle", field, errors);
        for (String secret : SECRETS) {
            if (!source.has(secret)) {
                continue;
            }
            JsonNode reference = source.path(secret);
            VolumeSources.required(reference, "name", field.child(secret), errors);
            Values.subdomain(reference, "name", field.child(secret), errors);
            VolumeSources.required(reference, "namespace", field.child(secret), errors);
            Values.label(reference, "namespace", field.child(secret), errors);
        }
    }

    private static void attributes(JsonNode spec, FieldPath field, List<FieldError> errors) {
        if (!spec.has("volumeAttributesClassName")) {
            return;
        }
        String name = spec.path("volumeAttributesClassName").asString("");
        FieldPath path = field.child("volumeAttributesClassName");
        if (name.isEmpty()) {
            errors.add(FieldError.required(path, "an empty string is disallowed"));
        } else {
            Names.dns1123Subdomain(name).forEach(fault -> errors.add(FieldError.invalid(path, name, fault)));
        }
        if (!spec.has("csi")) {
            errors.add(FieldError.required(
                    field.child("csi"), "has to be specified when using volumeAttributesClassName"));
        }
    }
}
