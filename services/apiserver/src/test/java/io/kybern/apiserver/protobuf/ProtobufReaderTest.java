package io.kybern.apiserver.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProtobufReaderTest {

    private static final GroupVersionKind POD = new GroupVersionKind("", "v1", "Pod");

    /** Writes the wire format by hand, so that the test does not lean on the reader. */
    private static final class Message {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message text(int number, String value) {
            return bytes(number, value.getBytes(StandardCharsets.UTF_8));
        }

        Message bytes(int number, byte[] value) {
            varint((long) number << 3 | 2);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        Message part(int number, Message value) {
            return bytes(number, value.out.toByteArray());
        }

        Message number(int number, long value) {
            varint((long) number << 3);
            varint(value);
            return this;
        }

        private void varint(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                out.write((int) (rest & 0x7f | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }
    }

    private static byte[] envelope(String apiVersion, String kind, Message object) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {'k', '8', 's', 0});
        out.writeBytes(new Message()
                .part(1, new Message().text(1, apiVersion).text(2, kind))
                .part(2, object)
                .out
                .toByteArray());
        return out.toByteArray();
    }

    @Test
    void readsFieldsMapsListsAndWhatIsInlined() {
        Message volume = new Message()
                .text(1, "v")
                .part(2, new Message().part(19, new Message().part(1, new Message().text(1, "settings"))));
        Message limits = new Message().text(1, "cpu").part(2, new Message().text(1, "500m"));
        Message container = new Message().text(1, "c").text(2, "i").part(8, new Message().part(1, limits));
        Message pod = new Message()
                .part(
                        1,
                        new Message()
                                .text(1, "p")
                                .text(2, "")
                                .number(7, 0)
                                .part(8, new Message())
                                .part(11, new Message().text(1, "app").text(2, "web")))
                .part(
                        2,
                        new Message()
                                .part(1, volume)
                                .part(2, container)
                                .number(4, 0)
                                .number(11, 0)
                                .number(21, 0));

        assertThat(Json.string(new ProtobufReader().read(envelope("v1", "Pod", pod), POD)))
                .isEqualTo(Json.string(Json.read("""
                        {"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","labels":{"app":"web"}},
                         "spec":{"volumes":[{"name":"v","configMap":{"name":"settings"}}],
                                 "containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"500m"}}}],
                                 "terminationGracePeriodSeconds":0,"automountServiceAccountToken":false}}
                        """)));
    }

    @Test
    void refusesWhatIsNotInThisEncoding() {
        assertThatThrownBy(() -> new ProtobufReader().read("{}".getBytes(StandardCharsets.UTF_8), POD))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("expected prefix [107 56 115 0]");
    }

    @Test
    void refusesATruncatedMessageWithoutFailing() {
        byte[] whole = envelope("v1", "Pod", new Message().part(1, new Message().text(1, "a-rather-long-name")));
        for (int length = 5; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            try {
                new ProtobufReader().read(cut, POD);
            } catch (ApiException e) {
                assertThat(e.status().code()).isEqualTo(400);
            }
        }
    }
}
