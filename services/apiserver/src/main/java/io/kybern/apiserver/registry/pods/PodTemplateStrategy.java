package io.kybern.apiserver.registry.pods;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** PodTemplates. */
public final class PodTemplateStrategy extends GenericStrategy {

    /** The pod templates of the API. */
    public PodTemplateStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode podTemplate) {
        if (podTemplate.has("template")) {
            PodSpecDefaults.applyToTemplate(podTemplate.get("template"));
        }
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode podTemplate) {
        return PodWarnings.ofTemplate(podTemplate.path("template"), FieldPath.of("template"));
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode podTemplate, ObjectNode old) {
        return TemplateWarnings.onUpdate(podTemplate, old, podTemplate.path("template"), FieldPath.of("template"));
    }

    @Override
    protected void validate(ObjectNode podTemplate, List<FieldError> errors) {
        PodSpecValidator.validatePlainTemplate(podTemplate.path("template"), FieldPath.of("template"), errors);
    }

    @Override
    protected void validateChange(ObjectNode podTemplate, ObjectNode old, List<FieldError> errors) {
        validateAnew(podTemplate, old, errors);
    }
}
