package io.kybern.apiserver.registry.extensions;

import io.kybern.apiserver.registry.Absent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The conditions in the status of a definition. */
public final class Conditions {

    /** The finalizer that holds a definition until its objects are gone. */
    public static final String CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

    private Conditions() {}

    /** One condition, without its time. */
    public record Condition(String type, String status, String reason, String message) {}

    /** Whether a condition is true. */
    public static boolean isTrue(JsonNode definition, String type) {
        return find(definition, type).path("status").asString("").equals("True");
    }

    /** A condition; missing if there is none of that type. */
    public static JsonNode find(JsonNode definition, String type) {
        for (JsonNode each : definition.path("status").path("conditions")) {
            if (each.path("type").asString("").equals(type)) {
                return each;
            }
        }
        return tools.jackson.databind.node.JsonNodeFactory.instance.missingNode();
    }

    /** Sets a condition; its time changes only with its status. Answers whether anything changed. */
    public static boolean set(ObjectNode definition, Condition wanted, Instant now) {
        ObjectNode status = Absent.object(definition, "status");
        ArrayNode all = status.get("conditions") instanceof ArrayNode list ? list : status.putArray("conditions");
        JsonNode found = find(definition, wanted.type());
        ObjectNode condition = found instanceof ObjectNode present ? present : all.addObject();
        boolean turned = !condition.path("status").asString("").equals(wanted.status());
        boolean changed = turned
                || !condition.path("reason").asString("").equals(wanted.reason())
                || !condition.path("message").asString("").equals(wanted.message());
        condition.put("type", wanted.type());
        condition.put("status", wanted.status());
        if (turned) {
            condition.put(
                    "lastTransitionTime", now.truncatedTo(ChronoUnit.SECONDS).toString());
        }
        condition.put("reason", wanted.reason());
        condition.put("message", wanted.message());
        return changed;
    }

    /** Removes a condition; answers whether it was there. */
    public static boolean remove(ObjectNode definition, String type) {
        if (definition.path("status").path("conditions") instanceof ArrayNode all) {
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).path("type").asString("").equals(type)) {
                    all.remove(i);
                    return true;
                }
            }
        }
        return false;
    }
}
