package io.kybern.apiserver.filters;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/** Reads a body whole, up to a limit of bytes and of time. */
final class RequestBody {

    /** What Kubernetes reads at most: 3 MiB. */
    static final int LIMIT = 3 * 1024 * 1024;

    private static final byte[] NONE = new byte[0];

    private RequestBody() {}

    /**
     * The body; fails with {@link BodyRefusedException}.
     *
     * @param patience how long its sender may take
     * @param share counts the bytes
     */
    static Mono<byte[]> read(HttpServerRequest request, Duration patience, BodyBudget.Share share) {
        String length = request.requestHeaders().get("Content-Length");
        if (length != null && tooLong(length)) {
            return Mono.error(BodyRefusedException.tooLarge(LIMIT));
        }
        if (length == null
                && !request.requestHeaders().contains("Transfer-Encoding")
                && request.version().majorVersion() < 2
                && !chunked(request)) {
            return Mono.just(NONE);
        }
        return gather(request.receive(), patience, share);
    }

    /** All parts as one. */
    static Mono<byte[]> gather(Flux<ByteBuf> parts, Duration patience, BodyBudget.Share share) {
        return parts.collect(ByteArrayOutputStream::new, (out, part) -> append(out, part, share))
                .map(ByteArrayOutputStream::toByteArray)
                .defaultIfEmpty(NONE)
                .timeout(patience, Mono.error(() -> BodyRefusedException.late(patience)));
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

    private static void append(ByteArrayOutputStream out, ByteBuf buffer, BodyBudget.Share share) {
        if (out.size() + buffer.readableBytes() > LIMIT) {
            throw BodyRefusedException.tooLarge(LIMIT);
        }
        if (!share.take(buffer.readableBytes())) {
            return;
        }
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.getBytes(buffer.readerIndex(), bytes);
        out.writeBytes(bytes);
    }
}
