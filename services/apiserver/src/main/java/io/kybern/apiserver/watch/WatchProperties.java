package io.kybern.apiserver.watch;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How much the watch cache keeps.
 *
 * @param maxChanges how many changes of a resource are kept for watches from a past revision: at the 200 writes a second that a
 *     busy resource sees, almost a minute
 * @param maxReplacedBytes how many bytes of states that were replaced are kept for that, in each resource
 * @param buffer how many events a watch may lag behind before it is closed
 * @param bookmarkInterval how often watches that want bookmarks get one; Kubernetes sends about one a minute, more are harmless
 *     and save lists
 * @param patience how long a read waits for a revision, as in Kubernetes
 * @param eventRetention how long objects of the resource {@code events} live
 * @param listRetention how long a state can still be listed, piece by piece: what Kubernetes keeps between two compactions
 */
@ConfigurationProperties("kybern.apiserver.watch")
public record WatchProperties(
        @DefaultValue("10000") int maxChanges,
        @DefaultValue("33554432") long maxReplacedBytes,
        @DefaultValue("2000") int buffer,
        @DefaultValue("20s") Duration bookmarkInterval,
        @DefaultValue("3s") Duration patience,
        @DefaultValue("1h") Duration eventRetention,
        @DefaultValue("5m") Duration listRetention) {

    /** What is right without configuration. */
    static WatchProperties defaults() {
        return new WatchProperties(
                10_000,
                32 << 20,
                2_000,
                Duration.ofSeconds(20),
                Duration.ofSeconds(3),
                Duration.ofHours(1),
                Duration.ofMinutes(5));
    }
}
