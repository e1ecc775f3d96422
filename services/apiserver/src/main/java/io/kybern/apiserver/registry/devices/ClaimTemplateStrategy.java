package io.kybern.apiserver.registry.devices;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.MetadataValidator;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * ResourceClaimTemplates: what claims of pods are made of; it never changes. See <a
 * href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/">Dynamic Resource Allocation</a>.
 */
public final class ClaimTemplateStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath METADATA = SPEC.child("metadata");
    private static final Set<String> KEPT = Set.of("annotations", "labels");

    /** The templates of the API. */
    public ClaimTemplateStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode template) {
        ClaimRules.applyDefaults(template.path("spec").path("spec"));
    }

    @Override
    protected void validate(ObjectNode template, List<FieldError> errors) {
        JsonNode metadata = template.path("spec").path("metadata");
        MetadataValidator.annotations(metadata.path("annotations"), METADATA.child("annotations"), errors);
        MetadataValidator.labels(metadata.path("labels"), METADATA.child("labels"), errors);
        for (Map.Entry<String, JsonNode> field : metadata.properties()) {
            if (!KEPT.contains(field.getKey()) && !field.getValue().isNull()) {
                errors.add(FieldError.forbidden(METADATA.child(goName(field.getKey())), "cannot be set"));
            }
        }
        ClaimRules.validate(template.path("spec").path("spec"), SPEC.child("spec"), errors);
    }

    /** Kubernetes names such a field as its own source does. */
    private static String goName(String field) {
        return field.equals("uid") ? "UID" : field.substring(0, 1).toUpperCase(Locale.ROOT) + field.substring(1);
    }

    @Override
    protected void validateChange(ObjectNode template, ObjectNode old, List<FieldError> errors) {
        Values.immutable(template.path("spec"), old.path("spec"), SPEC, errors);
    }
}
