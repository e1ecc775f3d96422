package io.kybern.events;

import java.util.List;

/**
 * All objects of one resource at one revision.
 *
 * @param items the objects
 * @param revision the list's {@code metadata.resourceVersion}
 */
public record ListResult<T>(List<T> items, long revision) {

    public ListResult {
        items = List.copyOf(items);
    }
}
