package io.kybern.schema;

import tools.jackson.databind.node.ObjectNode;

/** Strategic merge patch. */
public final class StrategicMerge {

    private StrategicMerge() {}

    /** Answers the patched object; neither argument is changed. */
    public static ObjectNode apply(ObjectNode target, ObjectNode patch, Schema schema) throws PatchException {
        throw new UnsupportedOperationException();
    }
}
