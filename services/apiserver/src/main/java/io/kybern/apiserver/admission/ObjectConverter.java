package io.kybern.apiserver.admission;

import io.kybern.api.ResourceType;
import tools.jackson.databind.node.ObjectNode;

/** Shows an object of one version in another version of the same resource. */
@FunctionalInterface
public interface ObjectConverter {

    /**
     * The object in the other version; may change and answer its argument.
     *
     * @param from the type that the object is of
     * @param to a type that is kept in the same place
     */
    ObjectNode convert(ObjectNode object, ResourceType from, ResourceType to);
}
