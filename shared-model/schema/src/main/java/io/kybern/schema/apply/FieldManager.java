package io.kybern.schema.apply;

import java.time.Instant;

/**
 * Who changes an object, and when.
 *
 * @param name the {@code fieldManager} of the request, or what stands for it
 * @param subresource the subresource that is written; empty for the object itself
 * @param now the time of the change
 * @param part what of the object this request can change
 */
public record FieldManager(String name, String subresource, Instant now, Part part) {

    /** What a request can change; the rest is reset to what it was, so it gets no new owner. */
    public enum Part {
        /** Everything. */
        WHOLE,
        /** Everything but {@code status}. */
        ALL_BUT_STATUS,
        /** The status, and of the metadata what writers of the status may change. */
        STATUS_AND_METADATA,
        /** Nothing but {@code status}. */
        STATUS
    }

    public FieldManager {
        name = name.isEmpty() ? "unknown" : name;
    }

    /** Whether a field at the top of the object can be changed. */
    boolean changes(String field) {
        return switch (part) {
            case WHOLE -> true;
            case ALL_BUT_STATUS -> !field.equals("status");
            case STATUS_AND_METADATA -> field.equals("status") || field.equals("metadata");
            case STATUS -> field.equals("status");
        };
    }
}
