package io.kybern.apiserver.relay;

import io.kybern.events.EventTopics;
import io.kybern.events.ObjectEvent;
import io.kybern.events.ObjectEventCodec;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;

/** Publishes with one producer for all topics, and tells what of it has arrived. */
final class KafkaEventPublisher implements EventPublisher, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaEventPublisher.class);

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

    private final EventTopics topics;
    private final KafkaProperties kafka;
    private final Duration retention;
    private final InFlight inFlight;

    /** Made when Kafka has been reached once; belongs to the relay's thread but for its end. */
    private volatile @Nullable Producer<byte[], byte[]> producer;

    KafkaEventPublisher(EventTopics topics, KafkaProperties kafka, Duration retention, InFlight inFlight) {
        this.topics = topics;
        this.kafka = kafka;
        this.retention = retention;
        this.inFlight = inFlight;
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
        try (Admin admin = Admin.create(kafka.buildAdminProperties())) {
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
            if (producer == null) {
                producer = new KafkaProducer<>(producerSettings());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw PublishException.of("creating the topics", e);
        } catch (TimeoutException | KafkaException e) {
            throw PublishException.of("creating the topics", e);
        }
    }

    /**
     * Order within a topic survives retries, and an answer is waited for as long as Kafka may be away. The relay hands over what has
     * gathered in one go, so a millisecond is enough for it to leave in one piece.
     */
    private Map<String, Object> producerSettings() {
        Map<String, Object> settings = new HashMap<>(kafka.buildProducerProperties());
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        settings.put(ProducerConfig.LINGER_MS_CONFIG, "1");
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, "65536");
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, "4000");
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "120000");
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, "4194304");
        return settings;
    }

    @Override
    public void publish(ObjectEvent event) {
        Producer<byte[], byte[]> sending = producer;
        if (sending == null) {
            throw new IllegalStateException("nothing can be published before the topics are there");
        }
        boolean bookmark = event.type() == ObjectEvent.Type.BOOKMARK;
        String topic = event.topic();
        long revision = event.revision();
        try {
            sending.send(ObjectEventCodec.encode(event), (metadata, failure) -> {
                if (failure != null) {
                    LOG.atWarn()
                            .addKeyValue("topic", topic)
                            .addKeyValue("cause", failure.getMessage())
                            .log("Kafka did not take an event");
                }
                if (bookmark) {
                    inFlight.bookmarkDone();
                } else if (failure == null || failure instanceof RecordTooLargeException) {
                    // an event that can never be taken leaves a gap in the sequence, which makes informers list
                    inFlight.arrived(revision);
                } else {
                    inFlight.lost();
                }
            });
        } catch (KafkaException | IllegalStateException e) {
            throw PublishException.of("sending to " + topic, e);
        }
    }

    @Override
    public void close() {
        Producer<byte[], byte[]> open = producer;
        if (open != null) {
            open.close(CLOSE_PATIENCE);
        }
    }
}
