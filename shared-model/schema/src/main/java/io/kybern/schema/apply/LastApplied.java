package io.kybern.schema.apply;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.schema.Schema;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The annotation of client-side apply. A client that turns to server-side apply shall not conflict with what it applied
 * itself before, and the annotation is kept in step for clients that still use it.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply">migration</a>
 */
final class LastApplied {

    /** The only manager to which this applies. */
    static final String MANAGER = "kubectl";

    private static final String ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

    private LastApplied() {}

    /** The fields that were applied by the client and still have that value. */
    static FieldSet unchangedFields(ObjectNode live, String version, Schema schema) {
        String text = KubeObject.annotations(live).getOrDefault(ANNOTATION, "");
        if (text.isEmpty()) {
            return new FieldSet();
        }
        JsonNode applied;
        try {
            applied = Json.read(text);
        } catch (JacksonException e) {
            return new FieldSet();
        }
        if (!applied.path("apiVersion").asString("").equals(version)) {
            return new FieldSet();
        }
        Comparison since = Comparison.of(applied, live, schema);
        return TypedMerge.fields(applied, schema).difference(since.changed()).difference(since.removed());
    }

    /** Writes the configuration into the annotation, if the object has one; the object's metadata must be its own. */
    static void refresh(ObjectNode object, ObjectNode config) {
        if (KubeObject.annotations(object).getOrDefault(ANNOTATION, "").isEmpty()) {
            return;
        }
        ObjectNode bare = config.deepCopy();
        if (bare.path("metadata").path("annotations") instanceof ObjectNode annotations) {
            annotations.remove(ANNOTATION);
        }
        ObjectNode annotations = Json.object();
        annotations.setAll((ObjectNode) object.path("metadata").path("annotations"));
        annotations.put(ANNOTATION, Json.escaped(bare) + "\n");
        KubeObject.metadata(object).set("annotations", annotations);
    }
}
