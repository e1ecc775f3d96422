package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What may change of a pod that exists: images, the deadline, tolerations that come to it, and little else. */
final class PodUpdateValidator {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final String ALLOWED =
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                    + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                    + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    private PodUpdateValidator() {}

    static void validate(ObjectNode pod, ObjectNode old, List<FieldError> errors) {
        if (containersDiffer("containers", pod, old, errors) || containersDiffer("initContainers", pod, old, errors)) {
            return;
        }
        deadline(pod, old, errors);
        ObjectNode now = pod.path("spec") instanceof ObjectNode spec ? spec.deepCopy() : pod.objectNode();
        JsonNode before = old.path("spec");
        takeOver(now, before, "containers", "image");
        takeOver(now, before, "initContainers", "image");
        take(now, before, "activeDeadlineSeconds");
        JsonNode tolerations = now.path("tolerations");
        if (onlyAdded(timeless(before.path("tolerations")), timeless(tolerations))) {
            take(now, before, "tolerations");
            SchedulingValidator.tolerations(tolerations, SPEC.child("tolerations"), errors);
        }
        if (onlyRemoved(before.path("schedulingGates"), now.path("schedulingGates"))) {
            take(now, before, "schedulingGates");
            if (!before.path("schedulingGates").isEmpty()) {
                // a pod that is held back may still be made choosier
                take(now, before, "nodeSelector");
                take(now, before, "affinity");
            }
        }
        if (before.path("terminationGracePeriodSeconds").asLong(0) < 0
                && now.path("terminationGracePeriodSeconds").asLong(0) == 1) {
            take(now, before, "terminationGracePeriodSeconds");
        }
        if (!Values.same(now, before)) {
            errors.add(FieldError.forbidden(SPEC, ALLOWED));
        }
        imagesPresent("containers", pod, errors);
        imagesPresent("initContainers", pod, errors);
    }

    private static boolean containersDiffer(String list, JsonNode pod, JsonNode old, List<FieldError> errors) {
        if (pod.path("spec").path(list).size() != old.path("spec").path(list).size()) {
            errors.add(FieldError.forbidden(SPEC.child(list), "pod updates may not add or remove containers"));
            return true;
        }
        return false;
    }

    private static void imagesPresent(String list, JsonNode pod, List<FieldError> errors) {
        int index = 0;
        for (JsonNode container : pod.path("spec").path(list)) {
            ContainerValidator.image(container, SPEC.child(list).index(index++), errors);
        }
    }

    private static void deadline(JsonNode pod, JsonNode old, List<FieldError> errors) {
        FieldPath field = SPEC.child("activeDeadlineSeconds");
        JsonNode now = pod.path("spec").path("activeDeadlineSeconds");
        JsonNode before = old.path("spec").path("activeDeadlineSeconds");
        if (!now.isMissingNode()) {
            long value = now.asLong(0);
            if (value < 0 || value > Integer.MAX_VALUE) {
                errors.add(FieldError.invalid(field, value, "must be between 0 and 2147483647, inclusive"));
            } else if (!before.isMissingNode() && before.asLong(0) < value) {
                errors.add(FieldError.invalid(field, value, "must be less than or equal to previous value"));
            }
        } else if (!before.isMissingNode()) {
            errors.add(FieldError.invalid(field, null, "must not update from a positive integer to nil value"));
        }
    }

    private static void takeOver(ObjectNode spec, JsonNode before, String list, String field) {
        for (int i = 0; i < spec.path(list).size(); i++) {
            if (spec.path(list).get(i) instanceof ObjectNode container) {
                take(container, before.path(list).path(i), field);
            }
        }
    }

    private static void take(ObjectNode target, JsonNode before, String field) {
        JsonNode value = before.get(field);
        if (value == null) {
            target.remove(field);
        } else {
            target.set(field, value);
        }
    }

    /** Tolerations without how long they last, which may change. */
    private static JsonNode timeless(JsonNode tolerations) {
        JsonNode copy = tolerations.deepCopy();
        Absent.each(copy, each -> each.remove("tolerationSeconds"));
        return copy;
    }

    private static boolean onlyAdded(JsonNode before, JsonNode now) {
        for (JsonNode each : before) {
            if (!contains(now, each)) {
                return false;
            }
        }
        return true;
    }

    private static boolean onlyRemoved(JsonNode before, JsonNode now) {
        return onlyAdded(now, before);
    }

    private static boolean contains(JsonNode list, JsonNode wanted) {
        for (JsonNode each : list) {
            if (Values.same(each, wanted)) {
                return true;
            }
        }
        return false;
    }
}
