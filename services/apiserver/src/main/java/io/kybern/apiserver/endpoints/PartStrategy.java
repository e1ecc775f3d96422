package io.kybern.apiserver.endpoints;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.ClaimPlan;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The strategy of subresources that change one known part of an object themselves: nothing else is touched or checked.
 *
 * @param wanted whether the part belongs to the wanted state, so that the generation counts its changes
 */
record PartStrategy(ResourceStrategy whole, boolean wanted) implements ResourceStrategy {

    /** Of a part that does not belong to the wanted state. */
    PartStrategy(ResourceStrategy whole) {
        this(whole, false);
    }

    @Override
    public void prepareForUpdate(ObjectNode object, ObjectNode old, RequestScope scope) {
        long generation = KubeObject.generation(old);
        if (wanted && !Values.same(object.path("spec"), old.path("spec"))) {
            KubeObject.metadata(object).put("generation", generation + 1);
        }
    }

    @Override
    public ResourceType type() {
        return whole.type();
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return true;
    }

    @Override
    public TableShape table() {
        return whole.table();
    }

    @Override
    public Set<String> supportedFieldLabels() {
        return whole.supportedFieldLabels();
    }

    @Override
    public boolean rewrites() {
        return whole.rewrites();
    }

    @Override
    public List<ObjectNode> shown(List<ObjectNode> kept) {
        return whole.shown(kept);
    }

    @Override
    public ObjectNode shown(ObjectNode kept) {
        return whole.shown(kept);
    }

    @Override
    public ObjectNode kept(ObjectNode shown) {
        return whole.kept(shown);
    }

    @Override
    public boolean renamesFields() {
        return whole.renamesFields();
    }

    @Override
    public ObjectNode renamed(ObjectNode object, String apiVersion) {
        return whole.renamed(object, apiVersion);
    }

    @Override
    public ClaimPlan claims(ObjectNode object, @Nullable ObjectNode old) {
        return ClaimPlan.none();
    }

    @Override
    public ClaimPlan released(ObjectNode lastState) {
        return whole.released(lastState);
    }
}
