package io.kybern.node.server;

import io.kybern.node.access.NodeAccess;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** Listens for the API server and whoever else may ask a node. One event loop is enough: it only moves bytes. */
final class NodeApiServer implements SmartLifecycle {

    private static final int MAX_REQUEST_BYTES = 64 * 1024;

    /** More than a client far away needs, and short enough that half-open connections do not gather. */
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);

    private final NodeApiProperties properties;
    private final NodeAccess access;
    private final NodeApi api;
    private @Nullable EventLoopGroup loop;
    private volatile @Nullable Channel listener;

    NodeApiServer(NodeApiProperties properties, NodeAccess access, NodeApi api) {
        this.properties = properties;
        this.access = access;
        this.api = api;
    }

    @Override
    public void start() {
        SslContext tls = tls();
        Strangers strangers = new Strangers();
        EventLoopGroup started = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("node-api", true), NioIoHandler.newFactory());
        loop = started;
        listener = new ServerBootstrap()
                .group(started)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        SslHandler secured = tls.newHandler(channel.alloc());
                        secured.setHandshakeTimeoutMillis(HANDSHAKE.toMillis());
                        channel.pipeline()
                                .addLast(strangers)
                                .addLast(secured)
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(MAX_REQUEST_BYTES))
                                .addLast(new AccessFilter(access, strangers, api.threads()))
                                .addLast(new NodeApiHandler(api));
                    }
                })
                .bind(properties.port())
                .syncUninterruptibly()
                .channel();
    }

    private SslContext tls() {
        try {
            return SslContextBuilder.forServer(
                            properties.certificate().toFile(), properties.key().toFile())
                    .trustManager(new AnyClient(properties.authorities()))
                    .clientAuth(ClientAuth.OPTIONAL)
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalStateException("the node API cannot use the certificate " + properties.certificate(), e);
        }
    }

    /** The port that it listens on; 0 while it does not. */
    int port() {
        Channel current = listener;
        return current != null && current.localAddress() instanceof InetSocketAddress address ? address.getPort() : 0;
    }

    @Override
    public void stop() {
        Channel current = listener;
        listener = null;
        if (current != null) {
            current.close().syncUninterruptibly();
        }
        if (loop != null) {
            loop.shutdownGracefully();
        }
    }

    @Override
    public boolean isRunning() {
        return listener != null;
    }
}
