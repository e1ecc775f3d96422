package io.kybern.apiserver.registry.core;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Events of the core group and of events.k8s.io, which show the same objects under different names of fields. */
public final class EventStrategy extends GenericStrategy {

    private static final List<String> PARTS =
            List.of("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath");

    private final String regarding;

    /**
     * The events of one of the two groups.
     *
     * @param regarding the field that names what the event is about
     */
    public EventStrategy(ResourceType type, TableShape table, String regarding) {
        super(type, table);
        this.regarding = regarding;
    }

    @Override
    protected void validate(ObjectNode event, List<FieldError> errors) {
        String namespace = event.path(regarding).path("namespace").asString("");
        String own = KubeObject.namespace(event);
        boolean clusterScoped = namespace.isEmpty() && (own.equals("default") || own.equals("kube-system"));
        if (!clusterScoped && !namespace.equals(own)) {
            errors.add(FieldError.invalid(
                    FieldPath.of(regarding, "namespace"), namespace, "does not match event.namespace"));
        }
    }

    @Override
    protected void validateChange(ObjectNode event, ObjectNode old, List<FieldError> errors) {
        // what an event says may be completed and counted up
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode event) {
        // the store holds core events, whatever the group that they came through
        String about = event.has("involvedObject") ? "involvedObject" : "regarding";
        JsonNode object = event.path(about);
        Map<String, String> fields = new HashMap<>();
        fields.put("metadata.name", KubeObject.name(event));
        fields.put("metadata.namespace", KubeObject.namespace(event));
        for (String part : PARTS) {
            fields.put("involvedObject." + part, object.path(part).asString(""));
            fields.put("regarding." + part, object.path(part).asString(""));
        }
        fields.put("reason", event.path("reason").asString(""));
        fields.put("type", event.path("type").asString(""));
        String component = event.path("reportingComponent")
                .asString(event.path("reportingController").asString(""));
        fields.put("reportingComponent", component);
        fields.put("reportingController", component);
        fields.put("source", event.path("source").path("component").asString(component));
        return fields;
    }

    @Override
    public Set<String> supportedFieldLabels() {
        Set<String> labels = new LinkedHashSet<>(List.of("metadata.name", "metadata.namespace", "reason", "type"));
        PARTS.forEach(part -> labels.add(regarding + "." + part));
        labels.add("source");
        labels.add(regarding.equals("regarding") ? "reportingController" : "reportingComponent");
        return labels;
    }
}
