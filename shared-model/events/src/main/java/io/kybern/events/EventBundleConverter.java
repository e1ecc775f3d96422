package io.kybern.events;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.kafka.support.converter.BatchMessageConverter;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.GenericMessage;

/**
 * Makes one message of what a poll brought: its payload is the list of events, in the order of the records. A record that is no event is
 * reported and left out; the others of its bundle arrive. Spring's own converter would make some ten headers of every record.
 */
final class EventBundleConverter implements BatchMessageConverter {

    private static final Logger LOG = LoggerFactory.getLogger(EventBundleConverter.class);

    @Override
    public Message<List<ObjectEvent>> toMessage(
            List<ConsumerRecord<?, ?>> records,
            @Nullable Acknowledgment acknowledgment,
            @Nullable Consumer<?, ?> consumer,
            Type type) {
        List<ObjectEvent> events = new ArrayList<>(records.size());
        for (ConsumerRecord<?, ?> each : records) {
            try {
                events.add(ObjectEventCodec.decode(bytes(each)));
            } catch (IllegalArgumentException e) {
                LOG.atWarn()
                        .addKeyValue("topic", each.topic())
                        .addKeyValue("offset", each.offset())
                        .addKeyValue("cause", e.getMessage())
                        .log("a record is no object event and is left out");
            }
        }
        return new GenericMessage<>(events);
    }

    @SuppressWarnings("unchecked") // the binding decodes natively, and Kafka is told to leave keys and values as bytes
    private static ConsumerRecord<byte[], byte[]> bytes(ConsumerRecord<?, ?> received) {
        return (ConsumerRecord<byte[], byte[]>) received;
    }

    @Override
    public List<ProducerRecord<?, ?>> fromMessage(Message<?> message, String defaultTopic) {
        throw new UnsupportedOperationException("informers send nothing");
    }
}
