package io.kybern.node.server;

import io.kybern.service.tunnel.ByteRelay;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * Joins a connection of the node's API with a port of a pod, byte for byte. The API server has no way into the pod network; this is
 * how its proxies reach pods.
 */
final class PortTunnel {

    /** What the client asks to upgrade to. */
    static final String PROTOCOL = "tcp";

    private static final int CONNECT_MILLIS = 10_000;

    private PortTunnel() {}

    /**
     * Connects, then answers the upgrade.
     *
     * @param refused called with the reason if nothing answers at the address; the client has no answer yet then
     */
    static void open(ChannelHandlerContext context, InetSocketAddress pod, Consumer<Throwable> refused) {
        Channel front = context.channel();
        front.config().setAutoRead(false);
        new Bootstrap()
                .group(front.eventLoop())
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .option(ChannelOption.TCP_NODELAY, true)
                // what the pod sends before the client has its answer must wait
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel back) {
                        back.pipeline().addLast(new ByteRelay(front));
                    }
                })
                .connect(pod)
                .addListener((ChannelFutureListener) connected -> {
                    if (connected.isSuccess()) {
                        join(context, connected.channel());
                    } else {
                        front.config().setAutoRead(true);
                        refused.accept(connected.cause());
                    }
                });
    }

    private static void join(ChannelHandlerContext context, Channel back) {
        DefaultFullHttpResponse answer =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        answer.headers()
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.UPGRADE, PROTOCOL);
        context.writeAndFlush(answer);
        ChannelPipeline pipeline = context.pipeline();
        pipeline.addLast(new ByteRelay(back));
        pipeline.remove(context.handler());
        pipeline.remove(HttpObjectAggregator.class);
        pipeline.remove(HttpServerCodec.class);
        context.channel().config().setAutoRead(true);
        back.config().setAutoRead(true);
    }
}
