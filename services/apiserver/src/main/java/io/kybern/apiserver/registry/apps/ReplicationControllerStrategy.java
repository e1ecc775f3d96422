package io.kybern.apiserver.registry.apps;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.validation.FieldError;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** ReplicationControllers: their selector is a plain map, and both it and the labels follow the template if they are absent. */
public final class ReplicationControllerStrategy extends ReplicaStrategy {

    /** The ReplicationControllers of the API. */
    public ReplicationControllerStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public void applyDefaults(ObjectNode object) {
        super.applyDefaults(object);
        ObjectNode spec = Absent.object(object, "spec");
        JsonNode labels = spec.path("template").path("metadata").path("labels");
        if (!labels.isEmpty()) {
            if (spec.path("selector").isEmpty()) {
                spec.set("selector", labels.deepCopy());
            }
            if (object.path("metadata").path("labels").isEmpty()) {
                KubeObject.metadata(object).set("labels", labels.deepCopy());
            }
        }
    }

    @Override
    public boolean orphansByDefault() {
        return true;
    }

    @Override
    protected void initialStatus(ObjectNode object) {
        object.putObject("status").put("replicas", 0);
    }

    @Override
    LabelSelector selector(JsonNode object) {
        return LabelSelector.ofLabels(Values.strings(object.path("spec").path("selector")));
    }

    @Override
    boolean validateSelector(JsonNode spec, List<FieldError> errors) {
        Values.labels(spec.path("selector"), SPEC.child("selector"), errors);
        if (spec.path("selector").isEmpty()) {
            errors.add(FieldError.required(SPEC.child("selector"), ""));
        }
        return true;
    }

    @Override
    protected void validateChange(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        validateAnew(object, old, errors);
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode object) {
        return withReplicas(object);
    }

    @Override
    public Set<String> supportedFieldLabels() {
        return replicaFields();
    }
}
