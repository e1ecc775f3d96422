package io.kybern.node.server;

import io.kybern.node.access.NodeAccess;
import io.kybern.node.access.Verdict;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets through the requests of one connection that are allowed, and answers the others. */
final class AccessFilter extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final Logger log = LoggerFactory.getLogger(AccessFilter.class);

    private final NodeAccess access;
    private final Strangers strangers;
    private final Executor threads;

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
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        String method = request.method().name();
        String path = new QueryStringDecoder(request.uri()).path();
        String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        X509Certificate[] chain = chain(context);
        request.retain();
        // what follows on the connection, such as the bytes of an upgraded one, waits for the verdict
        context.channel().config().setAutoRead(false);
        threads.execute(() -> {
            Verdict verdict = verdict(method, path, chain, authorization);
            context.executor().execute(() -> pass(context, request, verdict));
        });
    }

    private Verdict verdict(String method, String path, X509Certificate[] chain, @Nullable String authorization) {
        try {
            return access.check(method, path, chain, authorization);
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("a client of the node API could not be checked");
            return new Verdict.Refused(HttpResponseStatus.INTERNAL_SERVER_ERROR.code(), "Authorization error");
        }
    }

    private void pass(ChannelHandlerContext context, FullHttpRequest request, Verdict verdict) {
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
            }
        }
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
