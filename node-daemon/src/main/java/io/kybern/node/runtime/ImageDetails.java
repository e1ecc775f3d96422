package io.kybern.node.runtime;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image on this machine.
 *
 * @param id its digest
 * @param names repository digests, then tags
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

    /** By what its registry knows it, {@code repository@sha256:…}, at best in that repository; empty if none gave it. */
    public Optional<String> digest(String repository) {
        return names.stream()
                .filter(name -> name.contains("@"))
                .min(Comparator.comparing(
                        name -> !ImageReference.repository(name).equals(repository)));
    }
}
