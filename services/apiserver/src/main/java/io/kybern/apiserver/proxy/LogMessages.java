package io.kybern.apiserver.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.base64.Base64;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.Arrays;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;

/**
 * A stream of bytes over WebSocket, as pods' logs may be asked for: an empty message first, then each piece as a message, and the
 * close when there is no more. The protocols are {@code binary.k8s.io}, also where none is asked for, and
 * {@code base64.binary.k8s.io}.
 */
final class LogMessages {

    private static final String BINARY = "binary.k8s.io";
    private static final String BASE64 = "base64.binary.k8s.io";

    private LogMessages() {}

    /** Whether a request asks for messages. */
    static boolean wanted(HttpServerRequest request) {
        return request.requestHeaders().contains("Upgrade", "websocket", true);
    }

    /** Upgrades the connection and sends the content; the publisher ends when all of it has been sent. */
    static Mono<Void> send(HttpServerRequest request, HttpServerResponse response, Flux<ByteBuf> content) {
        // what the server offers as a handshake ends with the handshake
        Sinks.Empty<Void> sent = Sinks.empty();
        Mono<Void> upgraded = response.sendWebsocket(
                (in, out) -> {
                    boolean text = BASE64.equals(out.selectedSubprotocol());
                    Publisher<WebSocketFrame> frames = content.startWith(Unpooled.EMPTY_BUFFER)
                            .map(piece -> frame(piece, text))
                            .doFinally(end -> sent.tryEmitEmpty());
                    return out.sendObject(frames, frame -> true);
                },
                protocols(request.requestHeaders()));
        return upgraded.then(sent.asMono());
    }

    /** None where the client names none of ours: an upgrade with protocols needs one that both know. */
    private static WebsocketServerSpec protocols(HttpHeaders request) {
        WebsocketServerSpec.Builder spec = WebsocketServerSpec.builder();
        boolean known = Arrays.stream(request.get("Sec-WebSocket-Protocol", "").split(",", -1))
                .map(String::strip)
                .anyMatch(name -> name.equals(BINARY) || name.equals(BASE64));
        return known ? spec.protocols(BINARY + "," + BASE64).build() : spec.build();
    }

    private static WebSocketFrame frame(ByteBuf piece, boolean text) {
        if (!text) {
            return new BinaryWebSocketFrame(piece);
        }
        try {
            return new TextWebSocketFrame(Base64.encode(piece, false));
        } finally {
            piece.release();
        }
    }
}
