package io.kybern.apiserver.registry.pods;

import io.kybern.api.Quantity;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.NameRule;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks the environment of a container. */
final class EnvironmentValidator {

    private static final List<String> SOURCES =
            List.of("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef");
    private static final String ANNOTATIONS = "metadata.annotations";
    private static final String LABELS = "metadata.labels";

    /** What selects pods as well; a variable or a file shows less. */
    private static final Set<String> LABELS_OF_FIELDS = Set.of(
            ANNOTATIONS,
            LABELS,
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.serviceAccountName",
            "spec.schedulerName",
            "status.phase",
            "status.hostIP",
            "status.hostIPs",
            "status.podIP",
            "status.podIPs");

    private static final List<String> OF_VARIABLES = List.of(
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "spec.nodeName",
            "spec.serviceAccountName",
            "status.hostIP",
            "status.hostIPs",
            "status.podIP",
            "status.podIPs");
    private static final List<String> OF_FILES =
            List.of(ANNOTATIONS, LABELS, "metadata.name", "metadata.namespace", "metadata.uid");
    private static final List<String> RESOURCES = List.of(
            "limits.cpu",
            "limits.ephemeral-storage",
            "limits.memory",
            "requests.cpu",
            "requests.ephemeral-storage",
            "requests.memory");
    private static final List<String> PARTS_OF_CPU = List.of("1m", "1");
    private static final List<String> PARTS =
            List.of("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei");

    private EnvironmentValidator() {}

    static void environment(JsonNode container, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode variable : container.path("env")) {
            FieldPath each = field.child("env").index(index++);
            String name = variable.path("name").asString("");
            if (name.isEmpty()) {
                errors.add(FieldError.required(each.child("name"), ""));
            } else {
                Names.environmentVariable(name)
                        .forEach(fault -> errors.add(FieldError.invalid(each.child("name"), name, fault)));
            }
            if (variable.has("valueFrom")) {
                source(variable, each.child("valueFrom"), errors);
            }
        }
        index = 0;
        for (JsonNode from : container.path("envFrom")) {
            from(from, field.child("envFrom"), index++, errors);
        }
    }

    private static void source(JsonNode variable, FieldPath field, List<FieldError> errors) {
        JsonNode source = variable.path("valueFrom");
        if (source.has("fieldRef")) {
            fieldRef(source.path("fieldRef"), field.child("fieldRef"), false, errors);
        }
        if (source.has("resourceFieldRef")) {
            resourceRef(source.path("resourceFieldRef"), field.child("resourceFieldRef"), false, errors);
        }
        for (String reference : List.of("configMapKeyRef", "secretKeyRef")) {
            if (source.has(reference)) {
                keyRef(source.path(reference), field.child(reference), errors);
            }
        }
        if (source.has("fileKeyRef")) {
            FileKeyValidator.reference(source.path("fileKeyRef"), field.child("fileKeyRef"), errors);
        }
        long given = SOURCES.stream().filter(source::has).count();
        if (given == 0) {
            errors.add(FieldError.invalid(
                    field,
                    "",
                    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or"
                            + " `fileKeyRef`"));
        } else if (!variable.path("value").asString("").isEmpty()) {
            errors.add(FieldError.invalid(field, "", "may not be specified when `value` is not empty"));
        } else if (given > 1) {
            errors.add(FieldError.invalid(field, "", "may not have more than one field specified at a time"));
        }
    }

    /** Checks a reference to a field of the pod; volumes may also name whole labels and annotations. */
    static void fieldRef(JsonNode reference, FieldPath field, boolean inVolume, List<FieldError> errors) {
        String version = reference.path("apiVersion").asString("");
        String path = reference.path("fieldPath").asString("");
        FieldPath pathField = field.child("fieldPath");
        if (version.isEmpty()) {
            errors.add(FieldError.required(field.child("apiVersion"), ""));
            return;
        }
        if (path.isEmpty()) {
            errors.add(FieldError.required(pathField, ""));
            return;
        }
        int bracket = path.indexOf("['");
        boolean subscripted = bracket > 0 && path.endsWith("']") && path.length() >= bracket + "['']".length();
        String plain = subscripted ? path.substring(0, bracket) : path;
        Optional<String> fault = unknown(version, path, plain, subscripted);
        if (fault.isPresent()) {
            errors.add(FieldError.invalid(pathField, path, "error converting fieldPath: " + fault.get()));
            return;
        }
        if (subscripted) {
            String subscript = path.substring(bracket + 2, path.length() - 2);
            String key = plain.equals(ANNOTATIONS) ? subscript.toLowerCase(Locale.ROOT) : subscript;
            Names.qualifiedName(key).forEach(each -> errors.add(FieldError.invalid(field, key, each)));
            return;
        }
        List<String> known = inVolume ? OF_FILES : OF_VARIABLES;
        // the name that the field had at first
        String shown = path.equals("spec.host") ? "spec.nodeName" : path;
        if (!known.contains(shown)) {
            errors.add(FieldError.notSupported(pathField, shown, known));
        }
    }

    private static Optional<String> unknown(String version, String path, String plain, boolean subscripted) {
        if (!version.equals("v1")) {
            return Optional.of("unsupported pod version: " + version);
        }
        if (subscripted) {
            return plain.equals(ANNOTATIONS) || plain.equals(LABELS)
                    ? Optional.empty()
                    : Optional.of("field label does not support subscript: " + path);
        }
        return LABELS_OF_FIELDS.contains(path) || path.equals("spec.host")
                ? Optional.empty()
                : Optional.of("field label not supported: " + path);
    }

    /** Checks a reference to what a container may have; only in a volume it says which one. */
    static void resourceRef(JsonNode reference, FieldPath field, boolean inVolume, List<FieldError> errors) {
        String resource = reference.path("resource").asString("");
        boolean hugePages = resource.startsWith("limits.hugepages-") || resource.startsWith("requests.hugepages-");
        if (inVolume && reference.path("containerName").asString("").isEmpty()) {
            errors.add(FieldError.required(field.child("containerName"), ""));
        } else if (resource.isEmpty()) {
            errors.add(FieldError.required(field.child("resource"), ""));
        } else if (!RESOURCES.contains(resource) && !hugePages) {
            errors.add(FieldError.notSupported(field.child("resource"), resource, RESOURCES));
        }
        Values.quantity(reference.path("divisor"))
                .filter(divisor -> !divisor.isZero())
                .ifPresent(divisor -> divisor(resource, divisor, field.child("divisor"), errors));
    }

    private static void divisor(String resource, Quantity divisor, FieldPath field, List<FieldError> errors) {
        String kind =
                switch (resource.substring(resource.indexOf('.') + 1)) {
                    case "cpu" -> "cpu";
                    case "memory" -> "memory";
                    case "ephemeral-storage" -> "local ephemeral storage";
                    default -> "hugepages";
                };
        boolean known = RESOURCES.contains(resource)
                || resource.startsWith("limits.hugepages-")
                || resource.startsWith("requests.hugepages-");
        List<String> parts = kind.equals("cpu") ? PARTS_OF_CPU : PARTS;
        if (known && !parts.contains(divisor.canonical())) {
            String list = kind.equals("cpu") ? String.join(" and ", parts) : String.join(", ", parts);
            errors.add(FieldError.invalid(
                    field,
                    resource,
                    "only divisor's values %s are supported with the %s resource".formatted(list, kind)));
        }
    }

    private static void keyRef(JsonNode reference, FieldPath field, List<FieldError> errors) {
        String name = reference.path("name").asString("");
        Names.dns1123Subdomain(name).forEach(fault -> errors.add(FieldError.invalid(field.child("name"), name, fault)));
        String key = reference.path("key").asString("");
        if (key.isEmpty()) {
            errors.add(FieldError.required(field.child("key"), ""));
        } else {
            Names.configKey(key).forEach(fault -> errors.add(FieldError.invalid(field.child("key"), key, fault)));
        }
    }

    private static void from(JsonNode from, FieldPath list, int index, List<FieldError> errors) {
        FieldPath field = list.index(index);
        String prefix = from.path("prefix").asString("");
        if (!prefix.isEmpty()) {
            Names.environmentVariable(prefix)
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("prefix"), prefix, fault)));
        }
        int given = 0;
        for (String reference : List.of("configMapRef", "secretRef")) {
            if (!from.has(reference)) {
                continue;
            }
            given++;
            FieldPath nameField = field.child(reference, "name");
            String name = from.path(reference).path("name").asString("");
            if (name.isEmpty()) {
                errors.add(FieldError.required(nameField, ""));
            } else {
                NameRule.SUBDOMAIN
                        .prefixFaults(name)
                        .forEach(fault -> errors.add(FieldError.invalid(nameField, name, fault)));
            }
        }
        // Kubernetes does not say of which entry these faults are
        if (given == 0) {
            errors.add(FieldError.invalid(list, "", "must specify one of: `configMapRef` or `secretRef`"));
        } else if (given > 1) {
            errors.add(FieldError.invalid(list, "", "may not have more than one field specified at a time"));
        }
    }
}
