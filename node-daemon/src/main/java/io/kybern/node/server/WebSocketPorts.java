package io.kybern.node.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Port forwarding of clients that name the ports in the address ({@code v4.channel.k8s.io}): the first byte of a message, or in
 * the base64 form the first character, is the channel. The port at place i has channel 2i for data and 2i + 1 for errors, and
 * the first message of each says the port in two bytes, the lower one first.
 */
final class WebSocketPorts extends SimpleChannelInboundHandler<WebSocketFrame> {

    /** The protocols, best first. */
    static final List<String> PROTOCOLS = List.of("v4.channel.k8s.io", "v4.base64.channel.k8s.io");

    private static final Logger log = LoggerFactory.getLogger(WebSocketPorts.class);
    private static final int CHANNELS_PER_PORT = 2;
    private final Channel channel;
    private final boolean base64;
    private final List<Integer> ports;
    private final List<PortConnection> connections = new ArrayList<>();
    private final Executor threads;
    private int open;

    /**
     * @param ports at least one
     * @param threads runs the copying; one that may block
     */
    WebSocketPorts(
            Channel channel,
            String protocol,
            PortConnection.Destination destination,
            List<Integer> ports,
            Executor threads) {
        this.channel = channel;
        this.base64 = protocol.contains("base64");
        this.ports = ports;
        this.threads = threads;
        ports.forEach(port -> connections.add(new PortConnection(destination, String.valueOf(port), channel, threads)));
        this.open = ports.size();
    }

    /** Connects to all ports; called by the event loop once the client has its answer. */
    void start() {
        for (int place = 0; place < ports.size(); place++) {
            int index = place;
            threads.execute(() -> forward(index));
        }
    }

    private void forward(int place) {
        int data = CHANNELS_PER_PORT * place;
        int error = data + 1;
        int port = ports.get(place);
        byte[] greeting = {(byte) port, (byte) (port >> Byte.SIZE)};
        try {
            write(data, greeting, 0, greeting.length);
            write(error, greeting, 0, greeting.length);
            byte[] failure = connections
                    .get(place)
                    .join((bytes, offset, length) -> write(data, bytes, offset, length))
                    .getBytes(StandardCharsets.UTF_8);
            if (failure.length > 0) {
                write(error, failure, 0, failure.length);
            }
        } catch (IOException e) {
            log.atDebug().setCause(e).log("port forwarding ended by the client");
        } finally {
            channel.eventLoop().execute(this::ended);
        }
    }

    /** Channels cannot be ended one by one: the last one ends them all. */
    private void ended() {
        open--;
        if (open == 0) {
            WebSocketFarewell.begin(channel, this);
        }
    }

    private void write(int number, byte[] data, int offset, int length) throws IOException {
        ChannelWrites.write(channel, base64, number, data, offset, length);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
        switch (frame) {
            case BinaryWebSocketFrame binary -> receive(binary.content());
            case TextWebSocketFrame text -> receive(text.content());
            case PingWebSocketFrame ping ->
                context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
            case CloseWebSocketFrame close ->
                context.writeAndFlush(close.retainedDuplicate()).addListener(done -> context.close());
            default -> {
                // a pong needs no answer, and parts of messages are joined before they come here
            }
        }
    }

    private void receive(ByteBuf message) {
        if (!message.isReadable()) {
            return;
        }
        int number = base64 ? message.readByte() - '0' : message.readUnsignedByte();
        byte[] data = new byte[message.readableBytes()];
        message.readBytes(data);
        boolean toPort = number >= 0 && number % CHANNELS_PER_PORT == 0 && number / CHANNELS_PER_PORT < ports.size();
        if (toPort && data.length > 0) {
            connections
                    .get(number / CHANNELS_PER_PORT)
                    .input()
                    .add(base64 ? Base64.getDecoder().decode(data) : data);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connections.forEach(connection -> connection.input().end());
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        log.atDebug().setCause(cause).log("port forwarding cannot go on");
        context.close();
    }
}
