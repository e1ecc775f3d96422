package io.kybern.apiserver.relay;

import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.storage.EventLog;
import io.kybern.apiserver.storage.RelayLedger;
import io.kybern.events.EventTopics;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.UUID;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;

/** Wires the relay. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RelayProperties.class)
@PropertySource({"classpath:io/kybern/events/kafka.properties", "classpath:io/kybern/apiserver/relay/relay.properties"})
public class RelayConfiguration {

    @Bean
    InFlight relayInFlight(RelayProperties properties) {
        return new InFlight(properties.maxInFlight());
    }

    @Bean
    KafkaEventPublisher relayPublisher(KafkaProperties kafka, RelayProperties properties, InFlight inFlight) {
        return new KafkaEventPublisher(
                EventTopics.of(ResourceRegistry.builtIn()), kafka, properties.topicRetention(), inFlight);
    }

    @Bean
    Relay relay(
            EventLog log,
            RelayLedger ledger,
            InFlight inFlight,
            EventPublisher publisher,
            RelayProperties properties,
            RelaySurroundings surroundings) {
        EventTopics topics = EventTopics.of(ResourceRegistry.builtIn());
        Relay relay = new Relay(
                new Relay.Parts(log, ledger, publisher, inFlight, topics),
                properties,
                surroundings.clock(),
                () -> UUID.randomUUID().toString());
        surroundings.meters().gauge("kybern.relay.leading", relay, each -> each.isLeading() ? 1 : 0);
        surroundings.meters().gauge("kybern.relay.position", relay, Relay::position);
        return relay;
    }

    @Bean
    RelaySurroundings relaySurroundings(Clock clock, MeterRegistry meters) {
        return new RelaySurroundings(clock, meters);
    }

    /** A replica that does not relay is as healthy as the one that does. */
    @Bean
    HealthIndicator relayHealthIndicator(Relay relay) {
        return () -> Health.up()
                .withDetail("leading", relay.isLeading())
                .withDetail("position", relay.position())
                .build();
    }

    /** What the relay uses of the process it runs in. */
    record RelaySurroundings(Clock clock, MeterRegistry meters) {}
}
