package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.NewFaults;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code pods/resize} may change: how much of CPU and memory a pod and its containers ask for, without another class of service. See <a
 * href="https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/">resizing containers</a>.
 */
public final class PodResize {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final List<String> LISTS = List.of("containers", "initContainers");
    private static final List<String> AMOUNTS = List.of("requests", "limits");

    private PodResize() {}

    /** Takes over into the pod what may be changed of it; whatever else is wanted counts for nothing. The faults, if there are any. */
    public static List<FieldError> takeOver(ObjectNode pod, JsonNode wanted) {
        if (pod.path("metadata").path("annotations").has(PodAnnotationValidator.MIRROR)) {
            return List.of(FieldError.forbidden(FieldPath.root(), "static pods cannot be resized"));
        }
        if (WindowsValidator.isWindows(pod.path("spec"))) {
            return List.of(FieldError.forbidden(FieldPath.root(), "windows pods cannot be resized"));
        }
        ObjectNode old = pod.deepCopy();
        List<FieldError> errors = new ArrayList<>();
        List<FieldError> order = new ArrayList<>();
        LISTS.forEach(list ->
                order(list, wanted.path("spec").path(list), old.path("spec").path(list), order));
        ObjectNode spec = Absent.object(pod, "spec");
        if (order.isEmpty()) {
            LISTS.forEach(list -> resources(spec.path(list), wanted.path("spec").path(list)));
        }
        JsonNode whole = wanted.path("spec").path("resources");
        if (whole.isObject()) {
            spec.set("resources", whole);
        } else {
            spec.remove("resources");
        }
        errors.addAll(NewFaults.of(pod, old, PodSpecValidator::validatePod));
        if (!QosClass.of(old.path("spec")).equals(QosClass.of(spec))) {
            errors.add(FieldError.invalid(
                    SPEC,
                    old.path("status").path("qosClass").asString(""),
                    "Pod QOS Class may not change as a result of resizing"));
        }
        whole(spec.path("resources"), old.path("spec").path("resources"), errors);
        errors.addAll(order);
        if (order.isEmpty()) {
            containers(spec, old.path("spec"), errors);
        }
        return errors;
    }

    private static void order(String list, JsonNode now, JsonNode before, List<FieldError> errors) {
        FieldPath field = SPEC.child(list);
        if (now.size() != before.size()) {
            errors.add(FieldError.forbidden(field, list + " may not be added or removed on resize"));
            return;
        }
        for (int i = 0; i < before.size(); i++) {
            if (!now.get(i).path("name").equals(before.get(i).path("name"))) {
                errors.add(FieldError.forbidden(
                        field.index(i).child("name"), list + " may not be renamed or reordered on resize"));
            }
        }
    }

    private static void resources(JsonNode containers, JsonNode wanted) {
        for (int i = 0; i < containers.size(); i++) {
            ObjectNode container = (ObjectNode) containers.get(i);
            for (String field : List.of("resources", "resizePolicy")) {
                JsonNode value = wanted.get(i).get(field);
                if (value == null) {
                    container.remove(field);
                } else {
                    container.set(field, value);
                }
            }
        }
    }

    private static void whole(JsonNode now, JsonNode before, List<FieldError> errors) {
        FieldPath field = SPEC.child("resources");
        if (now.isMissingNode()) {
            if (!before.isMissingNode()) {
                errors.add(FieldError.forbidden(field, "pod-level resources cannot be removed"));
            }
            return;
        }
        for (String list : AMOUNTS) {
            if (removed(now.path(list), before.path(list))) {
                errors.add(
                        FieldError.forbidden(field.child(list), "pod-level resource " + list + " cannot be removed"));
            }
        }
        if (!sameBesidesCompute(now, before)) {
            errors.add(FieldError.forbidden(SPEC, "only cpu and memory resources are mutable at pod-level"));
        }
    }

    private static void containers(JsonNode spec, JsonNode old, List<FieldError> errors) {
        for (String list : List.of("initContainers", "containers")) {
            for (int i = 0; i < old.path(list).size(); i++) {
                FieldPath field = SPEC.child(list).index(i).child("resources");
                JsonNode now = spec.path(list).get(i).path("resources");
                JsonNode before = old.path(list).get(i).path("resources");
                for (String amounts : AMOUNTS) {
                    if (removed(now.path(amounts), before.path(amounts))) {
                        errors.add(FieldError.forbidden(
                                field.child(amounts), "resource " + amounts + " cannot be removed"));
                    }
                }
            }
        }
        each(spec, old, "containers", (i, now, before) -> {
            if (changesMore(now, before)) {
                errors.add(FieldError.forbidden(SPEC, "only cpu and memory resources are mutable"));
            }
        });
        each(spec, old, "initContainers", (i, now, before) -> initContainer(i, now, before, errors));
    }

    private static void initContainer(int index, JsonNode now, JsonNode before, List<FieldError> errors) {
        FieldPath field = SPEC.child("initContainers").index(index);
        if (changesMore(now, before)) {
            errors.add(FieldError.forbidden(
                    field, "only cpu and memory resources for init or sidecar containers are mutable"));
        }
        boolean sidecar = now.path("restartPolicy").asString("").equals("Always");
        if (!sidecar && !Values.same(now, before) && startsAnew(before)) {
            errors.add(FieldError.forbidden(
                    field, "non-sidecar init containers with a resize policy of RestartContainer cannot be resized"));
        }
    }

    private static boolean startsAnew(JsonNode container) {
        for (JsonNode policy : container.path("resizePolicy")) {
            if (policy.path("restartPolicy").asString("").equals("RestartContainer")) {
                return true;
            }
        }
        return false;
    }

    /** Looks at a container as it is to be and as it was. */
    @FunctionalInterface
    private interface Look {
        void at(int index, JsonNode now, JsonNode before);
    }

    private static void each(JsonNode spec, JsonNode old, String list, Look look) {
        for (int i = 0; i < old.path(list).size(); i++) {
            look.at(i, spec.path(list).get(i), old.path(list).get(i));
        }
    }

    private static boolean changesMore(JsonNode now, JsonNode before) {
        return !Values.same(now.path("resizePolicy"), before.path("resizePolicy"))
                || !sameBesidesCompute(now.path("resources"), before.path("resources"));
    }

    private static boolean removed(JsonNode now, JsonNode before) {
        return before.properties().stream().anyMatch(each -> !now.has(each.getKey()));
    }

    private static boolean sameBesidesCompute(JsonNode now, JsonNode before) {
        return Values.same(now.path("claims"), before.path("claims"))
                && AMOUNTS.stream()
                        .allMatch(
                                list -> Values.same(besidesCompute(now.path(list)), besidesCompute(before.path(list))));
    }

    private static JsonNode besidesCompute(JsonNode amounts) {
        ObjectNode left =
                amounts.isObject() ? ((ObjectNode) amounts).deepCopy() : JsonNodeFactory.instance.objectNode();
        left.remove(List.of("cpu", "memory"));
        return left;
    }
}
