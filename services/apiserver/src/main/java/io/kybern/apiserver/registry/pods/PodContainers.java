package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldPath;
import java.util.List;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;

/** All containers of a pod, whatever their kind, in the order in which Kubernetes looks at them. */
final class PodContainers {

    private static final List<String> LISTS = List.of("initContainers", "containers", "ephemeralContainers");

    private PodContainers() {}

    /**
     * Hands over each container and where it is.
     *
     * @param field where the spec is
     */
    static void each(JsonNode spec, FieldPath field, BiConsumer<JsonNode, FieldPath> consumer) {
        for (String list : LISTS) {
            int index = 0;
            for (JsonNode container : spec.path(list)) {
                consumer.accept(container, field.child(list).index(index++));
            }
        }
    }
}
