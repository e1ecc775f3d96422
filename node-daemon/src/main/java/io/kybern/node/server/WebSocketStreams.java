package io.kybern.node.server;

import io.kybern.api.Json;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Exec and attach over WebSocket: the first byte of a message, or in the base64 forms the first character, is the channel. See
 * {@code v5.channel.k8s.io} in the Kubernetes documentation of "remotecommand".
 */
final class WebSocketStreams extends SimpleChannelInboundHandler<WebSocketFrame> implements RemoteStreams {

    /** The protocols, best first. */
    static final List<String> PROTOCOLS = List.of(
            "v5.channel.k8s.io",
            "v4.channel.k8s.io",
            "channel.k8s.io",
            "v4.base64.channel.k8s.io",
            "base64.channel.k8s.io");

    /**
     * How long clients of the fourth version, which end the session when they have its result, may take to do so: a way there and back, also
     * to another continent, and hardly to be felt by those who wait for the node.
     */
    static final long CLIENTS_TURN_MILLIS = 100;

    private final Channel channel;
    private final boolean base64;
    private final boolean halfClose;
    private final boolean plainErrors;
    private final InputQueue<Input> input;
    private volatile boolean finished;

    WebSocketStreams(Channel channel, String protocol) {
        this.channel = channel;
        this.base64 = protocol.contains("base64");
        this.halfClose = protocol.startsWith("v5.");
        // the first version of the protocol has no Status: it says nothing of success, and of a failure only the words
        this.plainErrors = !protocol.startsWith("v");
        this.input = new InputQueue<>(channel);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
        switch (frame) {
            case BinaryWebSocketFrame binary -> receive(bytes(binary.content()));
            case TextWebSocketFrame text -> receive(bytes(text.content()));
            case PingWebSocketFrame ping ->
                context.writeAndFlush(new PongWebSocketFrame(ReferenceCountUtil.retain(ping.content())));
            case CloseWebSocketFrame close -> {
                input.end();
                context.writeAndFlush(close.retainedDuplicate()).addListener(done -> context.close());
            }
            case ContinuationWebSocketFrame rest ->
                throw new IllegalStateException("frames are joined before they come here");
            default -> {
                // a pong needs no answer
            }
        }
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        return bytes;
    }

    private void receive(byte[] message) {
        if (message.length == 0) {
            return;
        }
        int number = base64 ? message[0] - '0' : message[0] & 0xff;
        byte[] data = new byte[message.length - 1];
        System.arraycopy(message, 1, data, 0, data.length);
        if (base64) {
            data = Base64.getDecoder().decode(data);
        }
        if (number == StreamChannel.CLOSE && halfClose && data.length > 0) {
            number(data[0] & 0xff, null);
        } else if (data.length > 0) {
            number(number, data);
        }
    }

    private void number(int number, byte @Nullable [] data) {
        if (number < StreamChannel.values().length) {
            input.add(new Input(StreamChannel.values()[number], data));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        input.end();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        input.end();
        context.close();
    }

    @Override
    public @Nullable Input read() throws InterruptedException {
        return input.take();
    }

    @Override
    public void write(StreamChannel stream, byte[] data, int offset, int length) throws IOException {
        ChannelWrites.write(channel, base64, stream.ordinal(), data, offset, length);
    }

    @Override
    public void finish(byte[] status) throws IOException {
        byte[] last = plainErrors ? words(status) : status;
        if (last.length > 0) {
            write(StreamChannel.ERROR, last, 0, last.length);
        }
        finished = true;
        WebSocketFarewell.begin(channel, this, halfClose || plainErrors ? 0 : CLIENTS_TURN_MILLIS);
    }

    private static byte[] words(byte[] status) {
        JsonNode json = Json.read(status);
        return json.path("status").asString().equals("Success")
                ? new byte[0]
                : json.path("message").asString("").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        if (!finished) {
            channel.close();
        }
    }

    /** The first message tells the client that the session stands. */
    void greet(Route.Streams streams) throws IOException {
        StreamChannel first =
                streams.stdout() ? StreamChannel.STDOUT : streams.stderr() ? StreamChannel.STDERR : StreamChannel.ERROR;
        write(first, "".getBytes(StandardCharsets.UTF_8), 0, 0);
    }
}
