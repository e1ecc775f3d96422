package io.kybern.apiserver.proxy;

import io.kybern.apiserver.request.ApiResponse;
import io.kybern.service.tunnel.ByteRelay;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Passes an upgrade request through to a node or a Service: the request itself is sent on, and from then on both connections are one, byte for
 * byte. So whatever protocol client and node agree on, WebSocket or SPDY, needs no knowledge here.
 */
final class UpgradeTunnel implements ApiResponse.Tunnel {

    private static final int CONNECT_MILLIS = 10_000;

    private static final String BEARER_PROTOCOL = "base64url.bearer.authorization.k8s.io.";

    private final Supplier<? extends SocketAddress> address;
    private final String name;
    private final String host;
    private final String path;
    private final Dialer dialer;
    private final UnaryOperator<HttpHeaders> headers;

    /** Prepares a new connection; answers when it can be written to. */
    @FunctionalInterface
    private interface Dialer {
        Future<Channel> prepare(Channel channel);
    }

    private UpgradeTunnel(NodeAddress address, String host, String path, Dialer dialer) {
        this(address::socketAddress, address.node(), host, path, dialer, UnaryOperator.identity());
    }

    private UpgradeTunnel(
            Supplier<? extends SocketAddress> address,
            String name,
            String host,
            String path,
            Dialer dialer,
            UnaryOperator<HttpHeaders> headers) {
        this.address = address;
        this.name = name;
        this.host = host;
        this.path = path;
        this.dialer = dialer;
        this.headers = headers;
    }

    /**
     * A tunnel to what a Service leads to.
     *
     * @param address what to connect to
     * @param pod the pod that is meant if the address is that of its node; null if it needs no detour
     * @param certificateName the name that the certificate there must be for, if the settings want that checked
     */
    static UpgradeTunnel toService(
            InetSocketAddress address,
            @Nullable Backend pod,
            NodeClient client,
            String certificateName,
            ServiceDialer.Upgrade upgrade) {
        Dialer dialer = channel -> {
            if (pod != null) {
                PodTunnel.add(channel, pod, client);
            }
            SslHandler tls = upgrade.tls().newHandler(channel.alloc(), certificateName, address.getPort());
            channel.pipeline().addLast("service-tls", tls);
            return tls.handshakeFuture();
        };
        return new UpgradeTunnel(
                () -> address, certificateName, upgrade.host(), upgrade.uri(), dialer, upgrade.headers());
    }

    /** A tunnel to that path of the node's API. */
    UpgradeTunnel(NodeClient client, NodeAddress address, String path) {
        this(address, address.node(), path, channel -> {
            SslHandler tls = client.tls().newHandler(channel.alloc(), address.node(), address.port());
            NodeClient.checkName(tls);
            channel.pipeline().addLast("tls", tls);
            return tls.handshakeFuture();
        });
    }

    /** A tunnel to that path of what listens at a port of a pod. */
    static UpgradeTunnel toPod(NodeClient client, Backend backend, String path) {
        return new UpgradeTunnel(backend.node(), backend.hostAndPort(), path, channel -> {
            Future<Channel> open = PodTunnel.add(channel, backend, client);
            if (!backend.secure()) {
                return open;
            }
            SslHandler tls = NodeClient.unchecked().newHandler(channel.alloc());
            channel.pipeline().addLast("pod-tls", tls);
            return tls.handshakeFuture();
        });
    }

    @Override
    public Publisher<Void> open(HttpServerRequest request, HttpServerResponse response) {
        List<Channel> channel = new ArrayList<>(1);
        request.withConnection(connection -> channel.add(connection.channel()));
        Channel front = channel.getFirst();
        return Mono.<Channel>create(sink -> connect(front, sink))
                .flatMap(back -> join(front, back, head(request)))
                .onErrorResume(error -> NodeClient.failed(name, request, response, error));
    }

    private void connect(Channel front, MonoSink<Channel> sink) {
        // a connection that is refused ends both the dialing and what was prepared on it
        AtomicBoolean failed = new AtomicBoolean();
        Consumer<Throwable> failures = cause -> {
            if (failed.compareAndSet(false, true)) {
                sink.error(cause);
            }
        };
        Bootstrap bootstrap = new Bootstrap()
                .group(front.eventLoop())
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.AUTO_READ, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel back) {
                        dialer.prepare(back).addListener(done -> {
                            if (done.isSuccess()) {
                                sink.success(back);
                            } else {
                                failures.accept(done.cause());
                                back.close();
                            }
                        });
                    }
                });
        bootstrap.connect(address.get()).addListener(done -> {
            if (!done.isSuccess()) {
                failures.accept(done.cause());
            }
        });
    }

    private ByteBuf head(HttpServerRequest request) {
        StringBuilder head = new StringBuilder()
                .append(request.method().name())
                .append(' ')
                .append(path)
                .append(" HTTP/1.1\r\nHost: ")
                .append(host)
                .append("\r\n");
        for (Map.Entry<String, String> header : headers.apply(request.requestHeaders())) {
            if (!NodeClient.staysHere(header.getKey())) {
                head.append(header.getKey()).append(": ").append(passed(header)).append("\r\n");
            }
        }
        return Unpooled.copiedBuffer(head.append("\r\n"), StandardCharsets.ISO_8859_1);
    }

    /** The value of a header; a token that came as a WebSocket protocol was for this server. */
    private static String passed(Map.Entry<String, String> header) {
        return header.getKey().equalsIgnoreCase("Sec-WebSocket-Protocol")
                ? Arrays.stream(header.getValue().split(","))
                        .map(String::strip)
                        .filter(protocol -> !protocol.startsWith(BEARER_PROTOCOL))
                        .collect(Collectors.joining(", "))
                : header.getValue();
    }

    private static Mono<Void> join(Channel front, Channel back, ByteBuf head) {
        if (!front.isActive()) {
            head.release();
            back.close();
            return Mono.empty();
        }
        ChannelPipeline pipeline = front.pipeline();
        for (Map.Entry<String, ChannelHandler> each : pipeline.toMap().entrySet()) {
            if (!(each.getValue() instanceof SslHandler)) {
                pipeline.remove(each.getKey());
            }
        }
        pipeline.addLast(new ByteRelay(back));
        back.pipeline().addLast(new ByteRelay(front));
        back.writeAndFlush(head);
        front.config().setAutoRead(true);
        front.read();
        return Mono.create(sink -> front.closeFuture().addListener(closed -> sink.success()));
    }
}
