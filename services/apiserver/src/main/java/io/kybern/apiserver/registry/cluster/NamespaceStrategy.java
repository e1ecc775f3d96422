package io.kybern.apiserver.registry.cluster;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.NameRule;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Namespaces: active from the start, and held by a finalizer of their own until their content is gone. */
public final class NamespaceStrategy extends GenericStrategy {

    private static final String FINALIZER = "kubernetes";
    private static final String NAME_LABEL = "kubernetes.io/metadata.name";

    /** The namespaces of the API. */
    public NamespaceStrategy(ResourceType type, TableShape table) {
        super(type, table, NameRule.LABEL);
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    /** Every namespace can be selected by its name. */
    @Override
    public void applyDefaults(ObjectNode namespace) {
        String name = KubeObject.name(namespace);
        if (!name.isEmpty()) {
            Absent.object(KubeObject.metadata(namespace), "labels").put(NAME_LABEL, name);
        }
    }

    @Override
    protected void initialStatus(ObjectNode namespace) {
        namespace.putObject("status").put("phase", "Active");
    }

    @Override
    public void prepareForCreate(ObjectNode namespace, RequestScope scope) {
        super.prepareForCreate(namespace, scope);
        applyDefaults(namespace);
        ObjectNode spec = Absent.object(namespace, "spec");
        ArrayNode finalizers = spec.get("finalizers") instanceof ArrayNode list ? list : spec.putArray("finalizers");
        for (int i = 0; i < finalizers.size(); i++) {
            if (finalizers.get(i).asString("").equals(FINALIZER)) {
                return;
            }
        }
        finalizers.add(FINALIZER);
    }

    @Override
    public void prepareForUpdate(ObjectNode namespace, ObjectNode old, RequestScope scope) {
        super.prepareForUpdate(namespace, old, scope);
        // the spec holds nothing but the finalizers, which only /finalize changes
        copy("spec", old, namespace);
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode namespace) {
        String name = KubeObject.name(namespace);
        return Map.of(
                "metadata.name",
                name,
                "metadata.namespace",
                "",
                "name",
                name,
                "status.phase",
                namespace.path("status").path("phase").asString(""));
    }

    @Override
    public Set<String> supportedFieldLabels() {
        return Set.of("metadata.name", "name", "status.phase");
    }
}
