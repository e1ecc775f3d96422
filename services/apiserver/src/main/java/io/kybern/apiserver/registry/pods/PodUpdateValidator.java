package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.NewFaults;
import io.kybern.apiserver.registry.TreeDiff;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What may change of a pod that exists: images, the deadline, tolerations that come to it, and little else. */
final class PodUpdateValidator {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath ANNOTATIONS = FieldPath.of("metadata", "annotations");
    private static final List<String> OWN_CONTAINERS = List.of("containers", "initContainers");
    private static final String ALLOWED =
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                    + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                    + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";
    private static final String DEADLINE = "activeDeadlineSeconds";
    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

    private PodUpdateValidator() {}

    static void validate(ObjectNode pod, ObjectNode old, List<FieldError> errors) {
        errors.addAll(NewFaults.of(pod, old, PodSpecValidator::validatePod));
        PodAnnotationValidator.change(
                pod.path("metadata").path("annotations"),
                old.path("metadata").path("annotations"),
                ANNOTATIONS,
                errors);
        for (String list : OWN_CONTAINERS) {
            JsonNode containers = pod.path("spec").path(list);
            JsonNode known = old.path("spec").path(list);
            if (containers.size() != known.size()) {
                errors.add(FieldError.forbidden(SPEC.child(list), "pod updates may not add or remove containers"));
                return;
            }
            errors.addAll(NewFaults.of(containers, known, (each, faults) -> images(each, SPEC.child(list), faults)));
        }
        Optional<FieldError> later = laterDeadline(pod, old);
        if (later.isPresent()) {
            errors.add(later.get());
            return;
        }
        if (old.path("spec").has(DEADLINE) && !pod.path("spec").has(DEADLINE)) {
            errors.add(FieldError.invalid(
                    SPEC.child(DEADLINE), null, "must not update from a positive integer to nil value"));
        }
        JsonNode before = old.path("spec");
        tolerations(pod.path("spec").path("tolerations"), before.path("tolerations"), errors);
        gates(pod.path("spec").path("schedulingGates"), before.path("schedulingGates"), errors);
        ObjectNode now = pod.path("spec") instanceof ObjectNode spec ? spec.deepCopy() : pod.objectNode();
        OWN_CONTAINERS.forEach(list -> takeOver(now, before, list, "image"));
        List.of(DEADLINE, "tolerations", "schedulingGates").forEach(allowed -> take(now, before, allowed));
        if (before.path("terminationGracePeriodSeconds").asLong(0) < 0
                && now.path("terminationGracePeriodSeconds").asLong(0) == 1) {
            take(now, before, "terminationGracePeriodSeconds");
        }
        if (!before.path("schedulingGates").isEmpty()) {
            choosier(now, before, errors);
        }
        if (!Values.same(now, before)) {
            errors.add(FieldError.forbidden(SPEC, ALLOWED + TreeDiff.of(before, now)));
        }
    }

    private static void images(JsonNode containers, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode container : containers) {
            ContainerValidator.image(container, field.index(index++), errors);
        }
    }

    /** The fault of a deadline that is no number of seconds, or not one that is as early as the one before. */
    private static Optional<FieldError> laterDeadline(JsonNode pod, JsonNode old) {
        FieldPath field = SPEC.child(DEADLINE);
        JsonNode now = pod.path("spec").path(DEADLINE);
        JsonNode before = old.path("spec").path(DEADLINE);
        if (now.isMissingNode()) {
            return Optional.empty();
        }
        long value = now.asLong(0);
        if (value < 0 || value > Integer.MAX_VALUE) {
            return Optional.of(FieldError.invalid(field, value, "must be between 0 and 2147483647, inclusive"));
        }
        return !before.isMissingNode() && before.asLong(0) < value
                ? Optional.of(FieldError.invalid(field, value, "must be less than or equal to previous value"))
                : Optional.empty();
    }

    private static void tolerations(JsonNode now, JsonNode before, List<FieldError> errors) {
        FieldPath field = SPEC.child("tolerations");
        Set<JsonNode> kept = timeless(now);
        for (JsonNode each : timeless(before)) {
            if (!kept.contains(each)) {
                errors.add(FieldError.forbidden(
                        field, "existing toleration can not be modified except its tolerationSeconds"));
                return;
            }
        }
        SchedulingValidator.tolerations(now, field, errors);
    }

    private static void gates(JsonNode now, JsonNode before, List<FieldError> errors) {
        Set<String> known = new HashSet<>();
        before.forEach(gate -> known.add(gate.path("name").asString("")));
        int index = 0;
        for (JsonNode gate : now) {
            FieldPath field = SPEC.child("schedulingGates").index(index++).child("name");
            String name = gate.path("name").asString("");
            if (!known.contains(name)) {
                errors.add(FieldError.forbidden(
                        field, "only deletion is allowed, but found new scheduling gate '%s'".formatted(name)));
            }
        }
    }

    /** A pod that is held back may still be made choosier about its node, but not less so. */
    private static void choosier(ObjectNode now, JsonNode before, List<FieldError> errors) {
        JsonNode selector = now.path("nodeSelector");
        boolean kept = before.path("nodeSelector").properties().stream()
                .allMatch(each -> each.getValue().equals(selector.get(each.getKey())));
        if (!kept) {
            errors.add(FieldError.invalid(
                    SPEC.child("nodeSelector"),
                    selector.isMissingNode() ? null : selector,
                    "only additions to spec.nodeSelector are allowed (no mutations or deletions)"));
        }
        take(now, before, "nodeSelector");
        JsonNode wanted = now.path("affinity").path("nodeAffinity");
        JsonNode was = before.path("affinity").path("nodeAffinity");
        if (!Values.same(wanted, was)) {
            terms(
                    wanted.path(REQUIRED).path("nodeSelectorTerms"),
                    was.path(REQUIRED).path("nodeSelectorTerms"),
                    errors);
            ObjectNode affinity = Absent.object(now, "affinity");
            take(affinity, before.path("affinity"), "nodeAffinity");
            if (affinity.isEmpty() && !before.has("affinity")) {
                now.remove("affinity");
            }
        }
    }

    private static void terms(JsonNode now, JsonNode before, List<FieldError> errors) {
        FieldPath field = SPEC.child("affinity", "nodeAffinity").child(REQUIRED, "nodeSelectorTerms");
        if (before.isEmpty()) {
            return;
        }
        if (now.size() != before.size()) {
            errors.add(FieldError.invalid(
                    field,
                    now.isMissingNode() ? null : now,
                    "no additions/deletions to non-empty NodeSelectorTerms list are allowed"));
            return;
        }
        for (int i = 0; i < before.size(); i++) {
            if (!onlyAdds(now.get(i), before.get(i))) {
                errors.add(FieldError.invalid(
                        field.index(i), now.get(i), "only additions are allowed (no mutations or deletions)"));
            }
        }
    }

    private static boolean onlyAdds(JsonNode now, JsonNode before) {
        List<String> parts = List.of("matchExpressions", "matchFields");
        // a term of nothing matches nothing, so whatever came to it would widen the choice
        if (parts.stream().allMatch(part -> before.path(part).isEmpty())) {
            return parts.stream().allMatch(part -> now.path(part).isEmpty());
        }
        for (String part : parts) {
            for (int i = 0; i < before.path(part).size(); i++) {
                if (!Values.same(now.path(part).path(i), before.path(part).get(i))) {
                    return false;
                }
            }
        }
        return true;
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

    /** Tolerations without how long they last, which may change; what is left of them are texts, so that equal ones say the same. */
    private static Set<JsonNode> timeless(JsonNode tolerations) {
        JsonNode copy = tolerations.deepCopy();
        Absent.each(copy, each -> each.remove("tolerationSeconds"));
        Set<JsonNode> timeless = new HashSet<>();
        copy.forEach(timeless::add);
        return timeless;
    }
}
