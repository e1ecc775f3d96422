package io.kybern.events;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

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
     * The event that a received record is.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static ObjectEvent decode(ConsumerRecord<byte[], byte[]> received) {
        Headers headers = received.headers();
        ObjectEvent.Type type = ObjectEvent.Type.valueOf(text(headers, TYPE));
        return new ObjectEvent(
                type,
                received.topic(),
                resource(text(headers, RESOURCE)),
                type == ObjectEvent.Type.BOOKMARK ? null : ObjectKey.parse(text(received.key(), "key")),
                Long.parseLong(text(headers, REVISION)),
                Long.parseLong(text(headers, SEQUENCE)),
                received.value());
    }

    private static GroupResource resource(String text) {
        int dot = text.indexOf('.');
        return dot < 0
                ? new GroupResource("", text)
                : new GroupResource(text.substring(dot + 1), text.substring(0, dot));
    }

    private static String text(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return text(header == null ? null : header.value(), "header \"" + name + "\"");
    }

    private static String text(byte @Nullable [] bytes, String what) {
        if (bytes == null) {
            throw new IllegalArgumentException("the record has no " + what);
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
