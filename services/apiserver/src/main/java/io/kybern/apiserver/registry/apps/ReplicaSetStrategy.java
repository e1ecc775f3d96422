package io.kybern.apiserver.registry.apps;

import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.TableShape;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** ReplicaSets. */
public final class ReplicaSetStrategy extends ReplicaStrategy {

    /** The ReplicaSets of the API. */
    public ReplicaSetStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected void initialStatus(ObjectNode object) {
        object.putObject("status").put("replicas", 0);
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
