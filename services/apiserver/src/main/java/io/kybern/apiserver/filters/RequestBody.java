package io.kybern.apiserver.filters;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/** Reads a body whole, up to a limit. */
final class RequestBody {

    /** What Kubernetes reads at most: 3 MiB. */
    static final int LIMIT = 3 * 1024 * 1024;

    private static final byte[] NONE = new byte[0];

    private RequestBody() {}

    static Mono<byte[]> read(HttpServerRequest request) {
        String length = request.requestHeaders().get("Content-Length");
        if (length != null && tooLong(length)) {
            return Mono.error(BodyTooLargeException.of(LIMIT));
        }
        if (length == null
                && !request.requestHeaders().contains("Transfer-Encoding")
                && request.version().majorVersion() < 2
                && !chunked(request)) {
            return Mono.just(NONE);
        }
        return request.receive()
                .collect(ByteArrayOutputStream::new, RequestBody::append)
                .map(ByteArrayOutputStream::toByteArray)
                .defaultIfEmpty(NONE);
    }

    private static boolean chunked(HttpServerRequest request) {
        return request.requestHeaders().contains("x-http2-stream-id");
    }

    private static boolean tooLong(String length) {
        try {
            return Long.parseLong(length) > LIMIT;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static void append(ByteArrayOutputStream out, ByteBuf buffer) {
        if (out.size() + buffer.readableBytes() > LIMIT) {
            throw BodyTooLargeException.of(LIMIT);
        }
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.getBytes(buffer.readerIndex(), bytes);
        out.writeBytes(bytes);
    }
}
