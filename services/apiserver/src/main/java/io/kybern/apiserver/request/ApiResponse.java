package io.kybern.apiserver.request;

import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** An answer on its way out. */
public sealed interface ApiResponse {

    /** The HTTP status. */
    int code();

    /**
     * An answer that is there as a whole.
     *
     * @param contentType empty for no content
     * @param headers further headers
     */
    record Complete(int code, String contentType, byte[] body, Map<String, String> headers) implements ApiResponse {

        /** The same with one more header. */
        public Complete with(String name, String value) {
            Map<String, String> more = new java.util.LinkedHashMap<>(headers);
            more.put(name, value);
            return new Complete(code, contentType, body, more);
        }
    }

    /**
     * An answer that is written as it comes, each buffer at once.
     *
     * @param body the buffers, given the connection's own thread: what is published there is written without a handover. Its end is
     *     the answer's, its cancellation means that the client is gone
     */
    record Streamed(int code, String contentType, Function<Executor, Publisher<ByteBuf>> body) implements ApiResponse {}

    /**
     * A watch over WebSocket: each message is one frame.
     *
     * @param text whether the frames are marked as text
     * @param messages as {@link Streamed#body}
     */
    record Frames(boolean text, Function<Executor, Publisher<ByteBuf>> messages) implements ApiResponse {
        @Override
        public int code() {
            return 101;
        }
    }

    /**
     * The handler takes the connection over.
     *
     * @param tunnel writes the answer itself
     */
    record Tunnelled(Tunnel tunnel) implements ApiResponse {
        @Override
        public int code() {
            return 101;
        }
    }

    /** Writes an answer by itself. */
    @FunctionalInterface
    interface Tunnel {

        /** Called on the event loop; the answer ends when the publisher does. */
        Publisher<Void> open(HttpServerRequest request, HttpServerResponse response);
    }

    /** A whole answer without further headers. */
    static Complete of(int code, String contentType, byte[] body) {
        return new Complete(code, contentType, body, Map.of());
    }

    /** Plain text, as {@code /livez} answers. */
    static Complete text(int code, String text) {
        return of(code, "text/plain; charset=utf-8", text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** JSON, encoded already. */
    static Complete json(int code, byte[] body) {
        return of(code, "application/json", body);
    }
}
