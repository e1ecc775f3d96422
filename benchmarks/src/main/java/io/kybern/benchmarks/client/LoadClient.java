package io.kybern.benchmarks.client;

import io.kybern.api.Json;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;

/**
 * Opens connections to one API server over TLS with a client certificate. It is bare Netty, because on a machine that also runs
 * the server everything that the client burns is missing there.
 */
public final class LoadClient implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** A list of 2.5 MiB is to fit, or HTTP/2 would wait for window updates. */
    private static final int WINDOW = 8 << 20;

    private final Kubeconfig config;
    private final boolean http2;
    private final SslContext tls;
    private final EventLoopGroup loops;

    /**
     * A client without connections.
     *
     * @param http2 whether to speak HTTP/2 rather than HTTP/1.1
     * @param threads how many threads carry all connections
     */
    public LoadClient(Kubeconfig config, boolean http2, int threads) throws IOException {
        this.config = config;
        this.http2 = http2;
        this.tls = SslContextBuilder.forClient()
                .trustManager(config.open(config.authority()))
                .keyManager(config.open(config.certificate()), config.open(config.key()))
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        http2 ? ApplicationProtocolNames.HTTP_2 : ApplicationProtocolNames.HTTP_1_1))
                .build();
        this.loops = new MultiThreadIoEventLoopGroup(threads, NioIoHandler.newFactory());
    }

    /** Opens a connection and waits until its handshake is done. */
    public Connection connect() {
        Channel channel = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel fresh) {
                        prepare(fresh.pipeline(), fresh);
                    }
                })
                .connect(config.server().getHost(), config.server().getPort())
                .syncUninterruptibly()
                .channel();
        channel.pipeline().get(SslHandler.class).handshakeFuture().syncUninterruptibly();
        String host = config.server().getAuthority();
        return http2 ? new Http2Connection(channel, host) : new Http1Connection(channel, host);
    }

    private void prepare(ChannelPipeline pipeline, Channel channel) {
        pipeline.addLast(tls.newHandler(
                channel.alloc(), config.server().getHost(), config.server().getPort()));
        if (http2) {
            pipeline.addLast(Http2FrameCodecBuilder.forClient()
                    .initialSettings(Http2Settings.defaultSettings().initialWindowSize(WINDOW))
                    .build());
            pipeline.addLast(new Http2MultiplexHandler(new Refused()));
        } else {
            pipeline.addLast(new HttpClientCodec()).addLast(new Exchange());
        }
    }

    /** A server opens no streams towards this client. */
    @io.netty.channel.ChannelHandler.Sharable
    private static final class Refused extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel stream) {
            stream.close();
        }
    }

    /** What came back for one request, whole. */
    public record Answer(int status, byte[] body) {

        /** The body as JSON, if the request was granted. */
        public JsonNode json() {
            if (status >= 300) {
                throw new IllegalStateException("the API server answered %d: %s".formatted(status, new String(body)));
            }
            return Json.read(body);
        }
    }

    /** Sends one request on that connection and waits for the whole answer. */
    public static Answer call(Connection connection, Request request) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        connection.send(request, new Reply() {
            @Override
            public void data(ByteBuf piece) {
                byte[] bytes = new byte[piece.readableBytes()];
                piece.readBytes(bytes);
                body.writeBytes(bytes);
            }

            @Override
            public void done(int status) {
                answer.complete(new Answer(status, body.toByteArray()));
            }

            @Override
            public void failed(Throwable why) {
                answer.completeExceptionally(why);
            }
        });
        try {
            return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("no answer to %s %s".formatted(request.method(), request.path()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an answer", e);
        }
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
