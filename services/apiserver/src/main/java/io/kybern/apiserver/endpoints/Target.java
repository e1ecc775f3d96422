package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.ResourceStrategy;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * A resource that is asked for, with what the verbs need to know of it.
 *
 * @param type the resource in the version of the URL
 * @param stored the type in whose version it is kept; mostly the same
 * @param subresource empty for the object itself
 * @param strategy what the type adds
 */
record Target(ResourceType type, ResourceType stored, String subresource, ResourceStrategy strategy) {

    /** Where its objects are kept. */
    GroupResource storage() {
        return type.storage();
    }

    /** The resource as messages name it. */
    GroupResource resource() {
        return type.groupResource();
    }

    /** The kind of what is read and written there: that of the subresource if it has its own. */
    GroupVersionKind kind() {
        return Optional.ofNullable(type.subresources().get(subresource))
                .map(sub -> sub.kind())
                .orElse(type.gvk());
    }

    /** The key of an object of the type. */
    ObjectKey key(String namespace, String name) {
        return new ObjectKey(type.namespaced() ? namespace : "", name);
    }

    /** Whether objects are kept in another form than they are asked for in. */
    boolean converts() {
        return strategy.rewrites() || !type.gvk().equals(stored.gvk());
    }

    /** An object as it is asked for; changes and answers the object that it is given. */
    ObjectNode shown(ObjectNode kept) {
        return strategy.rewrites() ? strategy.shown(kept) : VersionConversion.convert(kept, stored.gvk(), type.gvk());
    }

    /** The objects of a list as they are asked for; changes and answers those that it is given. */
    List<ObjectNode> shown(List<ObjectNode> kept) {
        return strategy.rewrites()
                ? strategy.shown(kept)
                : kept.stream().map(this::shown).toList();
    }

    /** An object as it is kept; changes and answers the object that it is given. */
    ObjectNode kept(ObjectNode shown) {
        return strategy.rewrites() ? strategy.kept(shown) : VersionConversion.convert(shown, type.gvk(), stored.gvk());
    }

    /** The same with the strategy of a subresource. */
    Target with(ResourceStrategy other) {
        return new Target(type, stored, subresource, other);
    }
}
