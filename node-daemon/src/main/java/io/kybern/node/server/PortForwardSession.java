package io.kybern.node.server;

import io.netty.channel.Channel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Port forwarding ({@code portforward.k8s.io}): for each connection the client opens a data and an error stream that name the
 * port and share a request id. The connection to the port is made inside the pod's network namespace, so that what listens on
 * the pod's loopback is reached too.
 */
final class PortForwardSession implements SpdyConnection.Listener {

    static final String PROTOCOL = "portforward.k8s.io";

    private static final Logger log = LoggerFactory.getLogger(PortForwardSession.class);
    private static final int BUFFER_BYTES = 32 * 1024;
    private static final int PORT_LIMIT = 65535;

    /** One forwarded connection as its streams arrive. */
    private static final class Connection {
        private @Nullable Integer dataStream;
        private @Nullable Integer errorStream;
        private final String port;
        private final InputQueue<byte[]> input;

        Connection(String port, Channel channel) {
            this.port = port;
            this.input = new InputQueue<>(channel);
        }
    }

    private final Channel channel;
    private final SpdyConnection spdy;
    private final long sandboxPid;
    private final String pod;
    private final Executor threads;
    private final Map<String, Connection> byRequest = new HashMap<>();
    private final Map<Integer, Connection> byDataStream = new HashMap<>();

    /**
     * @param sandboxPid a process in the pod's network namespace
     * @param pod the pod's name, for messages
     * @param threads runs the copying; one that may block
     */
    PortForwardSession(Channel channel, long sandboxPid, String pod, Executor threads) {
        this.channel = channel;
        this.spdy = new SpdyConnection(channel, this);
        this.sandboxPid = sandboxPid;
        this.pod = pod;
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
        Connection connection = byRequest.computeIfAbsent(request, id -> new Connection(port, channel));
        if (header.apply("streamtype").equals("error")) {
            connection.errorStream = stream;
        } else {
            connection.dataStream = stream;
            byDataStream.put(stream, connection);
        }
        Integer data = connection.dataStream;
        Integer error = connection.errorStream;
        if (data != null && error != null) {
            byRequest.remove(request);
            threads.execute(() -> forward(connection, data, error));
        }
    }

    @Override
    public void data(int stream, byte[] data, boolean last) {
        Connection connection = byDataStream.get(stream);
        if (connection == null) {
            return;
        }
        if (data.length > 0) {
            connection.input.add(data);
        }
        if (last) {
            connection.input.end();
        }
    }

    @Override
    public void reset(int stream) {
        Connection connection = byDataStream.remove(stream);
        if (connection != null) {
            connection.input.end();
        }
    }

    @Override
    public void disconnected() {
        byDataStream.values().forEach(connection -> connection.input.end());
        byDataStream.clear();
    }

    private void forward(Connection connection, int dataStream, int errorStream) {
        try {
            String failure = isPort(connection.port)
                    ? copy(connection, dataStream)
                    : "unable to parse \"" + connection.port + "\" as a port";
            if (!failure.isEmpty()) {
                byte[] message = "error forwarding port %s to pod %s: %s"
                        .formatted(connection.port, pod, failure)
                        .getBytes(StandardCharsets.UTF_8);
                spdy.send(errorStream, message, 0, message.length);
            }
            spdy.end(dataStream);
            spdy.end(errorStream);
        } catch (IOException e) {
            log.atDebug().setCause(e).log("port forwarding ended by the client");
        } finally {
            channel.eventLoop().execute(() -> byDataStream.remove(dataStream));
        }
    }

    private static boolean isPort(String text) {
        try {
            int port = Integer.parseInt(text);
            return port > 0 && port <= PORT_LIMIT;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** Joins the stream with the port until both sides are at their end; answers why it failed, or nothing. */
    private String copy(Connection connection, int dataStream) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        "nsenter",
                        "-t",
                        String.valueOf(sandboxPid),
                        "-n",
                        "socat",
                        "-t",
                        "30",
                        "-",
                        "TCP4:localhost:" + connection.port))
                .start();
        try {
            threads.execute(() -> feed(connection, process));
            byte[] buffer = new byte[BUFFER_BYTES];
            try (InputStream output = process.getInputStream()) {
                for (int count = output.read(buffer); count >= 0; count = output.read(buffer)) {
                    spdy.send(dataStream, buffer, 0, count);
                }
            }
            String error = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? "" : error;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } finally {
            process.destroy();
        }
    }

    private static void feed(Connection connection, Process process) {
        try (OutputStream input = process.getOutputStream()) {
            for (byte[] data = connection.input.take(); data != null; data = connection.input.take()) {
                input.write(data);
                input.flush();
            }
        } catch (IOException e) {
            log.atTrace().setCause(e).log("the port reads no more");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
