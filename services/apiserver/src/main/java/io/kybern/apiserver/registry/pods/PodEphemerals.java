package io.kybern.apiserver.registry.pods;

import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.NewFaults;
import io.kybern.apiserver.registry.TreeDiff;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code pods/ephemeralcontainers} may change: containers for looking into a pod come to it; those that are there neither change
 * nor go. See <a href="https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/">ephemeral containers</a>.
 */
public final class PodEphemerals {

    private static final String LIST = "ephemeralContainers";
    private static final FieldPath FIELD = FieldPath.of("spec", LIST);

    private PodEphemerals() {}

    /** Takes over the wanted containers into the pod; whatever else is wanted counts for nothing. The faults, if there are any. */
    public static List<FieldError> takeOver(ObjectNode pod, JsonNode wanted) {
        if (pod.path("metadata").path("annotations").has(PodAnnotationValidator.MIRROR)) {
            return List.of(FieldError.forbidden(FieldPath.root(), "static pods do not support ephemeral containers"));
        }
        JsonNode before = pod.path("spec").path(LIST);
        JsonNode now = wanted.path("spec").path(LIST);
        ObjectNode old = pod.deepCopy();
        Absent.object(pod, "spec").set(LIST, now.isArray() ? now.deepCopy() : Json.array());
        List<FieldError> errors = new ArrayList<>(NewFaults.of(pod, old, PodSpecValidator::validatePod));
        for (JsonNode was : before) {
            String name = was.path("name").asString("");
            JsonNode is = Values.named(now, name);
            if (is.isMissingNode()) {
                errors.add(FieldError.forbidden(
                        FIELD, "existing ephemeral containers \"%s\" may not be removed\n".formatted(name)));
            } else if (!Values.same(is, was)) {
                errors.add(FieldError.forbidden(
                        FIELD,
                        "existing ephemeral containers \"%s\" may not be changed\n%s"
                                .formatted(name, TreeDiff.of(was, is))));
            }
        }
        return errors;
    }
}
