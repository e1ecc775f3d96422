package io.kybern.apiserver.registry.autoscaling;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.NameRule;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** HorizontalPodAutoscalers of autoscaling/v1, which knows the CPU only, and of autoscaling/v2, with any metrics. */
public final class AutoscalerStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final int CPU_PERCENT = 80;
    private static final List<String> SOURCES = List.of("ContainerResource", "External", "Object", "Pods", "Resource");

    /** The autoscalers of one of the two versions. */
    public AutoscalerStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    private boolean isFirstVersion() {
        return type().gvr().version().equals("v1");
    }

    @Override
    public void applyDefaults(ObjectNode autoscaler) {
        ObjectNode spec = Absent.object(autoscaler, "spec");
        Absent.number(spec, "minReplicas", 1);
        if (isFirstVersion()) {
            boolean others =
                    autoscaler.path("metadata").path("annotations").has("autoscaling.alpha.kubernetes.io/metrics");
            if (!others) {
                Absent.number(spec, "targetCPUUtilizationPercentage", CPU_PERCENT);
            }
        } else if (spec.path("metrics").isEmpty()) {
            ObjectNode resource =
                    spec.putArray("metrics").addObject().put("type", "Resource").putObject("resource");
            resource.put("name", "cpu");
            resource.putObject("target").put("type", "Utilization").put("averageUtilization", CPU_PERCENT);
        }
        BehaviorRules.defaults(spec);
    }

    @Override
    protected void initialStatus(ObjectNode autoscaler) {
        ObjectNode status = autoscaler.putObject("status").put("desiredReplicas", 0);
        if (isFirstVersion()) {
            status.put("currentReplicas", 0);
        }
    }

    @Override
    protected void validate(ObjectNode autoscaler, List<FieldError> errors) {
        JsonNode spec = autoscaler.path("spec");
        JsonNode metrics = spec.path("metrics");
        long lowest = lowestReplicas(metrics);
        JsonNode min = spec.path("minReplicas");
        long max = spec.path("maxReplicas").asLong(0);
        if (min.isNumber() && min.asLong() < lowest) {
            errors.add(
                    FieldError.invalid(SPEC.child("minReplicas"), min, "must be greater than or equal to " + lowest));
        }
        if (max < 1) {
            errors.add(FieldError.invalid(SPEC.child("maxReplicas"), max, "must be greater than 0"));
        }
        if (min.isNumber() && max < min.asLong()) {
            errors.add(FieldError.invalid(
                    SPEC.child("maxReplicas"), max, "must be greater than or equal to `minReplicas`"));
        }
        reference(spec.path("scaleTargetRef"), SPEC.child("scaleTargetRef"), errors);
        JsonNode percent = spec.path("targetCPUUtilizationPercentage");
        if (percent.isNumber() && percent.asLong() < 1) {
            errors.add(FieldError.invalid(
                    SPEC.child("metrics").index(0).child("resource", "target").child("averageUtilization"),
                    percent,
                    "must be greater than 0"));
        }
        int index = 0;
        for (JsonNode metric : metrics) {
            metric(metric, SPEC.child("metrics").index(index++), errors);
        }
        BehaviorRules.validate(spec.path("behavior"), SPEC.child("behavior"), errors);
    }

    /** Only a metric from outside the pods can tell that they are needed again once there are none. */
    private static long lowestReplicas(JsonNode metrics) {
        for (JsonNode metric : metrics) {
            String type = metric.path("type").asString("");
            if (type.equals("Object") || type.equals("External")) {
                return 0;
            }
        }
        return 1;
    }

    private static void reference(JsonNode reference, FieldPath field, List<FieldError> errors) {
        for (String part : List.of("kind", "name")) {
            String value = reference.path(part).asString("");
            if (value.isEmpty()) {
                errors.add(FieldError.required(field.child(part), ""));
            } else {
                NameRule.pathSegment(value)
                        .forEach(fault -> errors.add(FieldError.invalid(field.child(part), value, fault)));
            }
        }
    }

    private static void metric(JsonNode metric, FieldPath field, List<FieldError> errors) {
        String type = metric.path("type").asString("");
        if (type.isEmpty()) {
            errors.add(FieldError.required(field.child("type"), "must specify a metric source type"));
        }
        if (!SOURCES.contains(type)) {
            errors.add(FieldError.notSupported(field.child("type"), type, SOURCES));
        }
        String expected = type.isEmpty() ? "" : type.substring(0, 1).toLowerCase(Locale.ROOT) + type.substring(1);
        Set<String> present = new TreeSet<>();
        metric.properties().forEach(entry -> present.add(entry.getKey()));
        present.remove("type");
        if (!present.contains(expected)) {
            errors.add(FieldError.required(
                    field.child(expected), "must populate information for the given metric source"));
        }
        present.remove(expected);
        present.forEach(other ->
                errors.add(FieldError.forbidden(field.child(other), "must populate the given metric source only")));
        JsonNode source = metric.path(expected);
        if (source.has("target")) {
            Values.oneOf(
                    source.path("target"),
                    "type",
                    field.child(expected, "target"),
                    List.of("AverageValue", "Utilization", "Value"),
                    true,
                    errors);
        }
    }

    @Override
    protected void validateStatus(ObjectNode autoscaler, ObjectNode old, List<FieldError> errors) {
        Values.notNegative(autoscaler.path("status"), "currentReplicas", FieldPath.of("status"), errors);
        Values.notNegative(autoscaler.path("status"), "desiredReplicas", FieldPath.of("status"), errors);
    }
}
