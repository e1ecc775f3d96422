package io.kybern.apiserver.registry;

import io.kybern.schema.Schema;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the schema of a custom kind does to its objects. */
public interface CustomKind {

    /** Takes out what the schema does not know; answers the paths of what that was. */
    List<String> prune(ObjectNode object);

    /** Sets the schema's defaults, and takes out null where it is no value. */
    void applyDefaults(ObjectNode object);

    /** The schema in its OpenAPI form; not to be changed. */
    JsonNode schema();

    /**
     * What owns and merges look at: the schema with the metadata that all objects have.
     *
     * @param definitions finds built-in definitions by their OpenAPI names
     */
    Schema fields(Function<String, Schema> definitions);
}
