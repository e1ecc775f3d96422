package io.kybern.schema.apply;

import io.kybern.schema.Schema;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What a write changes, told in each version that owners named their fields in. Compared when it is first asked for. */
final class Changes {

    private final ObjectNode before;
    private final ObjectNode after;
    private final FieldManager manager;
    private final String apiVersion;
    private final Versions versions;
    private final Comparison own;
    private final Map<String, Optional<Comparison>> others = new HashMap<>();

    /**
     * A write.
     *
     * @param apiVersion the version of both objects
     * @param schema of that version
     */
    Changes(
            ObjectNode before,
            ObjectNode after,
            FieldManager manager,
            String apiVersion,
            Schema schema,
            Versions versions) {
        this.before = before;
        this.after = after;
        this.manager = manager;
        this.apiVersion = apiVersion;
        this.versions = versions;
        this.own = Comparison.of(before, after, manager, schema);
    }

    /** In the version of the objects. */
    Comparison own() {
        return own;
    }

    /** In a version; empty if there is none of that name. */
    Optional<Comparison> in(String version) {
        return version.equals(apiVersion)
                ? Optional.of(own)
                : others.computeIfAbsent(version, each -> versions.in(each).map(this::compared));
    }

    private Comparison compared(Versions.View view) {
        Versions.Conversion conversion = view.conversion();
        // what is equal in one version is equal in all, and a conversion may be a request to somebody else
        return conversion == null || own.isEmpty()
                ? own
                : Comparison.of(converted(before, conversion), converted(after, conversion), manager, view.schema());
    }

    private static ObjectNode converted(ObjectNode object, Versions.Conversion conversion) {
        return object.isEmpty() ? object : conversion.there(object.deepCopy());
    }
}
