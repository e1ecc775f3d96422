package io.kybern.schema.apply;

import java.time.Instant;
import java.util.Set;

/**
 * Who changes an object, and when.
 *
 * @param name the {@code fieldManager} of the request, or what stands for it
 * @param subresource the subresource that is written; empty for the object itself
 * @param now the time of the change
 * @param ignoredFields fields at the top that this request never changes, for example {@code status}
 */
public record FieldManager(String name, String subresource, Instant now, Set<String> ignoredFields) {

    public FieldManager {
        name = name.isEmpty() ? "unknown" : name;
        ignoredFields = Set.copyOf(ignoredFields);
    }
}
