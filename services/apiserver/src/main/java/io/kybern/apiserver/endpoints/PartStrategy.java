package io.kybern.apiserver.endpoints;

import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.ClaimPlan;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.registry.TableShape;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The strategy of subresources that change one known part of an object themselves: nothing else is touched or checked. */
record PartStrategy(ResourceStrategy whole) implements ResourceStrategy {

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
    public ClaimPlan claims(ObjectNode object, @Nullable ObjectNode old) {
        return ClaimPlan.none();
    }

    @Override
    public ClaimPlan released(ObjectNode lastState) {
        return whole.released(lastState);
    }
}
