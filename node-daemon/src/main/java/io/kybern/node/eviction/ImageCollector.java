package io.kybern.node.eviction;

import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.ImageReference;
import io.kybern.node.runtime.RuntimeFailure;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes images that nothing uses when the disk fills up, those first that were used longest ago. See <a
 * href="https://kubernetes.io/docs/concepts/architecture/garbage-collection/#container-image-lifecycle">container image
 * lifecycle</a>. Images that no registry gave stay: nobody could fetch them again. Used by one thread.
 */
final class ImageCollector {

    private static final Logger log = LoggerFactory.getLogger(ImageCollector.class);

    private final ImageCollectionProperties settings;
    private final ContainerRuntime runtime;
    private final Supplier<Set<String>> references;
    private final Clock clock;
    private final Map<String, Instant> firstSeen = new HashMap<>();
    private final Map<String, Instant> lastUsed = new HashMap<>();

    /** @param references images that are in use without a container, as their users call them */
    ImageCollector(
            ImageCollectionProperties settings,
            ContainerRuntime runtime,
            Supplier<Set<String>> references,
            Clock clock) {
        this.settings = settings;
        this.runtime = runtime;
        this.references = references;
        this.clock = clock;
    }

    /** Notes what is in use, and removes what has to go for the disk to have room. */
    void look(Supply.Level disk) {
        List<ImageDetails> unused = note();
        if (settings.imageMaximumGcAge().isPositive()) {
            Instant outdated = clock.instant().minus(settings.imageMaximumGcAge());
            List<ImageDetails> forgotten = unused.stream()
                    .filter(image -> lastNeed(image).isBefore(outdated))
                    .toList();
            free(forgotten, Long.MAX_VALUE);
            unused = unused.stream().filter(image -> !forgotten.contains(image)).toList();
        }
        long used = disk.capacity() - disk.available();
        if (used * 100 >= disk.capacity() * settings.imageGcHighThresholdPercent()) {
            long wanted = used - disk.capacity() / 100 * settings.imageGcLowThresholdPercent();
            long freed = free(unused, wanted);
            log.atInfo()
                    .addKeyValue("wantedBytes", wanted)
                    .addKeyValue("freedBytes", freed)
                    .log("the disk is nearly full: images that nothing uses were removed");
        }
    }

    /** Removes every image that may go; whether there was one. */
    boolean freeAll() {
        return free(note(), Long.MAX_VALUE) > 0;
    }

    /** The images that may go, those used longest ago first. */
    private List<ImageDetails> note() {
        Instant now = clock.instant();
        Set<String> inUse = new HashSet<>(runtime.imagesInUse());
        for (String reference : references.get()) {
            // a user may call an image otherwise than the engine lists it
            if (ImageReference.fault(reference).isEmpty()) {
                runtime.image(reference).ifPresent(image -> inUse.add(image.id()));
            }
        }
        List<ImageDetails> all = runtime.images();
        Set<String> present = all.stream().map(ImageDetails::id).collect(Collectors.toSet());
        firstSeen.keySet().retainAll(present);
        lastUsed.keySet().retainAll(present);
        for (ImageDetails image : all) {
            firstSeen.putIfAbsent(image.id(), now);
            if (inUse.contains(image.id())) {
                lastUsed.put(image.id(), now);
            }
        }
        return all.stream()
                .filter(image -> !inUse.contains(image.id()))
                .filter(image -> image.names().stream().anyMatch(name -> name.contains("@")))
                .filter(image -> firstSeen
                        .getOrDefault(image.id(), now)
                        .plus(settings.imageMinimumGcAge())
                        .isBefore(now))
                .sorted(Comparator.comparing((ImageDetails image) -> lastUsed.getOrDefault(image.id(), Instant.EPOCH))
                        .thenComparing(image -> firstSeen.getOrDefault(image.id(), now)))
                .toList();
    }

    private Instant lastNeed(ImageDetails image) {
        Instant seen = firstSeen.getOrDefault(image.id(), Instant.MAX);
        return lastUsed.getOrDefault(image.id(), seen);
    }

    private long free(List<ImageDetails> unused, long wanted) {
        long freed = 0;
        for (ImageDetails image : unused) {
            if (freed >= wanted) {
                break;
            }
            try {
                // by its names: an engine does not remove by its id what has several
                image.names().forEach(this::untag);
                freed += image.sizeBytes();
            } catch (RuntimeFailure inUse) {
                log.atInfo()
                        .addKeyValue("image", image.id())
                        .addKeyValue("why", inUse.getMessage())
                        .log("an image could not be removed");
            }
        }
        return freed;
    }

    private void untag(String name) {
        try {
            runtime.removeImage(name);
        } catch (RuntimeFailure refused) {
            // with its last tag of a repository an image loses its digests there as well
            if (refused.kind() != RuntimeFailure.Kind.NOT_FOUND) {
                throw refused;
            }
        }
    }
}
