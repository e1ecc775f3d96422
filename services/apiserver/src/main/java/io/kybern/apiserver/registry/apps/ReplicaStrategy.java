package io.kybern.apiserver.registry.apps;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import io.kybern.apiserver.registry.pods.PodSpecDefaults;
import io.kybern.apiserver.registry.pods.PodSpecValidator;
import io.kybern.apiserver.registry.pods.TemplateWarnings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What ReplicaSets, ReplicationControllers and Deployments have in common: a number of pods of one template. */
abstract class ReplicaStrategy extends GenericStrategy {

    static final FieldPath SPEC = FieldPath.of("spec");

    ReplicaStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public void applyDefaults(ObjectNode object) {
        ObjectNode spec = Absent.object(object, "spec");
        Absent.number(spec, "replicas", 1);
        if (spec.has("template")) {
            PodSpecDefaults.applyToTemplate(spec.get("template"));
        }
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode object) {
        return TemplateWarnings.onCreate(object, object.path("spec").path("template"), SPEC.child("template"));
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode object, ObjectNode old) {
        return TemplateWarnings.onUpdate(object, old, object.path("spec").path("template"), SPEC.child("template"));
    }

    /** The selector of the object; one that selects everything if it cannot be read, which is a fault of its own. */
    LabelSelector selector(JsonNode object) {
        try {
            return LabelSelector.of(object.path("spec").path("selector"));
        } catch (SelectorSyntaxException e) {
            return LabelSelector.everything();
        }
    }

    @Override
    protected void validate(ObjectNode object, List<FieldError> errors) {
        JsonNode spec = object.path("spec");
        Values.notNegative(spec, "replicas", SPEC, errors);
        Values.notNegative(spec, "minReadySeconds", SPEC, errors);
        if (!validateSelector(spec, errors)) {
            return;
        }
        FieldPath template = SPEC.child("template");
        PodSpecValidator.validateTemplate(selector(object), spec.path("template"), template, errors);
        String restart =
                spec.path("template").path("spec").path("restartPolicy").asString("Always");
        if (!restart.equals("Always")) {
            errors.add(FieldError.notSupported(template.child("spec", "restartPolicy"), restart, List.of("Always")));
        }
        if (spec.path("template").path("spec").has("activeDeadlineSeconds")) {
            errors.add(FieldError.forbidden(
                    template.child("spec", "activeDeadlineSeconds"),
                    "activeDeadlineSeconds in %s is not Supported".formatted(type().kind())));
        }
    }

    /** Adds the faults of the selector; answers whether it can be read, so that it makes sense to look further. */
    boolean validateSelector(JsonNode spec, List<FieldError> errors) {
        FieldPath field = SPEC.child("selector");
        JsonNode selector = spec.path("selector");
        if (selector.isMissingNode()) {
            errors.add(FieldError.required(field, ""));
            return true;
        }
        Values.selector(selector, field, errors);
        if (!readable(selector)) {
            errors.add(FieldError.invalid(field, selector, "invalid label selector"));
            return false;
        }
        if (selector.path("matchLabels").isEmpty()
                && selector.path("matchExpressions").isEmpty()) {
            errors.add(FieldError.invalid(field, selector, "empty selector is invalid for " + type().singular()));
        }
        return true;
    }

    private static boolean readable(JsonNode selector) {
        try {
            LabelSelector.of(selector);
            return true;
        } catch (SelectorSyntaxException e) {
            return false;
        }
    }

    @Override
    protected void validateChange(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        validateAnew(object, old, errors);
        Values.immutable(
                object.path("spec").path("selector"),
                old.path("spec").path("selector"),
                SPEC.child("selector"),
                errors);
    }

    @Override
    protected void validateStatus(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        StatusCounts.validate(
                object.path("status"),
                List.of("fullyLabeledReplicas", "readyReplicas", "availableReplicas", "updatedReplicas"),
                errors);
    }

    /** The fields that can be selected, with the number of replicas. */
    Map<String, String> withReplicas(ObjectNode object) {
        Map<String, String> fields = new HashMap<>();
        fields.put("metadata.name", KubeObject.name(object));
        fields.put("metadata.namespace", KubeObject.namespace(object));
        fields.put(
                "status.replicas",
                String.valueOf(object.path("status").path("replicas").asLong(0)));
        return fields;
    }

    /** The names of those fields. */
    static Set<String> replicaFields() {
        return new HashSet<>(Set.of("metadata.name", "metadata.namespace", "status.replicas"));
    }
}
