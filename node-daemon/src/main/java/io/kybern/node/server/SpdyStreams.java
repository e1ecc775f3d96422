package io.kybern.node.server;

import io.netty.channel.Channel;
import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Exec and attach over SPDY: a stream for each channel, told apart by the {@code streamtype} header. */
final class SpdyStreams implements RemoteStreams, SpdyConnection.Listener {

    /** The protocols, best first. */
    static final List<String> PROTOCOLS =
            List.of("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io");

    private final SpdyConnection connection;
    private final Set<StreamChannel> awaited;
    private final Runnable whenComplete;
    private final InputQueue<Input> input;
    private final Map<Integer, StreamChannel> channels = new HashMap<>();
    private final Map<StreamChannel, Integer> streams = new EnumMap<>(StreamChannel.class);

    /**
     * @param expected the channels that the client must open before the session can start
     * @param whenComplete called once by the event loop when all are open
     */
    SpdyStreams(Channel channel, Set<StreamChannel> expected, Runnable whenComplete) {
        this.connection = new SpdyConnection(channel, this);
        this.awaited = EnumSet.copyOf(expected);
        this.whenComplete = whenComplete;
        this.input = new InputQueue<>(channel);
    }

    /** The channels that a client of that protocol opens. */
    static Set<StreamChannel> expected(Route.Streams wanted, String protocol) {
        Set<StreamChannel> expected = EnumSet.of(StreamChannel.ERROR);
        if (wanted.stdin()) {
            expected.add(StreamChannel.STDIN);
        }
        if (wanted.stdout()) {
            expected.add(StreamChannel.STDOUT);
        }
        if (wanted.stderr()) {
            expected.add(StreamChannel.STDERR);
        }
        if (wanted.tty() && (protocol.startsWith("v4.") || protocol.startsWith("v3."))) {
            expected.add(StreamChannel.RESIZE);
        }
        return expected;
    }

    SpdyConnection connection() {
        return connection;
    }

    @Override
    public void opened(int stream, UnaryOperator<String> header) {
        StreamChannel.ofStreamType(header.apply("streamtype")).ifPresent(channel -> {
            synchronized (streams) {
                channels.put(stream, channel);
                streams.put(channel, stream);
            }
            if (awaited.remove(channel) && awaited.isEmpty()) {
                whenComplete.run();
            }
        });
    }

    @Override
    public void data(int stream, byte[] data, boolean last) {
        StreamChannel channel;
        synchronized (streams) {
            channel = channels.get(stream);
        }
        if (channel == null) {
            return;
        }
        if (data.length > 0) {
            input.add(new Input(channel, data));
        }
        if (last) {
            input.add(new Input(channel, null));
        }
    }

    @Override
    public void reset(int stream) {
        data(stream, new byte[0], true);
    }

    @Override
    public void disconnected() {
        input.end();
    }

    @Override
    public @Nullable Input read() throws InterruptedException {
        return input.take();
    }

    @Override
    public void write(StreamChannel channel, byte[] data, int offset, int length) throws IOException {
        Integer stream = stream(channel);
        if (stream != null) {
            connection.send(stream, data, offset, length);
        }
    }

    @Override
    public void finish(byte[] status) throws IOException {
        write(StreamChannel.ERROR, status, 0, status.length);
        for (StreamChannel channel : List.of(StreamChannel.ERROR, StreamChannel.STDOUT, StreamChannel.STDERR)) {
            Integer stream = stream(channel);
            if (stream != null) {
                connection.end(stream);
            }
        }
    }

    private @Nullable Integer stream(StreamChannel channel) {
        synchronized (streams) {
            return streams.get(channel);
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
