package io.kybern.apiserver.registry.pods;

import io.kybern.api.KubeObject;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the writer of a workload should hear of the pods that it makes. */
public final class TemplateWarnings {

    private TemplateWarnings() {}

    /** Of the name of a workload whose pods are called after it. */
    public static List<String> ofName(ObjectNode workload) {
        List<String> faults = Names.dns1123Label(KubeObject.name(workload));
        return faults.isEmpty()
                ? List.of()
                : List.of(
                        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a"
                                + " DNS label is recommended: [" + String.join(" ", faults) + "]");
    }

    /** Of a new workload: of its name and of its template. */
    public static List<String> onCreate(ObjectNode workload, JsonNode template, FieldPath field) {
        List<String> warnings = new ArrayList<>(ofName(workload));
        warnings.addAll(PodWarnings.ofTemplate(template, field));
        return warnings;
    }

    /** Of the template of a workload, if what is wanted has changed. */
    public static List<String> onUpdate(ObjectNode workload, ObjectNode old, JsonNode template, FieldPath field) {
        return KubeObject.generation(workload) == KubeObject.generation(old)
                ? List.of()
                : PodWarnings.ofTemplate(template, field);
    }
}
