package io.kybern.apiserver.registry.apps;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import io.kybern.apiserver.registry.pods.PodSpecDefaults;
import io.kybern.apiserver.registry.pods.PodSpecValidator;
import io.kybern.apiserver.registry.pods.PodWarnings;
import io.kybern.apiserver.registry.pods.TemplateWarnings;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** DaemonSets; an annotation counts how often the template changed. */
public final class DaemonSetStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath TEMPLATE = FieldPath.of("spec", "template");
    private static final String TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

    /** The DaemonSets of the API. */
    public DaemonSetStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public void applyDefaults(ObjectNode set) {
        ObjectNode spec = Absent.object(set, "spec");
        ObjectNode strategy = Absent.object(spec, "updateStrategy");
        Absent.text(strategy, "type", "RollingUpdate");
        if (strategy.path("type").asString("").equals("RollingUpdate")) {
            ObjectNode rolling = Absent.object(strategy, "rollingUpdate");
            Absent.number(rolling, "maxUnavailable", 1);
            Absent.number(rolling, "maxSurge", 0);
        }
        Absent.number(spec, "revisionHistoryLimit", 10);
        PodSpecDefaults.applyToTemplate(Absent.object(spec, "template"));
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode set) {
        return PodWarnings.ofTemplate(set.path("spec").path("template"), TEMPLATE);
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode set, ObjectNode old) {
        return TemplateWarnings.onUpdate(set, old, set.path("spec").path("template"), TEMPLATE);
    }

    @Override
    protected void initialStatus(ObjectNode set) {
        set.putObject("status")
                .put("currentNumberScheduled", 0)
                .put("numberMisscheduled", 0)
                .put("desiredNumberScheduled", 0)
                .put("numberReady", 0);
    }

    @Override
    public void prepareForCreate(ObjectNode set, RequestScope scope) {
        super.prepareForCreate(set, scope);
        countTemplates(set, 1);
    }

    @Override
    public void prepareForUpdate(ObjectNode set, ObjectNode old, RequestScope scope) {
        super.prepareForUpdate(set, old, scope);
        boolean changed =
                !Values.same(set.path("spec").path("template"), old.path("spec").path("template"));
        countTemplates(set, templates(old) + (changed ? 1 : 0));
    }

    private static long templates(JsonNode set) {
        try {
            return Long.parseLong(KubeObject.annotations(set).getOrDefault(TEMPLATE_GENERATION, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static void countTemplates(ObjectNode set, long count) {
        Absent.object(KubeObject.metadata(set), "annotations").put(TEMPLATE_GENERATION, String.valueOf(count));
    }

    @Override
    protected void validate(ObjectNode set, List<FieldError> errors) {
        JsonNode spec = set.path("spec");
        JsonNode selector = spec.path("selector");
        FieldPath field = SPEC.child("selector");
        Values.selector(selector, field, errors);
        matching(selector, spec.path("template"), errors);
        if (!selector.isMissingNode()
                && selector.path("matchLabels").isEmpty()
                && selector.path("matchExpressions").isEmpty()) {
            errors.add(FieldError.invalid(field, selector, "empty selector is invalid for daemonset"));
        }
        PodSpecValidator.validatePlainTemplate(spec.path("template"), TEMPLATE, errors);
        JsonNode pod = spec.path("template").path("spec");
        String restart = pod.path("restartPolicy").asString("Always");
        if (!restart.equals("Always")) {
            errors.add(FieldError.notSupported(TEMPLATE.child("spec", "restartPolicy"), restart, List.of("Always")));
        }
        if (pod.has("activeDeadlineSeconds")) {
            errors.add(FieldError.forbidden(
                    TEMPLATE.child("spec", "activeDeadlineSeconds"),
                    "activeDeadlineSeconds in DaemonSet is not Supported"));
        }
        Values.notNegative(spec, "minReadySeconds", SPEC, errors);
        updates(spec.path("updateStrategy"), SPEC.child("updateStrategy"), errors);
        Values.notNegative(spec, "revisionHistoryLimit", SPEC, errors);
    }

    private static void matching(JsonNode selector, JsonNode template, List<FieldError> errors) {
        JsonNode labels = template.path("metadata").path("labels");
        try {
            if (!LabelSelector.of(selector).matches(Values.strings(labels))) {
                errors.add(FieldError.invalid(
                        TEMPLATE.child("metadata", "labels"),
                        labels.isMissingNode() ? null : labels,
                        "`selector` does not match template `labels`"));
            }
        } catch (SelectorSyntaxException e) {
            // the selector's own faults say more
        }
    }

    private static void updates(JsonNode strategy, FieldPath field, List<FieldError> errors) {
        switch (strategy.path("type").asString("")) {
            case "OnDelete" -> {
                // nothing more to say
            }
            case "RollingUpdate" -> rolling(strategy.path("rollingUpdate"), field.child("rollingUpdate"), errors);
            default -> errors.add(FieldError.notSupported(field, strategy, List.of("RollingUpdate", "OnDelete")));
        }
    }

    private static void rolling(JsonNode rolling, FieldPath field, List<FieldError> errors) {
        JsonNode unavailable = rolling.path("maxUnavailable");
        JsonNode surge = rolling.path("maxSurge");
        Values.numberOrPercent(unavailable, field.child("maxUnavailable"), errors);
        Values.numberOrPercent(surge, field.child("maxSurge"), errors);
        Values.notAboveAll(unavailable, field.child("maxUnavailable"), errors);
        Values.notAboveAll(surge, field.child("maxSurge"), errors);
        if (!Values.isZero(unavailable) && !Values.isZero(surge)) {
            errors.add(FieldError.invalid(
                    field.child("maxSurge"), surge, "may not be set when maxUnavailable is non-zero"));
        } else if (Values.isZero(unavailable) && Values.isZero(surge)) {
            errors.add(FieldError.required(field.child("maxUnavailable"), "cannot be 0 when maxSurge is 0"));
        }
    }

    @Override
    protected void validateChange(ObjectNode set, ObjectNode old, List<FieldError> errors) {
        validateAnew(set, old, errors);
        Values.immutable(
                set.path("spec").path("selector"), old.path("spec").path("selector"), SPEC.child("selector"), errors);
    }

    @Override
    protected void validateStatus(ObjectNode set, ObjectNode old, List<FieldError> errors) {
        FieldPath field = FieldPath.of("status");
        for (String count : List.of(
                "currentNumberScheduled",
                "numberMisscheduled",
                "desiredNumberScheduled",
                "numberReady",
                "observedGeneration",
                "updatedNumberScheduled",
                "numberAvailable",
                "numberUnavailable")) {
            Values.notNegative(set.path("status"), count, field, errors);
        }
    }
}
