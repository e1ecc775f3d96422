package io.kybern.apiserver.registry.apps;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Deployments. */
public final class DeploymentStrategy extends ReplicaStrategy {

    private static final List<String> STRATEGIES = List.of("Recreate", "RollingUpdate");

    /** The Deployments of the API. */
    public DeploymentStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public void applyDefaults(ObjectNode object) {
        super.applyDefaults(object);
        ObjectNode spec = Absent.object(object, "spec");
        ObjectNode strategy = Absent.object(spec, "strategy");
        Absent.text(strategy, "type", "RollingUpdate");
        if (strategy.path("type").asString("").equals("RollingUpdate")) {
            ObjectNode rolling = Absent.object(strategy, "rollingUpdate");
            Absent.text(rolling, "maxUnavailable", "25%");
            Absent.text(rolling, "maxSurge", "25%");
        }
        Absent.number(spec, "revisionHistoryLimit", 10);
        Absent.number(spec, "progressDeadlineSeconds", 600);
    }

    /** Annotations count too: the controller copies them to its ReplicaSets. */
    @Override
    public void prepareForUpdate(ObjectNode object, ObjectNode old, RequestScope scope) {
        super.prepareForUpdate(object, old, scope);
        long before = KubeObject.generation(old);
        boolean counted = KubeObject.generation(object) > before;
        if (!counted && !KubeObject.annotations(object).equals(KubeObject.annotations(old))) {
            KubeObject.metadata(object).put("generation", before + 1);
        }
    }

    @Override
    protected void initialStatus(ObjectNode object) {
        object.putObject("status");
    }

    @Override
    protected void validate(ObjectNode object, List<FieldError> errors) {
        super.validate(object, errors);
        JsonNode spec = object.path("spec");
        strategy(spec.path("strategy"), SPEC.child("strategy"), errors);
        Values.notNegative(spec, "revisionHistoryLimit", SPEC, errors);
        JsonNode deadline = spec.path("progressDeadlineSeconds");
        Values.notNegative(spec, "progressDeadlineSeconds", SPEC, errors);
        if (deadline.isNumber()
                && deadline.asLong() <= spec.path("minReadySeconds").asLong(0)) {
            errors.add(FieldError.invalid(
                    SPEC.child("progressDeadlineSeconds"), deadline, "must be greater than minReadySeconds"));
        }
    }

    private static void strategy(JsonNode strategy, FieldPath field, List<FieldError> errors) {
        JsonNode rolling = strategy.path("rollingUpdate");
        switch (strategy.path("type").asString("")) {
            case "Recreate" -> {
                if (!rolling.isMissingNode()) {
                    errors.add(FieldError.forbidden(
                            field.child("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'"));
                }
            }
            case "RollingUpdate" -> rolling(rolling, field.child("rollingUpdate"), errors);
            default -> Values.oneOf(strategy, "type", field, STRATEGIES, true, errors);
        }
    }

    private static void rolling(JsonNode rolling, FieldPath field, List<FieldError> errors) {
        JsonNode unavailable = rolling.path("maxUnavailable");
        JsonNode surge = rolling.path("maxSurge");
        Values.numberOrPercent(unavailable, field.child("maxUnavailable"), errors);
        Values.numberOrPercent(surge, field.child("maxSurge"), errors);
        if (Values.isZero(unavailable) && Values.isZero(surge)) {
            errors.add(FieldError.invalid(
                    field.child("maxUnavailable"), unavailable, "may not be 0 when `maxSurge` is 0"));
        }
        Values.notAboveAll(unavailable, field.child("maxUnavailable"), errors);
    }
}
