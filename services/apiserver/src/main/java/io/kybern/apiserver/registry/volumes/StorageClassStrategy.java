package io.kybern.apiserver.registry.volumes;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** StorageClasses: what they mean never changes. */
public final class StorageClassStrategy extends GenericStrategy {

    private static final FieldPath ROOT = FieldPath.root();
    private static final List<String> BINDING = List.of("Immediate", "WaitForFirstConsumer");

    private static final int MAX_PARAMETERS = 512;
    private static final int MAX_SIZE = 256 * 1024;

    /** The storage classes of the API. */
    public StorageClassStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode storageClass) {
        Absent.text(storageClass, "reclaimPolicy", "Delete");
        Absent.text(storageClass, "volumeBindingMode", "Immediate");
    }

    @Override
    protected void validate(ObjectNode storageClass, List<FieldError> errors) {
        String provisioner = storageClass.path("provisioner").asString("");
        FieldPath field = FieldPath.of("provisioner");
        if (provisioner.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        } else {
            Names.qualifiedName(provisioner.toLowerCase(Locale.ROOT))
                    .forEach(fault -> errors.add(FieldError.invalid(field, provisioner, fault)));
        }
        parameters(storageClass.path("parameters"), errors);
        Values.oneOf(storageClass, "reclaimPolicy", ROOT, List.of("Delete", "Retain"), false, errors);
        Values.oneOf(storageClass, "volumeBindingMode", ROOT, BINDING, true, errors);
        topologies(storageClass.path("allowedTopologies"), errors);
    }

    private static void parameters(JsonNode parameters, List<FieldError> errors) {
        FieldPath field = FieldPath.of("parameters");
        if (parameters.size() > MAX_PARAMETERS) {
            errors.add(FieldError.tooLong(field, MAX_PARAMETERS));
            return;
        }
        int size = 0;
        for (Map.Entry<String, JsonNode> entry : parameters.properties()) {
            if (entry.getKey().isEmpty()) {
                errors.add(FieldError.invalid(field, "", "field can not be empty."));
            }
            size += entry.getKey().length() + entry.getValue().asString("").length();
        }
        if (size > MAX_SIZE) {
            errors.add(FieldError.tooLong(field, MAX_SIZE));
        }
    }

    /** Where volumes may be made: no term stands twice, no key in a term, no value of a key. */
    private static void topologies(JsonNode terms, List<FieldError> errors) {
        FieldPath field = FieldPath.of("allowedTopologies");
        Set<Map<String, Set<String>>> seen = new HashSet<>();
        int index = 0;
        for (JsonNode term : terms) {
            FieldPath each = field.index(index++);
            Map<String, Set<String>> raw = new HashMap<>();
            int position = 0;
            for (JsonNode expression : term.path("matchLabelExpressions")) {
                requirement(expression, raw, each.child("matchLabelExpressions").index(position++), errors);
            }
            if (!seen.add(raw)) {
                errors.add(FieldError.duplicate(each.child("matchLabelExpressions"), ""));
            }
        }
    }

    private static void requirement(
            JsonNode expression, Map<String, Set<String>> raw, FieldPath field, List<FieldError> errors) {
        FieldPath list = field.child("values");
        if (expression.path("values").isEmpty()) {
            errors.add(FieldError.required(list, ""));
        }
        Set<String> values = new HashSet<>();
        int index = 0;
        for (JsonNode value : expression.path("values")) {
            if (!values.add(value.asString(""))) {
                errors.add(FieldError.duplicate(list.index(index), value));
            }
            index++;
        }
        String key = expression.path("key").asString("");
        Names.qualifiedName(key).forEach(fault -> errors.add(FieldError.invalid(field.child("key"), key, fault)));
        if (raw.put(key, values) != null) {
            errors.add(FieldError.duplicate(field.child("key"), key));
        }
    }

    @Override
    protected void validateChange(ObjectNode storageClass, ObjectNode old, List<FieldError> errors) {
        validateAnew(storageClass, old, errors);
        for (String fixed : List.of("parameters", "provisioner", "reclaimPolicy")) {
            if (!storageClass.path(fixed).equals(old.path(fixed))) {
                errors.add(FieldError.forbidden(FieldPath.of(fixed), "updates to " + fixed + " are forbidden."));
            }
        }
        Values.immutable(
                storageClass.path("volumeBindingMode"),
                old.path("volumeBindingMode"),
                FieldPath.of("volumeBindingMode"),
                errors);
    }
}
