package io.kybern.apiserver.registry.pods;

import io.kybern.api.Quantity;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Paths;
import io.kybern.apiserver.registry.Values;
import io.kybern.apiserver.registry.VolumeSources;
import io.kybern.apiserver.registry.volumes.ClaimSpecValidator;
import io.kybern.apiserver.registry.volumes.DriverNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks the volumes of a pod. */
final class VolumeValidator {

    /** In the order in which Kubernetes looks for them: only the first counts. */
    private static final List<String> TYPES = List.of(
            "emptyDir",
            "hostPath",
            "gitRepo",
            "gcePersistentDisk",
            "awsElasticBlockStore",
            "secret",
            "nfs",
            "iscsi",
            "glusterfs",
            "flocker",
            "persistentVolumeClaim",
            "rbd",
            "cinder",
            "cephfs",
            "quobyte",
            "downwardAPI",
            "fc",
            "flexVolume",
            "configMap",
            "azureFile",
            "vsphereVolume",
            "photonPersistentDisk",
            "portworxVolume",
            "azureDisk",
            "storageos",
            "projected",
            "scaleIO",
            "csi",
            "ephemeral",
            "image");

    /** Types that Kubernetes calls by another name when they are one too many. */
    private static final Map<String, String> NAMES_OF_MORE = Map.of("cephfs", "cephFS", "downwardAPI", "downwarAPI");

    private static final List<String> PULL_POLICIES = List.of("Always", "IfNotPresent", "Never");
    private static final int MAX_ISCSI_NAME = 64;

    private VolumeValidator() {}

    /**
     * Adds the faults of the volumes and answers those that have none, by name.
     *
     * @param metadata that of a pod; missing for a template
     */
    static Map<String, JsonNode> volumes(
            JsonNode volumes, JsonNode metadata, FieldPath specField, List<FieldError> errors) {
        String pod = metadata.path("name").asString("");
        Set<String> made = new HashSet<>();
        for (JsonNode volume : volumes) {
            if (!pod.isEmpty() && volume.has("ephemeral")) {
                made.add(pod + "-" + volume.path("name").asString(""));
            }
        }
        Map<String, JsonNode> known = new HashMap<>();
        for (int i = 0; i < volumes.size(); i++) {
            JsonNode volume = volumes.get(i);
            FieldPath each = specField.child("volumes").index(i);
            String name = volume.path("name").asString("");
            List<FieldError> faults = new ArrayList<>();
            source(volume, name, pod, each, faults);
            if (name.isEmpty()) {
                faults.add(FieldError.required(each.child("name"), ""));
            } else {
                Names.dns1123Label(name)
                        .forEach(fault -> faults.add(FieldError.invalid(each.child("name"), name, fault)));
            }
            if (known.containsKey(name)) {
                faults.add(FieldError.duplicate(each.child("name"), name));
            }
            if (faults.isEmpty()) {
                known.put(name, volume);
            }
            errors.addAll(faults);
            String claim =
                    volume.path("persistentVolumeClaim").path("claimName").asString("");
            if (made.contains(claim)) {
                errors.add(FieldError.invalid(
                        each.child("persistentVolumeClaim", "claimName"),
                        claim,
                        "must not reference a PVC that gets created for an ephemeral volume"));
            }
        }
        return known;
    }

    private static void source(JsonNode volume, String name, String pod, FieldPath field, List<FieldError> errors) {
        int given = 0;
        for (String type : TYPES) {
            if (!volume.has(type)) {
                continue;
            }
            if (given++ > 0) {
                errors.add(FieldError.forbidden(
                        field.child(NAMES_OF_MORE.getOrDefault(type, type)),
                        "may not specify more than 1 volume type"));
            } else {
                source(type, volume.get(type), field, errors);
            }
            if (type.equals("iscsi")) {
                iscsiName(volume.get(type), name, field, errors);
            }
            if (type.equals("ephemeral") && given == 1 && !pod.isEmpty() && !name.isEmpty()) {
                String claim = pod + "-" + name;
                Names.dns1123Subdomain(claim)
                        .forEach(fault -> errors.add(FieldError.invalid(
                                field.child("name"), name, "PVC name \"%s\": %s".formatted(claim, fault))));
            }
        }
        if (given == 0) {
            errors.add(FieldError.required(field, "must specify a volume type"));
        }
    }

    private static void iscsiName(JsonNode source, String name, FieldPath field, List<FieldError> errors) {
        String whole = name + ":" + source.path("targetPortal").asString("");
        if (source.has("initiatorName") && whole.length() > MAX_ISCSI_NAME) {
            errors.add(FieldError.invalid(
                    field.child("name"),
                    name,
                    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if"
                            + " iscsi.initiatorName is specified."));
        }
    }

    private static void source(String type, JsonNode source, FieldPath volume, List<FieldError> errors) {
        // another name that is not that of the field
        FieldPath field = volume.child(type.equals("gcePersistentDisk") ? "persistentDisk" : type);
        switch (type) {
            case "emptyDir" ->
                Values.quantity(source.path("sizeLimit"))
                        .filter(size -> size.compareTo(Quantity.ZERO) < 0)
                        .ifPresent(size -> errors.add(FieldError.forbidden(
                                field.child("sizeLimit"), "SizeLimit field must be a valid resource quantity")));
            case "gitRepo" -> {
                VolumeSources.required(source, "repository", field, errors);
                Paths.descending(source.path("directory").asString(""), field.child("directory"), errors);
            }
            case "secret" -> {
                VolumeSources.required(source, "secretName", field, errors);
                ProjectionValidator.files(source, field, errors);
            }
            case "configMap" -> {
                VolumeSources.required(source, "name", field, errors);
                ProjectionValidator.files(source, field, errors);
            }
            case "downwardAPI" -> {
                ProjectionValidator.mode(source, "defaultMode", field, errors);
                ProjectionValidator.downward(source.path("items"), field, errors);
            }
            case "projected" -> ProjectionValidator.projected(source, field, errors);
            case "csi" -> csi(source, field, errors);
            case "ephemeral" -> {
                if (source.has("volumeClaimTemplate")) {
                    ClaimSpecValidator.template(
                            source.path("volumeClaimTemplate"), field.child("volumeClaimTemplate"), errors);
                } else {
                    errors.add(FieldError.required(field.child("volumeClaimTemplate"), ""));
                }
            }
            case "image" -> {
                VolumeSources.required(source, "reference", field, errors);
                Values.oneOf(source, "pullPolicy", field, PULL_POLICIES, true, errors);
            }
            default -> VolumeSources.check(type, source, false, field, errors);
        }
    }

    private static void csi(JsonNode source, FieldPath field, List<FieldError> errors) {
        DriverNames.validate(source.path("driver").asString(""), field.child("driver"), errors);
        if (!source.has("nodePublishSecretRef")) {
            return;
        }
        String secret = source.path("nodePublishSecretRef").path("name").asString("");
        if (secret.isEmpty()) {
            errors.add(FieldError.required(field.child("nodePublishSecretRef", "name"), ""));
        } else {
            Names.dns1123Subdomain(secret)
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("name"), secret, fault)));
        }
    }
}
