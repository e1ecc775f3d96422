package io.kybern.schema.apply;

import io.kybern.schema.Schema;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How apply looks at a value: as a whole, or part by part. */
enum Shape {
    /** A scalar, or a list or map that is replaced as a whole. */
    WHOLE,
    /** An object or map whose fields have owners of their own. */
    FIELDS,
    /** A list whose elements have owners of their own. */
    ELEMENTS;

    /**
     * The shape of a value.
     *
     * @param schema null where nothing is declared: then objects are looked at field by field, lists as a whole
     */
    static Shape of(@Nullable Schema schema, JsonNode value) {
        if (value.isObject()) {
            boolean whole = schema != null
                    && (schema.atomic() || (schema.type() == Schema.Type.ANY && !schema.preservesUnknown()));
            return whole ? WHOLE : FIELDS;
        }
        boolean keyed = value.isArray()
                && schema != null
                && schema.type() == Schema.Type.ARRAY
                && !schema.listType().equals("atomic");
        return keyed ? ELEMENTS : WHOLE;
    }

    /** The schema of a field; null where nothing is declared. */
    static @Nullable Schema below(@Nullable Schema schema, String field) {
        if (schema == null) {
            return null;
        }
        return switch (schema.type()) {
            case OBJECT -> schema.property(field);
            case MAP -> schema.items();
            default -> null;
        };
    }

    /** The schema of what a step leads to; null where nothing is declared. */
    static @Nullable Schema at(@Nullable Schema schema, String step) {
        if (Steps.isField(step)) {
            return below(schema, Steps.name(step));
        }
        return schema != null && schema.type() == Schema.Type.ARRAY ? schema.items() : null;
    }
}
