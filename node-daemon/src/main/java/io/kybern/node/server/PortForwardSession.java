package io.kybern.node.server;

import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Port forwarding ({@code portforward.k8s.io}): for each connection the client opens a data and an error stream that name the
 * port and share a request id.
 */
final class PortForwardSession implements SpdyConnection.Listener {

    static final String PROTOCOL = "portforward.k8s.io";

    private static final Logger log = LoggerFactory.getLogger(PortForwardSession.class);

    /** One forwarded connection as its streams arrive. */
    private static final class Streams {
        private @Nullable Integer dataStream;
        private @Nullable Integer errorStream;
        private final PortConnection connection;

        Streams(PortConnection connection) {
            this.connection = connection;
        }
    }

    private final Channel channel;
    private final SpdyConnection spdy;
    private final PortConnection.Destination destination;
    private final Executor threads;
    private final Map<String, Streams> byRequest = new HashMap<>();
    private final Map<Integer, Streams> byDataStream = new HashMap<>();

    /**
     * @param threads runs the copying; one that may block
     */
    PortForwardSession(Channel channel, PortConnection.Destination destination, Executor threads) {
        this.channel = channel;
        this.spdy = new SpdyConnection(channel, this);
        this.destination = destination;
        this.threads = threads;
    }

    SpdyConnection connection() {
        return spdy;
    }

    @Override
    public void opened(int stream, UnaryOperator<String> header) {
        String port = header.apply("port");
        String request = header.apply("requestid");
        if (request.isEmpty()) {
            // older clients number no requests: the error stream comes first, its data stream directly after it
            request = String.valueOf(header.apply("streamtype").equals("error") ? stream : stream - 2);
        }
        Streams streams = byRequest.computeIfAbsent(
                request, id -> new Streams(new PortConnection(destination, port, channel, threads)));
        if (header.apply("streamtype").equals("error")) {
            streams.errorStream = stream;
        } else {
            streams.dataStream = stream;
            byDataStream.put(stream, streams);
        }
        Integer data = streams.dataStream;
        Integer error = streams.errorStream;
        if (data != null && error != null) {
            byRequest.remove(request);
            threads.execute(() -> forward(streams, data, error));
        }
    }

    @Override
    public void data(int stream, byte[] data, boolean last) {
        Streams streams = byDataStream.get(stream);
        if (streams == null) {
            return;
        }
        if (data.length > 0) {
            streams.connection.input().add(data);
        }
        if (last) {
            streams.connection.input().end();
        }
    }

    @Override
    public void reset(int stream) {
        Streams streams = byDataStream.remove(stream);
        if (streams != null) {
            streams.connection.input().end();
        }
    }

    @Override
    public void disconnected() {
        byDataStream.values().forEach(streams -> streams.connection.input().end());
        byDataStream.clear();
    }

    private void forward(Streams streams, int dataStream, int errorStream) {
        try {
            byte[] failure = streams.connection
                    .join((data, offset, length) -> spdy.send(dataStream, data, offset, length))
                    .getBytes(StandardCharsets.UTF_8);
            if (failure.length > 0) {
                spdy.send(errorStream, failure, 0, failure.length);
            }
            spdy.end(dataStream);
            spdy.end(errorStream);
        } catch (IOException e) {
            log.atDebug().setCause(e).log("port forwarding ended by the client");
        } finally {
            channel.eventLoop().execute(() -> byDataStream.remove(dataStream));
        }
    }
}
