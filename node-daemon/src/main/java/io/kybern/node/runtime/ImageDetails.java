package io.kybern.node.runtime;

import java.util.List;
import java.util.Map;

/**
 * An image on this machine.
 *
 * @param id its digest
 * @param names tags and repository digests
 * @param sizeBytes its size on disk
 * @param user the user it runs as, as its maker wrote it; empty for root
 * @param environment {@code NAME=value} entries that its maker set, as a map
 */
public record ImageDetails(
        String id, List<String> names, long sizeBytes, String user, Map<String, String> environment) {

    /** Copies the collections. */
    public ImageDetails {
        names = List.copyOf(names);
        environment = Map.copyOf(environment);
    }
}
