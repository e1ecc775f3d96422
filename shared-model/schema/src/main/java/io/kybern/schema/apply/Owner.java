package io.kybern.schema.apply;

import io.kybern.api.Json;
import java.util.Comparator;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Who did something. An applier is one whatever version it used.
 *
 * @param manager the name
 * @param operation Apply or Update
 * @param apiVersion empty for an applier
 * @param subresource empty for the object itself
 */
record Owner(String manager, String operation, String apiVersion, String subresource) implements Comparable<Owner> {

    static final String APPLY = "Apply";
    static final String UPDATE = "Update";

    private static final Comparator<Owner> ORDER = Comparator.comparing(Owner::manager)
            .thenComparing(Owner::operation)
            .thenComparing(Owner::apiVersion)
            .thenComparing(Owner::subresource);

    static Owner applier(FieldManager manager) {
        return new Owner(manager.name(), APPLY, "", manager.subresource());
    }

    static Owner updater(FieldManager manager, String apiVersion) {
        return new Owner(manager.name(), UPDATE, apiVersion, manager.subresource());
    }

    boolean applies() {
        return operation.equals(APPLY);
    }

    @Override
    public int compareTo(Owner other) {
        return ORDER.compare(this, other);
    }

    /** As conflicts name it. */
    String shown() {
        String name = Json.string(JsonNodeFactory.instance.stringNode(manager));
        String part = subresource.isEmpty() ? "" : " with subresource \"" + subresource + "\"";
        return name + part + (applies() ? "" : " using " + apiVersion);
    }
}
