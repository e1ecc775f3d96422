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
import org.springframework.cloud.stream.function.StreamBridge;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;
import org.springframework.kafka.support.ProducerListener;

/** Wires the relay. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RelayProperties.class)
@PropertySource({"classpath:io/kybern/events/kafka.properties", "classpath:io/kybern/apiserver/relay/relay.properties"})
public class RelayConfiguration {

    @Bean
    InFlight relayInFlight(RelayProperties properties) {
        return new InFlight(properties.maxInFlight());
    }

    /** The Kafka binder takes it for its producers, and Boot for its template, hence the type. */
    @Bean
    ProducerListener<Object, Object> relayAcknowledgements(InFlight inFlight) {
        return new Acknowledgements(inFlight);
    }

    @Bean
    Relay relay(
            EventLog log,
            RelayLedger ledger,
            InFlight inFlight,
            StreamBridge bridge,
            RelayProperties properties,
            RelaySurroundings surroundings) {
        EventTopics topics = EventTopics.of(ResourceRegistry.builtIn());
        EventPublisher publisher = new StreamEventPublisher(
                bridge, topics, surroundings.kafka().buildAdminProperties(), properties.topicRetention());
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
    RelaySurroundings relaySurroundings(KafkaProperties kafka, Clock clock, MeterRegistry meters) {
        return new RelaySurroundings(kafka, clock, meters);
    }

    /** A replica that does not relay is as healthy as the one that does. */
    @Bean
    HealthIndicator relayHealthIndicator(Relay relay) {
        return () -> Health.up()
                .withDetail("leading", relay.isLeading())
                .withDetail("position", relay.position())
                .build();
    }

    /**
     * What the relay uses of the process it runs in.
     *
     * @param kafka how Kafka is reached
     */
    record RelaySurroundings(KafkaProperties kafka, Clock clock, MeterRegistry meters) {}
}
