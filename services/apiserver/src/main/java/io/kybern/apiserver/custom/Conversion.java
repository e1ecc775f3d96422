package io.kybern.apiserver.custom;

import io.kybern.api.status.ApiException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes an object of one version into one of another; see "Versions in CustomResourceDefinitions".
 */
@FunctionalInterface
interface Conversion {

    /** The strategy {@code None}: only the version's name changes. */
    Conversion NONE = (object, apiVersion) -> object.put("apiVersion", apiVersion);

    /** How a definition wants it done. */
    static Conversion of(JsonNode definition) {
        boolean webhook = definition
                .path("spec")
                .path("conversion")
                .path("strategy")
                .asString("")
                .equals("Webhook");
        return webhook ? Conversion::refuse : NONE;
    }

    /** Better no answer than a wrong one: what only a webhook knows to convert is not converted without it. */
    private static ObjectNode refuse(ObjectNode object, String apiVersion) {
        throw ApiException.internal(
                "conversion webhook for %s, Kind=%s failed: conversion to %s needs a webhook, and none is called"
                        .formatted(
                                object.path("apiVersion").asString(""),
                                object.path("kind").asString(""),
                                apiVersion),
                null);
    }

    /**
     * Converts an object; may change and answer its argument.
     *
     * @param apiVersion the group and version that it should be of
     */
    ObjectNode convert(ObjectNode object, String apiVersion);
}
