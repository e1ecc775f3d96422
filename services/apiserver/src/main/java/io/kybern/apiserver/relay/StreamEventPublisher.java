package io.kybern.apiserver.relay;

import io.kybern.events.EventTopics;
import io.kybern.events.ObjectEvent;
import io.kybern.events.ObjectEventCodec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.springframework.cloud.stream.function.StreamBridge;
import org.springframework.messaging.MessagingException;

/** Publishes through Spring Cloud Stream: one binding, so one producer, for all topics; each message names its own. */
final class StreamEventPublisher implements EventPublisher {

    /** The binding, as configured in {@code relay.properties}. */
    static final String BINDING = "relayedEvents-out-0";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final StreamBridge bridge;
    private final EventTopics topics;
    private final Map<String, Object> adminSettings;
    private final Duration retention;

    StreamEventPublisher(
            StreamBridge bridge, EventTopics topics, Map<String, Object> adminSettings, Duration retention) {
        this.bridge = bridge;
        this.topics = topics;
        this.adminSettings = Map.copyOf(adminSettings);
        this.retention = retention;
    }

    @Override
    public void prepare() {
        Map<String, String> settings = Map.of(
                TopicConfig.RETENTION_MS_CONFIG,
                Long.toString(retention.toMillis()),
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_DELETE);
        List<NewTopic> wanted = topics.all().stream()
                .map(topic -> new NewTopic(topic, 1, (short) -1).configs(settings))
                .toList();
        try (Admin admin = Admin.create(adminSettings)) {
            var created = admin.createTopics(wanted).values();
            for (var topic : created.values()) {
                try {
                    topic.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw PublishException.of("creating the topics", e.getCause() == null ? e : e.getCause());
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw PublishException.of("creating the topics", e);
        } catch (TimeoutException | KafkaException e) {
            throw PublishException.of("creating the topics", e);
        }
    }

    @Override
    public void publish(ObjectEvent event) {
        try {
            bridge.send(BINDING, ObjectEventCodec.encode(event));
        } catch (MessagingException | KafkaException | IllegalStateException e) {
            throw PublishException.of("sending to " + event.topic(), e);
        }
    }
}
