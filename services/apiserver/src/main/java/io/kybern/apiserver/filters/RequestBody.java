package io.kybern.apiserver.filters;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServerRequest;

/**
 * The body of one request: read whole, up to a limit of bytes and of time, once it is known that its sender may send it; or else
 * forgotten as it comes, so that the answer is not lost on somebody who is still sending. Both block the calling virtual thread.
 */
final class RequestBody {

    /** What Kubernetes reads at most: 3 MiB. */
    static final int LIMIT = 3 * 1024 * 1024;

    /** So much of what nobody wants is taken before the connection is given up; the figure is that of Go's HTTP server. */
    private static final int FORGOTTEN = 256 * 1024;

    /** The same if its sender may send it, and the fault is only its length: they are to hear of that. */
    private static final int FORGOTTEN_OF_ALLOWED = 2 * LIMIT;

    /** A refusal does not wait longer than this for the end of the body. */
    private static final Duration REFUSAL_PATIENCE = Duration.ofSeconds(5);

    /** That of a request without one. */
    static final byte[] NONE = new byte[0];

    private final @Nullable HttpServerRequest request;
    private final Duration patience;
    private final BodyBudget.Share share;
    private boolean settled;

    private RequestBody(@Nullable HttpServerRequest request, Duration patience, BodyBudget.Share share) {
        this.request = request;
        this.patience = patience;
        this.share = share;
        this.settled = request == null;
    }

    /** Of a request that leaves its body to whoever answers it. */
    static RequestBody none(BodyBudget.Share share) {
        return new RequestBody(null, Duration.ZERO, share);
    }

    /**
     * Of a request whose head has come.
     *
     * @param patience how long its sender may take
     * @param share counts the bytes
     */
    static RequestBody of(HttpServerRequest request, Duration patience, BodyBudget.Share share) {
        return hasBody(request) ? new RequestBody(request, patience, share) : none(share);
    }

    private static boolean hasBody(HttpServerRequest request) {
        HttpHeaders headers = request.requestHeaders();
        @Nullable String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        if (length != null) {
            return !length.equals("0");
        }
        if (!Exchange.isStream(request)) {
            return headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
        }
        // HTTP/2 needs neither header; who reads sends a body in the rarest of cases, and then says of what kind
        return switch (request.method().name()) {
            case "GET", "HEAD", "OPTIONS" -> headers.contains(HttpHeaderNames.CONTENT_TYPE);
            default -> true;
        };
    }

    /** Whether there is one that has been neither read nor forgotten. */
    boolean isPending() {
        return !settled;
    }

    /**
     * Reads it; empty if there is none.
     *
     * @param level the priority level of the request
     * @throws BodyRefusedException if it is too long, too late, too much beside the others, or not whole
     */
    byte[] read(BodyBudget.Level level) {
        if (settled) {
            return NONE;
        }
        settled = true;
        share.countFor(level);
        HttpServerRequest sent = Objects.requireNonNull(request);
        long length = declared(sent);
        if (length <= LIMIT) {
            byte[] body = join(gather(sent.receive(), patience, share));
            if (length > 0 && body.length != length) {
                throw BodyRefusedException.brokenOff();
            }
            return body;
        }
        BodyRefusedException refusal = BodyRefusedException.tooLarge(LIMIT);
        throw forgets(sent, length, FORGOTTEN_OF_ALLOWED) ? refusal : refusal.unread();
    }

    /** Nobody wants it: waits for its end, if that is not far; answers whether the connection can be used further. */
    boolean forget() {
        if (settled) {
            return true;
        }
        settled = true;
        HttpServerRequest sent = Objects.requireNonNull(request);
        return forgets(sent, declared(sent), FORGOTTEN);
    }

    private static boolean forgets(HttpServerRequest sent, long length, long most) {
        boolean asksFirst = sent.requestHeaders().contains(HttpHeaderNames.EXPECT, HttpHeaderValues.CONTINUE, true);
        if (asksFirst || length > most) {
            return false;
        }
        return Boolean.TRUE.equals(drain(sent.receive(), most).block());
    }

    /** Lets go of all parts up to so many bytes; answers whether they came to their end. */
    static Mono<Boolean> drain(Flux<ByteBuf> parts, long most) {
        return parts.scan(0L, (sum, part) -> sum + part.readableBytes())
                .takeUntil(sum -> sum > most)
                .last(0L)
                .map(sum -> sum <= most)
                .timeout(REFUSAL_PATIENCE, Mono.just(false))
                .onErrorReturn(false);
    }

    /** All parts as one; an error if the request was over before the last of them. */
    static Mono<byte[]> gather(Flux<ByteBuf> parts, Duration patience, BodyBudget.Share share) {
        return parts.collect(() -> new Intake(share), Intake::add)
                .map(Intake::whole)
                .defaultIfEmpty(NONE)
                .onErrorMap(AbortedException.class, e -> BodyRefusedException.brokenOff())
                .timeout(patience, Mono.error(() -> BodyRefusedException.late(patience)));
    }

    private static byte[] join(Mono<byte[]> body) {
        return Objects.requireNonNull(body.block());
    }

    private static long declared(HttpServerRequest request) {
        @Nullable String length = request.requestHeaders().get(HttpHeaderNames.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** The request is over: nothing is held for it any more. */
    void giveBack() {
        share.giveBack();
    }

    /** What has come of a body; once it is refused, what still comes is forgotten up to its end, if that is not far. */
    private static final class Intake {

        private final BodyBudget.Share share;
        private ByteArrayOutputStream out = new ByteArrayOutputStream();
        private @Nullable BodyRefusedException refusal;
        private long forgotten;

        Intake(BodyBudget.Share share) {
            this.share = share;
        }

        void add(ByteBuf part) {
            int length = part.readableBytes();
            if (refusal == null && out.size() + length > LIMIT) {
                refuse(BodyRefusedException.tooLarge(LIMIT));
            } else if (refusal == null) {
                switch (share.take(length)) {
                    case TAKEN -> {
                        byte[] bytes = new byte[length];
                        part.getBytes(part.readerIndex(), bytes);
                        out.writeBytes(bytes);
                        return;
                    }
                    case NO_ROOM -> refuse(BodyRefusedException.tooMany());
                    case OVER -> {
                        return;
                    }
                }
            }
            forgotten += length;
            if (refusal != null && forgotten > FORGOTTEN_OF_ALLOWED) {
                throw refusal.unread();
            }
        }

        private void refuse(BodyRefusedException why) {
            refusal = why;
            out = new ByteArrayOutputStream(0);
            share.giveBack();
        }

        byte[] whole() {
            if (refusal != null) {
                throw refusal;
            }
            if (share.isOver()) {
                // of a connection that closed before anybody read, the end comes without what came before it, and
                // without an error
                throw BodyRefusedException.brokenOff();
            }
            return out.toByteArray();
        }
    }
}
