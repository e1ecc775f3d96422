package io.kybern.apiserver.admission.plugins;

import io.kybern.api.KubeObject;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Classes that are marked as the one for objects that name none. */
final class DefaultClasses {

    private DefaultClasses() {}

    /**
     * The name of the default class; of several the newest, and of those that are as new the first by name.
     *
     * @param marks annotations of which one says {@code true}
     */
    static Optional<String> newest(ClusterReader cluster, String group, String resource, List<String> marks) {
        return cluster.list(group, resource, "").stream()
                .filter(each -> marks.stream().anyMatch(mark -> "true"
                        .equals(KubeObject.annotations(each).get(mark))))
                .max(Comparator.<JsonNode, String>comparing(each ->
                                each.path("metadata").path("creationTimestamp").asString(""))
                        .thenComparing(Comparator.comparing(KubeObject::name).reversed()))
                .map(KubeObject::name);
    }
}
