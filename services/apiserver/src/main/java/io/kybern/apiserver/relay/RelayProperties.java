package io.kybern.apiserver.relay;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the relay works.
 *
 * @param lease how long another API server waits for a relay that has fallen silent
 * @param bookmarkInterval how often every topic gets a bookmark; informers expect one every five seconds
 * @param maxInFlight how many events Kafka may owe an acknowledgement for
 * @param saveInterval how often the position is remembered: what a successor sends twice at most
 * @param topicRetention how long Kafka keeps events; they are hints, nobody reads old ones
 */
@ConfigurationProperties("kybern.apiserver.relay")
public record RelayProperties(
        @DefaultValue("15s") Duration lease,
        @DefaultValue("4s") Duration bookmarkInterval,
        @DefaultValue("256") int maxInFlight,
        @DefaultValue("500ms") Duration saveInterval,
        @DefaultValue("1h") Duration topicRetention) {}
