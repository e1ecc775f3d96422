package io.kybern.apiserver.registry;

import io.kybern.api.KubeObject;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks the metadata that every object has; see "Object metadata" in the Kubernetes API conventions. */
public final class MetadataValidator {

    private static final FieldPath METADATA = FieldPath.of("metadata");
    private static final int MAX_ANNOTATIONS_BYTES = 256 * 1024;
    private static final Set<String> STANDARD_FINALIZERS = Set.of("kubernetes", "orphan", "foregroundDeletion");
    private static final List<String> IMMUTABLE =
            List.of("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds");

    private MetadataValidator() {}

    /**
     * The faults of an object's metadata.
     *
     * @param anyFinalizer whether finalizers may have names of one part that are not the server's own
     */
    static List<FieldError> validate(JsonNode object, boolean namespaced, NameRule rule, boolean anyFinalizer) {
        List<FieldError> errors = new ArrayList<>();
        String generateName = KubeObject.generateName(object);
        if (!generateName.isEmpty()) {
            for (String fault : rule.prefixFaults(generateName)) {
                errors.add(FieldError.invalid(METADATA.child("generateName"), generateName, fault));
            }
        }
        String name = KubeObject.name(object);
        if (name.isEmpty()) {
            errors.add(FieldError.required(METADATA.child("name"), "name or generateName is required"));
        } else {
            for (String fault : rule.faults(name)) {
                errors.add(FieldError.invalid(METADATA.child("name"), name, fault));
            }
        }
        namespace(KubeObject.namespace(object), namespaced, errors);
        JsonNode metadata = object.path("metadata");
        labels(metadata.path("labels"), METADATA.child("labels"), errors);
        annotations(metadata.path("annotations"), METADATA.child("annotations"), errors);
        owners(metadata.path("ownerReferences"), errors);
        finalizers(metadata.path("finalizers"), anyFinalizer, errors);
        return errors;
    }

    private static void namespace(String namespace, boolean namespaced, List<FieldError> errors) {
        FieldPath field = METADATA.child("namespace");
        if (namespaced && namespace.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        } else if (!namespaced && !namespace.isEmpty()) {
            errors.add(FieldError.forbidden(field, "not allowed on this type"));
        } else if (namespaced) {
            Names.dns1123Label(namespace).forEach(fault -> errors.add(FieldError.invalid(field, namespace, fault)));
        }
    }

    /** The faults of labels, for example of a pod template. */
    public static void labels(JsonNode labels, FieldPath field, List<FieldError> errors) {
        for (Map.Entry<String, JsonNode> label : labels.properties()) {
            Names.qualifiedName(label.getKey())
                    .forEach(fault -> errors.add(FieldError.invalid(field, label.getKey(), fault)));
            String value = label.getValue().asString("");
            Names.labelValue(value).forEach(fault -> errors.add(FieldError.invalid(field, value, fault)));
        }
    }

    /** The faults of annotations. */
    public static void annotations(JsonNode annotations, FieldPath field, List<FieldError> errors) {
        long size = 0;
        for (Map.Entry<String, JsonNode> annotation : annotations.properties()) {
            Names.qualifiedName(annotation.getKey().toLowerCase(Locale.ROOT))
                    .forEach(fault -> errors.add(FieldError.invalid(field, annotation.getKey(), fault)));
            size += annotation.getKey().length()
                    + annotation.getValue().asString("").length();
        }
        if (size > MAX_ANNOTATIONS_BYTES) {
            errors.add(FieldError.tooLong(field, MAX_ANNOTATIONS_BYTES));
        }
    }

    private static void owners(JsonNode owners, List<FieldError> errors) {
        FieldPath field = METADATA.child("ownerReferences");
        String controller = "";
        int index = 0;
        for (JsonNode owner : owners) {
            FieldPath each = field.index(index++);
            String version = owner.path("apiVersion").asString("");
            if (version.isEmpty()) {
                errors.add(FieldError.invalid(each.child("apiVersion"), version, "version must not be empty"));
            }
            for (String part : List.of("kind", "name", "uid")) {
                if (owner.path(part).asString("").isEmpty()) {
                    errors.add(FieldError.invalid(each.child(part), "", part + " must not be empty"));
                }
            }
            if (owner.path("controller").asBoolean(false)) {
                String described = "{" + owner.path("kind").asString("") + " "
                        + owner.path("name").asString("") + "}";
                if (!controller.isEmpty()) {
                    errors.add(FieldError.invalid(
                            field,
                            owners,
                            "Only one reference can have Controller set to true. Found \"true\" in references for %s and %s"
                                    .formatted(controller, described)));
                }
                controller = described;
            }
        }
    }

    private static void finalizers(JsonNode finalizers, boolean any, List<FieldError> errors) {
        FieldPath field = METADATA.child("finalizers");
        for (JsonNode each : finalizers) {
            String finalizer = each.asString("");
            Names.qualifiedName(finalizer).forEach(fault -> errors.add(FieldError.invalid(field, finalizer, fault)));
        }
        if (!any) {
            ownFinalizers(finalizers, field, errors);
        }
    }

    /** The faults of finalizers without a domain: only the server's own may have such names. */
    public static void ownFinalizers(JsonNode finalizers, FieldPath field, List<FieldError> errors) {
        for (int i = 0; i < finalizers.size(); i++) {
            String finalizer = finalizers.get(i).asString("");
            if (!isStandardOrQualified(finalizer)) {
                errors.add(FieldError.invalid(
                        field.index(i),
                        finalizer,
                        "name is neither a standard finalizer name nor is it fully qualified"));
            }
        }
    }

    private static boolean isStandardOrQualified(String finalizer) {
        return finalizer.contains("/") || STANDARD_FINALIZERS.contains(finalizer);
    }

    /**
     * What somebody should hear who gives an object finalizers of whatever name.
     *
     * @param before the finalizers that the object had, of which nobody needs to hear again
     */
    public static List<String> finalizerWarnings(List<String> finalizers, Collection<String> before) {
        return finalizers.stream()
                .filter(each -> !before.contains(each) && !isStandardOrQualified(each))
                .sorted()
                .map(each ->
                        "metadata.finalizers: \"%s\": prefer a domain-qualified finalizer name including a path (/) to avoid"
                                        .formatted(each)
                                + " accidental conflicts with other finalizer writers")
                .toList();
    }

    /** The faults of a change of metadata: what identifies the object stays as it is. */
    static List<FieldError> validateUpdate(JsonNode object, JsonNode old) {
        List<FieldError> errors = new ArrayList<>();
        JsonNode now = object.path("metadata");
        JsonNode before = old.path("metadata");
        for (String field : IMMUTABLE) {
            if (!now.path(field).equals(before.path(field))) {
                errors.add(FieldError.invalid(METADATA.child(field), now.path(field), "field is immutable"));
            }
        }
        if (KubeObject.isBeingDeleted(old)) {
            List<String> added = new ArrayList<>(KubeObject.finalizers(object));
            added.removeAll(KubeObject.finalizers(old));
            if (!added.isEmpty()) {
                errors.add(FieldError.forbidden(
                        METADATA.child("finalizers"),
                        "no new finalizers can be added if the object is being deleted, found new finalizers []string{%s}"
                                .formatted(String.join(
                                        ", ",
                                        added.stream()
                                                .map(each -> '"' + each + '"')
                                                .toList()))));
            }
        }
        return errors;
    }
}
