package io.kybern.events;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How informers keep up.
 *
 * @param bookmarkInterval how often the relay sends a bookmark at least; after three without any record the topic counts as silent
 * @param silentListInterval how often to list while a topic is silent, so that the cluster slows down but never goes blind
 * @param resyncInterval how often to list and tell every object in any case, give or take a fifth
 * @param listBackOff how long to wait after a list failed; doubles up to sixteen times that
 */
@ConfigurationProperties("kybern.informers")
public record InformerProperties(
        @DefaultValue("5s") Duration bookmarkInterval,
        @DefaultValue("10s") Duration silentListInterval,
        @DefaultValue("10m") Duration resyncInterval,
        @DefaultValue("1s") Duration listBackOff) {

    /** How long a topic may be silent. */
    Duration silence() {
        return bookmarkInterval.multipliedBy(3);
    }
}
