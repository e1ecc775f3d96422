package io.kybern.schema.structural;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A value and the one that it replaces; parts of it can be found again in the old value where fields or keys identify them. */
final class Correlation {

    private final JsonNode value;
    private final JsonNode old;
    private final JsonNode schema;
    private @Nullable Boolean unchanged;

    Correlation(JsonNode value, JsonNode old, JsonNode schema) {
        this.value = value;
        this.old = old;
        this.schema = schema;
    }

    /** Whether both say the same. */
    boolean unchanged() {
        Boolean known = unchanged;
        if (known == null) {
            known = JsonValues.same(value, old);
            unchanged = known;
        }
        return known;
    }

    /** The old value. */
    JsonNode old() {
        return old;
    }

    /** A field with its old value; null if there was none. */
    @Nullable
    Correlation field(String name) {
        JsonNode before = old.isObject() ? old.get(name) : null;
        JsonNode now = value.get(name);
        if (before == null || now == null) {
            return null;
        }
        JsonNode declared = schema.path("properties").path(name);
        return new Correlation(now, before, declared.isMissingNode() ? schema.path("additionalProperties") : declared);
    }

    /** An element of a list of type map with the old element of the same keys; null if there was none. */
    @Nullable
    Correlation element(int index) {
        JsonNode keys = schema.path("x-kubernetes-list-map-keys");
        boolean identified = schema.path("x-kubernetes-list-type").asString("").equals("map") && !keys.isEmpty();
        if (!identified || !old.isArray()) {
            return null;
        }
        JsonNode now = value.get(index);
        for (JsonNode before : old) {
            if (sameKeys(now, before, keys)) {
                return new Correlation(now, before, schema.path("items"));
            }
        }
        return null;
    }

    private static boolean sameKeys(JsonNode one, JsonNode other, JsonNode keys) {
        for (JsonNode key : keys) {
            if (!JsonValues.same(one.get(key.asString("")), other.get(key.asString("")))) {
                return false;
            }
        }
        return true;
    }
}
