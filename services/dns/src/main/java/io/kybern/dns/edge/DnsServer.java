package io.kybern.dns.edge;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Listens for questions over UDP and TCP on one port (RFC 1035, section 4.2; RFC 7766). */
public final class DnsServer implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(DnsServer.class);

    private static final int LARGEST_MESSAGE_BYTES = 65_535;
    private static final int LENGTH_BYTES = 2;
    private static final int IDLE_SECONDS = 10;
    /** How often the system may choose a port: more than ever needed, and not without end. */
    private static final int ATTEMPTS = 20;

    private final InetSocketAddress address;
    private final QueryHandler handler;
    private @Nullable EventLoopGroup loops;
    private volatile int port;

    /** @param address where to listen; with port 0 the system chooses */
    public DnsServer(InetSocketAddress address, QueryHandler handler) {
        this.address = address;
        this.handler = handler;
    }

    /** The port, when it runs. */
    int port() {
        return port;
    }

    @Override
    public synchronized void start() {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        loops = group;
        listen(group);
        log.atInfo().addKeyValue("port", port).log("Listening for questions over UDP and TCP");
    }

    /** A port that the system has chosen for one protocol may be taken for the other: then it chooses again. */
    private void listen(EventLoopGroup group) {
        for (int attempt = 1; ; attempt++) {
            Channel tcp = new ServerBootstrap()
                    .group(group)
                    .channel(NioServerSocketChannel.class)
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childHandler(new TcpPipeline())
                    .bind(address)
                    .syncUninterruptibly()
                    .channel();
            port = ((InetSocketAddress) tcp.localAddress()).getPort();
            ChannelFuture udp = new Bootstrap()
                    .group(group)
                    .channel(NioDatagramChannel.class)
                    .handler(new UdpQuestions())
                    .bind(new InetSocketAddress(address.getAddress(), port))
                    .awaitUninterruptibly();
            if (udp.isSuccess()) {
                return;
            }
            tcp.close().syncUninterruptibly();
            if (address.getPort() != 0 || attempt == ATTEMPTS) {
                throw new IllegalStateException("cannot listen for UDP on port " + port, udp.cause());
            }
        }
    }

    @Override
    public synchronized void stop() {
        EventLoopGroup group = loops;
        if (group != null) {
            group.shutdownGracefully();
            loops = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return loops != null;
    }

    private final class UdpQuestions extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            InetSocketAddress asker = packet.sender();
            handler.handle(
                    ByteBufUtil.getBytes(packet.content()),
                    false,
                    answer -> context.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(answer), asker)));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            log.warn("A question over UDP failed", cause);
        }
    }

    private final class TcpPipeline extends ChannelInitializer<SocketChannel> {
        @Override
        protected void initChannel(SocketChannel channel) {
            channel.pipeline()
                    .addLast(new ReadTimeoutHandler(IDLE_SECONDS))
                    .addLast(new LengthFieldBasedFrameDecoder(
                            LARGEST_MESSAGE_BYTES + LENGTH_BYTES, 0, LENGTH_BYTES, 0, LENGTH_BYTES))
                    .addLast(new LengthFieldPrepender(LENGTH_BYTES))
                    .addLast(new TcpQuestions());
        }
    }

    private final class TcpQuestions extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
            handler.handle(
                    ByteBufUtil.getBytes(message),
                    true,
                    answer -> context.writeAndFlush(Unpooled.wrappedBuffer(answer)));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            log.debug("A connection ended", cause);
            context.close();
        }
    }
}
