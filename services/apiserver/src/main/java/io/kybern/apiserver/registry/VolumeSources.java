package io.kybern.apiserver.registry;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Where volumes come from, as far as volumes of pods and PersistentVolumes have it in common. What nothing can mount any more is
 * still checked, as Kubernetes does.
 */
public final class VolumeSources {

    private static final List<String> HOST_PATH_TYPES = List.of(
            "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket");
    private static final List<String> AZURE_CACHING = List.of("None", "ReadOnly", "ReadWrite");
    private static final List<String> AZURE_KINDS = List.of("Dedicated", "Managed", "Shared");
    private static final String NO_ISCSI_NAME = "must be valid format";
    private static final String NO_PREFIX = " starting with iqn, eui, or naa";
    private static final Pattern IQN = Pattern.compile("iqn\\.\\d{4}-\\d{2}\\.([\\p{Alnum}-.]+)(:[^,;*&$|\\s]+)$");
    private static final Pattern EUI = Pattern.compile("^eui.\\p{Alnum}{16}$");
    private static final Pattern NAA = Pattern.compile("^naa.\\p{Alnum}{32}$");
    private static final int MAX_NUMBER = 255;
    private static final int MAX_TENANT = 64;

    /** The fields that must not be empty, where that is all there is to check. */
    private static final Map<String, List<String>> REQUIRED = Map.of(
            "vsphereVolume", List.of("volumePath"),
            "photonPersistentDisk", List.of("pdID"),
            "portworxVolume", List.of("volumeID"),
            "scaleIO", List.of("gateway", "system", "volumeName"),
            "glusterfs", List.of("endpoints", "path"),
            "rbd", List.of("monitors", "image"),
            "cephfs", List.of("monitors"),
            "azureFile", List.of("secretName", "shareName"),
            "persistentVolumeClaim", List.of("claimName"));

    private VolumeSources() {}

    /** The field must be there and not be empty. */
    public static void required(JsonNode object, String name, FieldPath field, List<FieldError> errors) {
        JsonNode value = object.path(name);
        if (value.isArray() ? value.isEmpty() : value.asString("").isEmpty()) {
            errors.add(FieldError.required(field.child(name), ""));
        }
    }

    /**
     * Adds the faults of a source.
     *
     * @param persistent whether it is the source of a PersistentVolume, which names secrets of any namespace
     * @param field where it is
     */
    public static void check(
            String type, JsonNode source, boolean persistent, FieldPath field, List<FieldError> errors) {
        REQUIRED.getOrDefault(type, List.of()).forEach(name -> required(source, name, field, errors));
        switch (type) {
            case "hostPath" -> hostPath(source, field, errors);
            case "gcePersistentDisk" -> disk(source, "pdName", field, errors);
            case "awsElasticBlockStore" -> disk(source, "volumeID", field, errors);
            case "nfs" -> nfs(source, field, errors);
            case "iscsi" -> iscsi(source, persistent ? "" : NO_PREFIX, persistent, field, errors);
            case "flocker" -> flocker(source, field, errors);
            case "cinder" -> {
                required(source, "volumeID", field, errors);
                secret(source, persistent, field, errors);
            }
            case "quobyte" -> quobyte(source, field, errors);
            case "fc" -> fibreChannel(source, field, errors);
            case "flexVolume" -> flex(source, field, errors);
            case "azureFile" -> {
                if (source.has("secretNamespace")) {
                    required(source, "secretNamespace", field, errors);
                }
            }
            case "glusterfs" -> endpointsNamespace(source, field, errors);
            case "azureDisk" -> azureDisk(source, field, errors);
            case "storageos" -> storageOs(source, persistent, field, errors);
            default -> {
                // the fields above were all
            }
        }
    }

    private static void hostPath(JsonNode source, FieldPath field, List<FieldError> errors) {
        String path = source.path("path").asString("");
        if (path.isEmpty()) {
            errors.add(FieldError.required(field.child("path"), ""));
            return;
        }
        Paths.noBackSteps(path, field.child("path"), errors);
        oneOf(source, "type", HOST_PATH_TYPES, field, errors);
    }

    private static void oneOf(
            JsonNode source, String name, List<String> values, FieldPath field, List<FieldError> errors) {
        String value = source.path(name).asString("");
        if (source.has(name) && !values.contains(value)) {
            errors.add(FieldError.notSupported(field.child(name), value, values));
        }
    }

    private static void disk(JsonNode source, String id, FieldPath field, List<FieldError> errors) {
        required(source, id, field, errors);
        number(source, "partition", "must be between 1 and 255, inclusive", field, errors);
    }

    private static void number(JsonNode source, String name, String rule, FieldPath field, List<FieldError> errors) {
        long value = source.path(name).asLong(0);
        if (value < 0 || value > MAX_NUMBER) {
            errors.add(FieldError.invalid(field.child(name), value, rule));
        }
    }

    private static void nfs(JsonNode source, FieldPath field, List<FieldError> errors) {
        required(source, "server", field, errors);
        required(source, "path", field, errors);
        String path = source.path("path").asString("");
        if (!path.startsWith("/")) {
            errors.add(FieldError.invalid(field.child("path"), path, "must be an absolute path"));
        }
    }

    private static void iscsi(
            JsonNode source, String hint, boolean persistent, FieldPath field, List<FieldError> errors) {
        required(source, "targetPortal", field, errors);
        required(source, "iqn", field, errors);
        String iqn = source.path("iqn").asString("");
        if (!iqn.isEmpty()) {
            iscsiName(iqn, hint, field.child("iqn"), errors);
        }
        number(source, "lun", "must be between 0 and 255, inclusive", field, errors);
        boolean authenticates = source.path("chapAuthDiscovery").asBoolean(false)
                || source.path("chapAuthSession").asBoolean(false);
        if (authenticates && !source.has("secretRef")) {
            errors.add(FieldError.required(field.child("secretRef"), ""));
        }
        if (persistent && source.has("secretRef")) {
            required(source.path("secretRef"), "name", field.child("secretRef"), errors);
        }
        if (source.has("initiatorName")) {
            iscsiName(source.path("initiatorName").asString(""), hint, field.child("initiatorname"), errors);
        }
    }

    private static void iscsiName(String name, String hint, FieldPath field, List<FieldError> errors) {
        if (name.startsWith("iqn") || name.startsWith("eui") || name.startsWith("naa")) {
            Pattern pattern = name.startsWith("iqn") ? IQN : name.startsWith("eui") ? EUI : NAA;
            if (!pattern.matcher(name).find()) {
                errors.add(FieldError.invalid(field, name, NO_ISCSI_NAME));
            }
        } else {
            errors.add(FieldError.invalid(field, name, NO_ISCSI_NAME + hint));
        }
    }

    private static void flocker(JsonNode source, FieldPath field, List<FieldError> errors) {
        String name = source.path("datasetName").asString("");
        String id = source.path("datasetUUID").asString("");
        if (name.isEmpty() && id.isEmpty()) {
            errors.add(FieldError.required(field, "one of datasetName and datasetUUID is required"));
        }
        if (!name.isEmpty() && !id.isEmpty()) {
            errors.add(FieldError.invalid(
                    field, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
        }
        if (name.contains("/")) {
            errors.add(FieldError.invalid(field.child("datasetName"), name, "must not contain '/'"));
        }
    }

    private static void secret(JsonNode source, boolean persistent, FieldPath field, List<FieldError> errors) {
        if (source.has("secretRef")) {
            required(source.path("secretRef"), "name", field.child("secretRef"), errors);
            if (persistent) {
                required(source.path("secretRef"), "namespace", field.child("secretRef"), errors);
            }
        }
    }

    private static void quobyte(JsonNode source, FieldPath field, List<FieldError> errors) {
        String rule = "must be a host:port pair or multiple pairs separated by commas";
        String registry = source.path("registry").asString("");
        if (registry.isEmpty()) {
            errors.add(FieldError.required(field.child("registry"), rule));
        } else if (source.path("tenant").asString("").length() > MAX_TENANT) {
            errors.add(FieldError.required(
                    field.child("tenant"), "must be a UUID and may not exceed a length of 64 characters"));
        } else {
            for (String pair : registry.split(",", -1)) {
                if (pair.indexOf(':') < 0) {
                    errors.add(FieldError.invalid(field.child("registry"), registry, rule));
                }
            }
        }
        required(source, "volume", field, errors);
    }

    private static void fibreChannel(JsonNode source, FieldPath field, List<FieldError> errors) {
        JsonNode targets = source.path("targetWWNs");
        boolean ids = !source.path("wwids").isEmpty();
        if (targets.isEmpty() && !ids) {
            errors.add(FieldError.required(
                    field.child("targetWWNs"), "must specify either targetWWNs or wwids, but not both"));
        }
        if (targets.isEmpty()) {
            return;
        }
        if (ids) {
            errors.add(FieldError.invalid(
                    field.child("targetWWNs"), targets, "targetWWNs and wwids can not be specified simultaneously"));
        }
        if (source.has("lun")) {
            number(source, "lun", "must be between 0 and 255, inclusive", field, errors);
        } else {
            errors.add(FieldError.required(field.child("lun"), "lun is required if targetWWNs is specified"));
        }
    }

    private static void flex(JsonNode source, FieldPath field, List<FieldError> errors) {
        required(source, "driver", field, errors);
        source.path("options").properties().forEach(option -> {
            String key = option.getKey();
            String namespace = "." + key.split("/", 2)[0].toLowerCase(Locale.ROOT);
            if (namespace.endsWith(".kubernetes.io") || namespace.endsWith(".k8s.io")) {
                errors.add(FieldError.invalid(
                        field.child("options").key(key), key, "kubernetes.io and k8s.io namespaces are reserved"));
            }
        });
    }

    private static void endpointsNamespace(JsonNode source, FieldPath field, List<FieldError> errors) {
        if (!source.has("endpointsNamespace")) {
            return;
        }
        String namespace = source.path("endpointsNamespace").asString("");
        FieldPath path = field.child("endpointsNamespace");
        if (namespace.isEmpty()) {
            errors.add(FieldError.invalid(
                    path, namespace, "if the endpointnamespace is set, it must be a valid namespace name"));
        } else {
            Names.dns1123Label(namespace).forEach(fault -> errors.add(FieldError.invalid(path, namespace, fault)));
        }
    }

    private static void azureDisk(JsonNode source, FieldPath field, List<FieldError> errors) {
        required(source, "diskName", field, errors);
        required(source, "diskURI", field, errors);
        oneOf(source, "cachingMode", AZURE_CACHING, field, errors);
        oneOf(source, "kind", AZURE_KINDS, field, errors);
        String uri = source.path("diskURI").asString("");
        if (!source.has("kind")) {
            return;
        }
        boolean managed = source.path("kind").asString("").equals("Managed");
        if (managed && !uri.startsWith("/subscriptions/")) {
            errors.add(
                    FieldError.notSupported(
                            field.child("diskURI"),
                            uri,
                            List.of(
                                    "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}")));
        } else if (!managed && !uri.startsWith("https://")) {
            errors.add(FieldError.notSupported(
                    field.child("diskURI"),
                    uri,
                    List.of("https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd")));
        }
    }

    private static void storageOs(JsonNode source, boolean persistent, FieldPath field, List<FieldError> errors) {
        required(source, "volumeName", field, errors);
        Values.label(source, "volumeName", field, errors);
        Values.label(source, "volumeNamespace", field, errors);
        secret(source, persistent, field, errors);
    }
}
