package io.kybern.apiserver.filters;

import io.kybern.apiserver.request.ApiResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Writes answers. */
final class ResponseWriter {

    /** Smaller answers are not worth compressing; the figure is Kubernetes' own. */
    private static final int GZIP_FROM = 128 * 1024;

    private ResponseWriter() {}

    static Mono<Void> write(
            HttpServerRequest request,
            HttpServerResponse response,
            EventLoop loop,
            ApiResponse answer,
            List<String> warnings) {
        warnings.forEach(text -> response.addHeader("Warning", "299 - " + quoted(text)));
        return switch (answer) {
            case ApiResponse.Complete complete -> whole(request, response, complete);
            case ApiResponse.Streamed streamed -> {
                response.status(streamed.code()).header("Content-Type", streamed.contentType());
                response.header("Cache-Control", "no-cache, private");
                yield response.send(Flux.from(streamed.body().apply(loop)), buffer -> true)
                        .then();
            }
            case ApiResponse.Frames frames ->
                Mono.from(response.sendWebsocket((in, out) ->
                                out.sendObject(Flux.from(frames.messages().apply(loop))
                                        .map(message -> frame(frames.text(), message)))))
                        .subscribeOn(Schedulers.fromExecutor(loop));
            case ApiResponse.Tunnelled tunnelled ->
                Mono.defer(() -> Mono.from(tunnelled.tunnel().open(request, response)))
                        .subscribeOn(Schedulers.fromExecutor(loop));
        };
    }

    private static WebSocketFrame frame(boolean text, ByteBuf message) {
        return text ? new TextWebSocketFrame(message) : new BinaryWebSocketFrame(message);
    }

    private static Mono<Void> whole(
            HttpServerRequest request, HttpServerResponse response, ApiResponse.Complete answer) {
        response.status(answer.code()).header("Cache-Control", "no-cache, private");
        for (Map.Entry<String, String> header : answer.headers().entrySet()) {
            response.header(header.getKey(), header.getValue());
        }
        if (!answer.contentType().isEmpty()) {
            response.header(HttpHeaderNames.CONTENT_TYPE, answer.contentType());
        }
        byte[] body = answer.body();
        if (body.length > GZIP_FROM && acceptsGzip(request)) {
            body = gzip(body);
            response.header("Content-Encoding", "gzip").addHeader("Vary", "Accept-Encoding");
        }
        if (answer.code() == 204 || answer.code() == 304) {
            return response.send();
        }
        response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
        return response.sendObject(Unpooled.wrappedBuffer(body)).then();
    }

    private static boolean acceptsGzip(HttpServerRequest request) {
        String accepted = request.requestHeaders().get("Accept-Encoding");
        return accepted != null && accepted.contains("gzip");
    }

    private static byte[] gzip(byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(body.length / 4);
        try (GZIPOutputStream gzip = new FastGzip(out)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException("compressing in memory cannot fail", e);
        }
        return out.toByteArray();
    }

    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(ByteArrayOutputStream out) throws IOException {
            super(out, 8192);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }

    /** A warning text as a quoted string of HTTP; line breaks would end the header. */
    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                out.append('\\');
            }
            out.appendCodePoint(c < 0x20 || c == 0x7f ? ' ' : c);
        });
        return out.append('"').toString();
    }
}
