package io.kybern.apiserver.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
final class StoredJsonTest {

    /** A change here changes what is in every store: write a decision page, and read both forms. */
    @Test
    void encodesSortedAndWithoutTheResourceVersion() {
        ObjectNode object = (ObjectNode) Json.read(
                "{\"kind\":\"ConfigMap\",\"metadata\":{\"resourceVersion\":\"7\",\"name\":\"a\",\"labels\":{\"b\":\"2\",\"a\":\"1\"}},"
                        + "\"data\":{\"z\":\"\\\"metadata\\\":{\",\"n\":1.50},\"apiVersion\":\"v1\"}");

        assertThat(text(StoredJson.encode(object)))
                .isEqualTo(
                        "{\"apiVersion\":\"v1\",\"data\":{\"n\":1.50,\"z\":\"\\\"metadata\\\":{\"},\"kind\":\"ConfigMap\","
                                + "\"metadata\":{\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"a\"}}");
        assertThat(object.path("metadata").path("resourceVersion").asString())
                .as("the argument is not changed")
                .isEqualTo("7");
    }

    @Test
    void splicesTheRevisionIntoTheTopLevelsMetadata() {
        String json = "{\"a\":{\"metadata\":{\"x\":1}},\"b\":\"\\\\\",\"metadata\":{\"name\":\"a\"}}";
        byte[] spliced = StoredJson.withRevision(bytes(json), 42);

        assertThat(text(spliced))
                .isEqualTo("{\"a\":{\"metadata\":{\"x\":1}},\"b\":\"\\\\\","
                        + "\"metadata\":{\"resourceVersion\":\"42\",\"name\":\"a\"}}");
        assertThat(text(StoredJson.atRevision(spliced, 12345)))
                .contains("\"resourceVersion\":\"12345\",\"name\":\"a\"");
    }

    @Test
    void splicesTheRevisionIntoEmptyMetadata() {
        assertThat(text(StoredJson.withRevision(bytes("{\"metadata\":{}}"), 1)))
                .isEqualTo("{\"metadata\":{\"resourceVersion\":\"1\"}}");
    }

    @Test
    void reportsWhatHasNoMetadata() {
        assertThatThrownBy(() -> StoredJson.withRevision(bytes("{\"a\":[1]}"), 1))
                .isInstanceOf(StorageException.Corrupt.class);
        assertThatThrownBy(() -> StoredJson.withRevision(bytes("\"unfinished"), 1))
                .isInstanceOf(StorageException.Corrupt.class);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
