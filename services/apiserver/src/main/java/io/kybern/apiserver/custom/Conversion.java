package io.kybern.apiserver.custom;

import tools.jackson.databind.node.ObjectNode;

/**
 * Makes an object of one version into one of another; see "Versions in CustomResourceDefinitions".
 */
@FunctionalInterface
interface Conversion {

    /** The strategy {@code None}: only the version's name changes. */
    Conversion NONE = (object, apiVersion) -> object.put("apiVersion", apiVersion);

    /**
     * Converts an object; may change and answer its argument.
     *
     * @param apiVersion the group and version that it should be of
     */
    ObjectNode convert(ObjectNode object, String apiVersion);
}
