package io.kybern.node.server;

import io.kybern.node.access.NodeAccess;
import io.kybern.node.access.Verdict;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets through the requests of one connection that are allowed, and answers the others: one after the other, the next once the former is
 * answered. A connection that becomes something else than HTTP has no more requests, and needs no filter.
 */
final class AccessFilter extends ChannelDuplexHandler {

    private static final Logger log = LoggerFactory.getLogger(AccessFilter.class);

    /** Clients of nodes wait for their answers; who sends this many requests ahead wants something else. */
    private static final int MOST_WAITING = 16;

    private final NodeAccess access;
    private final Strangers strangers;
    private final Executor threads;
    private final Deque<FullHttpRequest> waiting = new ArrayDeque<>();
    private boolean busy;

    /**
     * @param strangers is told when the connection is no stranger's any more
     * @param threads runs what may block
     */
    AccessFilter(NodeAccess access, Strangers strangers, Executor threads) {
        this.access = access;
        this.strangers = strangers;
        this.threads = threads;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof FullHttpRequest request)) {
            context.fireChannelRead(message);
        } else if (context.channel().isActive() && waiting.size() < MOST_WAITING) {
            waiting.add(request);
            next(context);
        } else {
            request.release();
            context.close();
        }
    }

    private void next(ChannelHandlerContext context) {
        FullHttpRequest request = busy || context.isRemoved() ? null : waiting.poll();
        if (request != null) {
            busy = true;
            decide(context, request);
        }
    }

    private void decide(ChannelHandlerContext context, FullHttpRequest request) {
        String method = request.method().name();
        String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        X509Certificate[] chain = chain(context);
        String path;
        try {
            path = new QueryStringDecoder(request.uri()).path();
        } catch (IllegalArgumentException notEscaped) {
            pass(context, request, new Verdict.Refused(HttpResponseStatus.BAD_REQUEST.code(), "400 Bad Request"));
            return;
        }
        // what follows on the connection, such as the bytes of an upgraded one, waits for the verdict
        context.channel().config().setAutoRead(false);
        try {
            CompletableFuture.supplyAsync(() -> access.check(method, path, chain, authorization), threads)
                    .whenComplete((verdict, fault) -> context.executor()
                            .execute(() -> pass(context, request, fault == null ? verdict : unchecked(fault))));
        } catch (RejectedExecutionException stopping) {
            request.release();
            context.close();
        }
    }

    private static Verdict unchecked(Throwable fault) {
        log.atError().setCause(fault).log("a client of the node API could not be checked");
        return new Verdict.Refused(HttpResponseStatus.INTERNAL_SERVER_ERROR.code(), "Authorization error");
    }

    private void pass(ChannelHandlerContext context, FullHttpRequest request, Verdict verdict) {
        if (context.isRemoved() || !context.channel().isActive()) {
            request.release();
            return;
        }
        context.channel().config().setAutoRead(true);
        switch (verdict) {
            case Verdict.Admitted admitted -> {
                strangers.admitted(context.channel());
                context.fireChannelRead(request);
            }
            case Verdict.Refused refused -> {
                request.release();
                log.atDebug()
                        .addKeyValue("client", context.channel().remoteAddress())
                        .addKeyValue("answer", refused.text().strip())
                        .log("request to the node API refused");
                Answers.send(context, HttpResponseStatus.valueOf(refused.status()), Answers.TEXT, refused.text());
                answered(context);
            }
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean changes = message instanceof HttpResponse answer
                && answer.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
        boolean last = message instanceof LastHttpContent;
        context.write(message, promise);
        if (changes) {
            context.pipeline().remove(this);
        } else if (last) {
            answered(context);
        }
    }

    private void answered(ChannelHandlerContext context) {
        busy = false;
        // not at once: the answer has not been flushed, and many answers must not pile up on the stack
        context.executor().execute(() -> next(context));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        forget();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        forget();
    }

    private void forget() {
        waiting.forEach(FullHttpRequest::release);
        waiting.clear();
    }

    /** What the client has shown; who it is was not asked when the connection was made. */
    private static X509Certificate[] chain(ChannelHandlerContext context) {
        try {
            return Arrays.stream(context.pipeline()
                            .get(SslHandler.class)
                            .engine()
                            .getSession()
                            .getPeerCertificates())
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
        } catch (SSLPeerUnverifiedException e) {
            return new X509Certificate[0];
        }
    }
}
