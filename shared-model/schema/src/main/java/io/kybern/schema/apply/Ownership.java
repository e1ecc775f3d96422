package io.kybern.schema.apply;

import io.kybern.api.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What one owner owns: an entry of {@code managedFields}. Its fields are read when they are first asked for. */
final class Ownership {

    private final Owner owner;
    private final String apiVersion;
    private final String time;
    private final JsonNode fieldsV1;
    private @Nullable FieldSet fields;
    private @Nullable ObjectNode json;

    private Ownership(Owner owner, String apiVersion, String time, JsonNode fieldsV1) {
        this.owner = owner;
        this.apiVersion = apiVersion;
        this.time = time;
        this.fieldsV1 = fieldsV1;
    }

    /**
     * An entry.
     *
     * @param apiVersion in which version the fields are named
     * @param time since when; empty if unknown
     */
    static Ownership of(Owner owner, String apiVersion, FieldSet fields, String time) {
        Ownership ownership = new Ownership(owner, apiVersion, time, fields.toJson());
        ownership.fields = fields;
        return ownership;
    }

    /**
     * Reads an entry; it is kept, and must not be changed.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Ownership read(JsonNode entry) {
        String operation = entry.path("operation").asString("");
        String apiVersion = entry.path("apiVersion").asString("");
        boolean readable = (operation.equals(Owner.APPLY) || operation.equals(Owner.UPDATE))
                && !apiVersion.isEmpty()
                && entry.path("fieldsType").asString("").equals("FieldsV1");
        if (!readable || !(entry instanceof ObjectNode json)) {
            throw new IllegalArgumentException("not an entry of managed fields");
        }
        Owner owner = new Owner(
                entry.path("manager").asString(""),
                operation,
                operation.equals(Owner.APPLY) ? "" : apiVersion,
                entry.path("subresource").asString(""));
        Ownership ownership =
                new Ownership(owner, apiVersion, entry.path("time").asString(""), entry.path("fieldsV1"));
        ownership.json = json;
        return ownership;
    }

    Owner owner() {
        return owner;
    }

    String apiVersion() {
        return apiVersion;
    }

    /** Since when; empty if unknown. */
    String time() {
        return time;
    }

    FieldSet fields() {
        FieldSet known = fields;
        if (known == null) {
            known = FieldSet.of(fieldsV1);
            fields = known;
        }
        return known;
    }

    /** Whether it has one of the fields. */
    boolean meets(FieldSet others) {
        return others.meets(fieldsV1);
    }

    /** Whether it has all of the fields. */
    boolean covers(FieldSet others) {
        return others.isWithin(fieldsV1);
    }

    Ownership with(FieldSet other) {
        return of(owner, apiVersion, other, time);
    }

    Ownership since(String other) {
        return new Ownership(owner, apiVersion, other, fieldsV1);
    }

    /** The entry as objects have it; not to be changed. */
    ObjectNode toJson() {
        ObjectNode known = json;
        if (known == null) {
            known = Json.object()
                    .put("manager", owner.manager())
                    .put("operation", owner.operation())
                    .put("apiVersion", apiVersion);
            if (!time.isEmpty()) {
                known.put("time", time);
            }
            known.put("fieldsType", "FieldsV1").set("fieldsV1", fieldsV1);
            if (!owner.subresource().isEmpty()) {
                known.put("subresource", owner.subresource());
            }
            json = known;
        }
        return known;
    }
}
