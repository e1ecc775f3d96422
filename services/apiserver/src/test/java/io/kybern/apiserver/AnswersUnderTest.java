package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubernetes.client.proto.Runtime;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Answers of a whole API server, asked for in formats; protobuf is read by the official classes. */
abstract class AnswersUnderTest {

    static final String PROTOBUF = "application/vnd.kubernetes.protobuf";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";

    static ApiServerUnderTest server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = ApiServerUnderTest.start(directory);
        await("the first namespaces").atMost(PATIENCE).until(() -> code("/api/v1/namespaces/default", "*/*") == 200);
        await("the first roles").atMost(PATIENCE).until(() -> code(MAPS, "*/*") == 200);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static HttpResponse<byte[]> get(String path, String accept) {
        return server.bytes(server.request(path).header("Accept", accept));
    }

    static int code(String path, String accept) {
        return get(path, accept).statusCode();
    }

    static String type(HttpResponse<?> response) {
        return response.headers().firstValue("Content-Type").orElse("");
    }

    /** The message in an envelope of that kind. */
    static byte[] unwrapped(byte[] body, String kind) throws IOException {
        assertThat(body).startsWith('k', '8', 's', 0);
        Runtime.Unknown unknown = Runtime.Unknown.parseFrom(ByteBuffer.wrap(body, 4, body.length - 4));
        assertThat(unknown.getTypeMeta().getKind()).isEqualTo(kind);
        return unknown.getRaw().toByteArray();
    }
}
