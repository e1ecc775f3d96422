package io.kybern.events;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;

/**
 * How an object event looks as a Kafka record: the contract between the relay and every informer. The record's key is {@code
 * <namespace>/<name>}; its headers {@code type}, {@code resource}, {@code revision} and {@code sequence} are plain text; its value
 * is the object's JSON, {@code {}} for a bookmark.
 */
public final class ObjectEventCodec {

    private static final String TYPE = "type";
    private static final String REVISION = "revision";
    private static final String RESOURCE = "resource";
    private static final String SEQUENCE = "sequence";
    private static final byte[] NOTHING = {'{', '}'};

    private ObjectEventCodec() {}

    /** The record that is sent as that event, to the topic that the event names. */
    public static ProducerRecord<byte[], byte[]> encode(ObjectEvent event) {
        ObjectKey key = event.key();
        ProducerRecord<byte[], byte[]> sent = new ProducerRecord<>(
                event.topic(),
                null,
                key == null ? null : bytes(key.stored()),
                event.type() == ObjectEvent.Type.BOOKMARK ? NOTHING : event.object());
        sent.headers()
                .add(TYPE, bytes(event.type().name()))
                .add(RESOURCE, bytes(event.resource().toString()))
                .add(REVISION, bytes(Long.toString(event.revision())))
                .add(SEQUENCE, bytes(Long.toString(event.sequence())));
        return sent;
    }

    /**
     * The event that a received message is.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static ObjectEvent decode(Message<byte[]> message) {
        MessageHeaders headers = message.getHeaders();
        ObjectEvent.Type type = ObjectEvent.Type.valueOf(text(headers, TYPE));
        String resource = text(headers, RESOURCE);
        int dot = resource.indexOf('.');
        return new ObjectEvent(
                type,
                text(headers, KafkaHeaders.RECEIVED_TOPIC),
                dot < 0
                        ? new GroupResource("", resource)
                        : new GroupResource(resource.substring(dot + 1), resource.substring(0, dot)),
                type == ObjectEvent.Type.BOOKMARK ? null : ObjectKey.parse(text(headers, KafkaHeaders.RECEIVED_KEY)),
                Long.parseLong(text(headers, REVISION)),
                Long.parseLong(text(headers, SEQUENCE)),
                message.getPayload());
    }

    private static String text(MessageHeaders headers, String name) {
        @Nullable Object value = headers.get(name);
        if (value instanceof byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
        if (value == null) {
            throw new IllegalArgumentException("the record has no header \"" + name + "\"");
        }
        return value.toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
