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
import io.kybern.apiserver.registry.pods.PodWarnings;
import io.kybern.apiserver.registry.volumes.ClaimStrategy;
import io.kybern.apiserver.registry.volumes.ClaimWarnings;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** StatefulSets. Their pods mount volumes that come from claims, so the template is not checked as a whole. */
public final class StatefulSetStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath TEMPLATE = FieldPath.of("spec", "template");
    private static final List<String> CHANGEABLE = List.of(
            "replicas",
            "ordinals",
            "template",
            "updateStrategy",
            "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy",
            "minReadySeconds");
    private static final List<String> RETENTION = List.of("Retain", "Delete");

    /** The StatefulSets of the API. */
    public StatefulSetStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public void applyDefaults(ObjectNode set) {
        ObjectNode spec = Absent.object(set, "spec");
        Absent.text(spec, "podManagementPolicy", "OrderedReady");
        ObjectNode strategy = Absent.object(spec, "updateStrategy");
        Absent.text(strategy, "type", "RollingUpdate");
        if (strategy.path("type").asString("").equals("RollingUpdate")) {
            Absent.number(Absent.object(strategy, "rollingUpdate"), "partition", 0);
        }
        ObjectNode retention = Absent.object(spec, "persistentVolumeClaimRetentionPolicy");
        Absent.text(retention, "whenDeleted", "Retain");
        Absent.text(retention, "whenScaled", "Retain");
        Absent.number(spec, "replicas", 1);
        Absent.number(spec, "revisionHistoryLimit", 10);
        PodSpecDefaults.applyToTemplate(Absent.object(spec, "template"));
        Absent.each(spec.path("volumeClaimTemplates"), claim -> {
            claim.put("kind", "PersistentVolumeClaim").put("apiVersion", "v1");
            ClaimStrategy.defaults(claim);
        });
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode set) {
        return warnings(set, PodWarnings.ofTemplate(set.path("spec").path("template"), TEMPLATE));
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode set, ObjectNode old) {
        return KubeObject.generation(set) == KubeObject.generation(old) ? List.of() : warningsOnCreate(set);
    }

    private static List<String> warnings(ObjectNode set, List<String> ofTemplate) {
        List<String> warnings = new ArrayList<>(ofTemplate);
        int index = 0;
        for (JsonNode claim : set.path("spec").path("volumeClaimTemplates")) {
            FieldPath field = SPEC.child("volumeClaimTemplates").index(index++);
            warnings.addAll(ClaimWarnings.of(claim.path("spec"), field));
        }
        if (set.path("spec").path("revisionHistoryLimit").asLong(0) < 0) {
            warnings.add("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is"
                    + " recommended");
        }
        return warnings;
    }

    @Override
    protected void initialStatus(ObjectNode set) {
        set.putObject("status").put("replicas", 0).put("availableReplicas", 0);
    }

    @Override
    protected void validate(ObjectNode set, List<FieldError> errors) {
        JsonNode spec = set.path("spec");
        String management = spec.path("podManagementPolicy").asString("");
        if (!management.equals("OrderedReady") && !management.equals("Parallel")) {
            errors.add(FieldError.invalid(
                    SPEC.child("podManagementPolicy"), management, "must be 'OrderedReady' or 'Parallel'"));
        }
        updates(spec.path("updateStrategy"), SPEC.child("updateStrategy"), errors);
        FieldPath retention = SPEC.child("persistentVolumeClaimRetentionPolicy");
        JsonNode policy = spec.path("persistentVolumeClaimRetentionPolicy");
        Values.oneOf(policy, "whenDeleted", retention, RETENTION, true, errors);
        Values.oneOf(policy, "whenScaled", retention, RETENTION, true, errors);
        Values.notNegative(spec, "replicas", SPEC, errors);
        Values.notNegative(spec, "minReadySeconds", SPEC, errors);
        Values.notNegative(spec.path("ordinals"), "start", SPEC.child("ordinals"), errors);
        selector(spec, errors);
        template(spec.path("template"), errors);
    }

    private static void updates(JsonNode strategy, FieldPath field, List<FieldError> errors) {
        JsonNode rolling = strategy.path("rollingUpdate");
        switch (strategy.path("type").asString("")) {
            case "OnDelete" -> {
                if (!rolling.isMissingNode()) {
                    errors.add(FieldError.invalid(
                            field.child("rollingUpdate"), rolling, "only allowed for updateStrategy 'RollingUpdate'"));
                }
            }
            case "RollingUpdate" -> {
                Values.notNegative(rolling, "partition", field.child("rollingUpdate"), errors);
                JsonNode unavailable = rolling.path("maxUnavailable");
                Values.numberOrPercent(unavailable, field.child("rollingUpdate", "maxUnavailable"), errors);
                if (!unavailable.isMissingNode() && Values.isZero(unavailable)) {
                    errors.add(FieldError.invalid(
                            field.child("rollingUpdate", "maxUnavailable"), unavailable, "cannot be 0"));
                }
                Values.notAboveAll(unavailable, field.child("rollingUpdate", "maxUnavailable"), errors);
            }
            default -> errors.add(FieldError.invalid(field, strategy, "must be 'RollingUpdate' or 'OnDelete'"));
        }
    }

    private static void selector(JsonNode spec, List<FieldError> errors) {
        FieldPath field = SPEC.child("selector");
        JsonNode selector = spec.path("selector");
        if (selector.isMissingNode()) {
            errors.add(FieldError.required(field, ""));
        } else {
            Values.selector(selector, field, errors);
            if (selector.path("matchLabels").isEmpty()
                    && selector.path("matchExpressions").isEmpty()) {
                errors.add(FieldError.invalid(field, selector, "empty selector is invalid for statefulset"));
            }
        }
        JsonNode labels = spec.path("template").path("metadata").path("labels");
        try {
            LabelSelector readable = LabelSelector.of(selector);
            if (!readable.isEverything() && !readable.matches(Values.strings(labels))) {
                errors.add(FieldError.invalid(
                        TEMPLATE.child("metadata", "labels"),
                        labels.isMissingNode() ? null : labels,
                        "`selector` does not match template `labels`"));
            }
        } catch (SelectorSyntaxException e) {
            errors.add(FieldError.invalid(field, selector, ""));
        }
    }

    private static void template(JsonNode template, List<FieldError> errors) {
        JsonNode spec = template.path("spec");
        Values.labels(template.path("metadata").path("labels"), TEMPLATE.child("labels"), errors);
        String restart = spec.path("restartPolicy").asString("Always");
        if (!restart.equals("Always")) {
            errors.add(FieldError.notSupported(TEMPLATE.child("spec", "restartPolicy"), restart, List.of("Always")));
        }
        if (spec.has("activeDeadlineSeconds")) {
            errors.add(FieldError.forbidden(
                    TEMPLATE.child("spec", "activeDeadlineSeconds"),
                    "activeDeadlineSeconds in StatefulSet is not Supported"));
        }
    }

    @Override
    protected void validateChange(ObjectNode set, ObjectNode old, List<FieldError> errors) {
        validateAnew(set, old, errors);
        if (!Values.equalExcept(set.path("spec"), old.path("spec"), CHANGEABLE)) {
            errors.add(FieldError.forbidden(
                    SPEC,
                    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy',"
                            + " 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are"
                            + " forbidden"));
        }
    }

    @Override
    protected void validateStatus(ObjectNode set, ObjectNode old, List<FieldError> errors) {
        StatusCounts.validate(
                set.path("status"),
                List.of("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"),
                errors);
    }
}
