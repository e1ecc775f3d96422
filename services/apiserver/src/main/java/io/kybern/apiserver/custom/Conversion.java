package io.kybern.apiserver.custom;

import io.kybern.apiserver.webhooks.WebhookClient;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes objects of one version into ones of another; see "Versions in CustomResourceDefinitions".
 */
@FunctionalInterface
interface Conversion {

    /** The strategy {@code None}: only the version's name changes. */
    Conversion NONE = (objects, apiVersion) -> {
        objects.forEach(object -> object.put("apiVersion", apiVersion));
        return objects;
    };

    /** How a definition wants it done. */
    static Conversion of(JsonNode definition, WebhookClient webhooks) {
        JsonNode conversion = definition.path("spec").path("conversion");
        return conversion.path("strategy").asString("").equals("Webhook")
                ? WebhookConversion.of(conversion.path("webhook"), webhooks)
                : NONE;
    }

    /**
     * Converts objects, all at once; may change and answer its arguments.
     *
     * @param objects not of that version; at least one
     * @param apiVersion the group and version that they should be of
     * @return as many, in the same order
     */
    List<ObjectNode> convert(List<ObjectNode> objects, String apiVersion);
}
