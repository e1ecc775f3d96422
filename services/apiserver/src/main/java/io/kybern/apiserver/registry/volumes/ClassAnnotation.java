package io.kybern.apiserver.registry.volumes;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** The annotation by which volumes and claims named their class before there was a field for it; it still counts. */
final class ClassAnnotation {

    static final String NAME = "volume.beta.kubernetes.io/storage-class";

    private ClassAnnotation() {}

    /** The class that it names; empty if it is not there. */
    static String of(JsonNode object) {
        return object.path("metadata").path("annotations").path(NAME).asString("");
    }

    /** What the writer of an object that has it should hear. */
    static List<String> warnings(JsonNode object) {
        return object.path("metadata").path("annotations").has(NAME)
                ? List.of("metadata.annotations[%s]: deprecated since v1.8; use \"storageClassName\" attribute instead"
                        .formatted(NAME))
                : List.of();
    }
}
