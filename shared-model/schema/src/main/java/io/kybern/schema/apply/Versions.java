package io.kybern.schema.apply;

import io.kybern.schema.Schema;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * How objects of one type look in its other versions: owners named their fields in the version that they wrote.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management">field management</a>
 */
@FunctionalInterface
public interface Versions {

    /** That version; empty if there is none of that name, or none any more: then who wrote in it owns nothing any more. */
    Optional<View> in(String apiVersion);

    /** A type whose versions, all that anybody names, have the same fields. */
    static Versions alike(Schema schema) {
        return apiVersion -> Optional.of(new View(schema, null));
    }

    /**
     * One version.
     *
     * @param schema of that version
     * @param conversion makes an object of that version from one of the present version, which it may change; null if all fields are
     *     called the same
     */
    record View(Schema schema, @Nullable UnaryOperator<ObjectNode> conversion) {}
}
