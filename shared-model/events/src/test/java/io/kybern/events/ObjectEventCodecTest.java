package io.kybern.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ObjectEventCodecTest {

    private static final ObjectEvent EVENT = new ObjectEvent(
            ObjectEvent.Type.MODIFIED,
            "kybern.objects.apps.deployments",
            new GroupResource("apps", "deployments"),
            new ObjectKey("default", "web"),
            42,
            7,
            "{\"metadata\":{\"name\":\"web\"}}".getBytes(StandardCharsets.UTF_8));

    /** What travels is a contract: the golden file is the record, line by line. To update it, copy the text that the failure shows. */
    @Test
    void travelsAsDocumented() throws IOException {
        assertThat(record(ObjectEventCodec.encode(EVENT)))
                .isEqualTo(Files.readString(Path.of("src/test/resources/golden/object-event.txt")));
    }

    private static String record(ProducerRecord<byte[], byte[]> sent) {
        StringBuilder text = new StringBuilder();
        text.append("topic: ")
                .append(sent.topic())
                .append("\nkey: ")
                .append(text(sent.key()))
                .append('\n');
        for (Header header : sent.headers()) {
            text.append(header.key()).append(": ").append(text(header.value())).append('\n');
        }
        return text.append('\n').append(text(sent.value())).append('\n').toString();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static ConsumerRecord<byte[], byte[]> received(ProducerRecord<byte[], byte[]> sent) {
        ConsumerRecord<byte[], byte[]> received = new ConsumerRecord<>(sent.topic(), 0, 0, sent.key(), sent.value());
        sent.headers().forEach(received.headers()::add);
        return received;
    }

    @Test
    void arrivesAsItWasSent() {
        assertThat(ObjectEventCodec.decode(received(ObjectEventCodec.encode(EVENT))))
                .usingRecursiveComparison()
                .isEqualTo(EVENT);
    }

    @Test
    void bookmarksHaveNoKey() {
        ObjectEvent bookmark =
                new ObjectEvent(ObjectEvent.Type.BOOKMARK, EVENT.topic(), EVENT.resource(), null, 50, 7, new byte[0]);
        ObjectEvent arrived = ObjectEventCodec.decode(received(ObjectEventCodec.encode(bookmark)));

        assertThat(arrived.key()).isNull();
        assertThat(arrived.revision()).isEqualTo(50);
        assertThat(arrived.sequence()).isEqualTo(7);
    }

    @Test
    void refusesWhatIsNoEvent() {
        assertThatThrownBy(() -> ObjectEventCodec.decode(new ConsumerRecord<>("topic", 0, 0, new byte[0], new byte[0])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type");
    }

    @Test
    void whatIsNoEventIsLeftOutOfItsBundle() {
        ConsumerRecord<byte[], byte[]> strange = received(ObjectEventCodec.encode(EVENT));
        strange.headers().remove("revision").add("revision", "none".getBytes(StandardCharsets.UTF_8));
        ConsumerRecord<byte[], byte[]> keyless = new ConsumerRecord<>(EVENT.topic(), 0, 0, null, null);
        received(ObjectEventCodec.encode(EVENT)).headers().forEach(keyless.headers()::add);

        List<ObjectEvent> events = new EventBundleConverter()
                .toMessage(
                        List.of(
                                received(ObjectEventCodec.encode(EVENT)),
                                new ConsumerRecord<>(EVENT.topic(), 0, 0, null, null),
                                strange,
                                keyless,
                                received(ObjectEventCodec.encode(at(43)))),
                        null,
                        null,
                        List.class)
                .getPayload();

        assertThat(events).extracting(ObjectEvent::revision).containsExactly(42L, 43L);
    }

    private static ObjectEvent at(long revision) {
        return new ObjectEvent(EVENT.type(), EVENT.topic(), EVENT.resource(), EVENT.key(), revision, 8, EVENT.object());
    }

    @Test
    void namesTopicsByGroupAndResource() {
        EventTopics topics = EventTopics.of(ResourceRegistry.builtIn());
        assertThat(topics.topic(new GroupResource("", "pods"))).isEqualTo("kybern.objects.core.pods");
        assertThat(topics.topic(new GroupResource("apps", "deployments"))).isEqualTo("kybern.objects.apps.deployments");
        assertThat(topics.topic(new GroupResource("example.org", "things"))).isEqualTo("kybern.objects.custom");
        assertThat(topics.all()).contains("kybern.objects.core.pods", "kybern.objects.custom");
    }
}
