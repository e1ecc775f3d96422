package io.kybern.apiserver.relay;

import io.kybern.events.ObjectEvent;
import io.kybern.events.ObjectEventCodec;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.support.ProducerListener;

/** Hears from the producer what Kafka has acknowledged, and tells it on. */
final class Acknowledgements implements ProducerListener<Object, Object> {

    private static final Logger LOG = LoggerFactory.getLogger(Acknowledgements.class);

    private final InFlight inFlight;

    Acknowledgements(InFlight inFlight) {
        this.inFlight = inFlight;
    }

    @Override
    public void onSuccess(ProducerRecord<Object, Object> producerRecord, RecordMetadata metadata) {
        done(producerRecord);
    }

    @Override
    public void onError(
            ProducerRecord<Object, Object> producerRecord, @Nullable RecordMetadata metadata, @Nullable Exception e) {
        LOG.atWarn()
                .addKeyValue("topic", producerRecord.topic())
                .addKeyValue("cause", e == null ? "unknown" : e.getMessage())
                .log("Kafka did not take an event");
        if (isBookmark(producerRecord) || e instanceof RecordTooLargeException) {
            // an event that can never be taken leaves a gap in the sequence, which makes informers list
            done(producerRecord);
        } else {
            inFlight.lost();
        }
    }

    private void done(ProducerRecord<Object, Object> sent) {
        if (isBookmark(sent)) {
            inFlight.bookmarkDone();
        } else {
            String revision = header(sent, ObjectEventCodec.REVISION);
            if (!revision.isEmpty()) {
                inFlight.arrived(Long.parseLong(revision));
            }
        }
    }

    private static boolean isBookmark(ProducerRecord<Object, Object> sent) {
        return header(sent, ObjectEventCodec.TYPE).equals(ObjectEvent.Type.BOOKMARK.name());
    }

    private static String header(ProducerRecord<Object, Object> sent, String name) {
        Header header = sent.headers().lastHeader(name);
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }
}
