package io.kybern.workload.core.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.kybern.controller.model.Canonical;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The states of one workload.
 *
 * @param all in the order of their numbers
 * @param update the newest, which is what the workload asks for now
 * @param collisions how often a name was taken by another state
 */
public record Revisions(List<ControllerRevision> all, ControllerRevision update, int collisions) {

    static final Comparator<ControllerRevision> BY_NUMBER = Comparator.comparing(ControllerRevision::getRevision)
            .thenComparing(revision -> revision.getMetadata().getName());

    public Revisions {
        all = List.copyOf(all);
    }

    /** The state of that name. */
    public Optional<ControllerRevision> named(String name) {
        return all.stream().filter(revision -> name(revision).equals(name)).findFirst();
    }

    /** Its name. */
    public static String name(ControllerRevision revision) {
        return revision.getMetadata().getName();
    }

    /** What a state keeps: a patch that puts the template back, as kubectl applies it. */
    static JsonNode data(PodTemplateSpec template) {
        ObjectNode kept = (ObjectNode) Canonical.tree(template);
        kept.put("$patch", "replace");
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.putObject("spec").set("template", kept);
        return data;
    }

    /** Whether the state is that one. */
    static boolean says(ControllerRevision revision, JsonNode data) {
        return Canonical.same(Canonical.tree(revision.getData()), data);
    }

    /** The template that the state keeps. */
    public static PodTemplateSpec template(ControllerRevision revision) {
        JsonNode kept = Canonical.tree(revision.getData()).path("spec").path("template");
        if (kept instanceof ObjectNode object) {
            object.remove("$patch");
        }
        return Canonical.read(kept, PodTemplateSpec.class);
    }
}
