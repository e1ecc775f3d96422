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
     * @param conversion of objects; null if all fields are called the same
     */
    record View(Schema schema, @Nullable Conversion conversion) {}

    /** How objects get from the present version to another one, and back. Both may change and answer their argument. */
    interface Conversion {

        /** Makes an object of the other version from one of the present version. */
        ObjectNode there(ObjectNode object);

        /** Makes an object of the present version from one of the other version. */
        ObjectNode back(ObjectNode object);

        /** Made of both ways. */
        static Conversion of(UnaryOperator<ObjectNode> there, UnaryOperator<ObjectNode> back) {
            return new Conversion() {
                @Override
                public ObjectNode there(ObjectNode object) {
                    return there.apply(object);
                }

                @Override
                public ObjectNode back(ObjectNode object) {
                    return back.apply(object);
                }
            };
        }
    }
}
