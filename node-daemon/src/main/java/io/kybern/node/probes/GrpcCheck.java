package io.kybern.node.probes;

import io.fabric8.kubernetes.api.model.GRPCAction;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Asks the <a href="https://github.com/grpc/grpc/blob/master/doc/health-checking.md">gRPC health service</a> of a container, over
 * HTTP/2 without TLS as the kubelet does. One question is one connection, so of HTTP/2 only what one unary call needs is here: the
 * answer's state is in its data frame, and a call that fails has none.
 */
final class GrpcCheck {

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GO_AWAY = 7;
    private static final int ACKNOWLEDGED = 1;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int PADDED = 8;

    /** The only stream: the first that a client opens. */
    private static final int STREAM = 1;

    /** No peer may send a longer one before it was allowed to. */
    private static final int MAX_FRAME_BYTES = 16_384;

    private static final int MESSAGE_HEAD_BYTES = 5;
    private static final int SERVING = 1;

    ProbeOutcome check(GRPCAction action, String podIp, Duration timeout) {
        int port = action.getPort();
        long deadline = System.nanoTime() + timeout.toNanos();
        String within = timeout.toSeconds() + "s";
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(podIp, port), (int) timeout.toMillis());
            socket.setTcpNoDelay(true);
            ask(socket.getOutputStream(), action.getService() == null ? "" : action.getService(), podIp + ":" + port);
            return outcome(answer(socket, deadline));
        } catch (SocketTimeoutException late) {
            return ProbeOutcome.failure(
                    "timeout: failed to connect service \"" + podIp + ":" + port + "\" within " + within);
        } catch (IOException broken) {
            return ProbeOutcome.failure("error: " + Dialing.words(podIp, port, broken));
        }
    }

    private static void ask(OutputStream out, String service, String authority) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(PREFACE);
        frame(all, SETTINGS, 0, 0, new byte[0]);
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        header(headers, ":method", "POST");
        header(headers, ":scheme", "http");
        header(headers, ":path", "/grpc.health.v1.Health/Check");
        header(headers, ":authority", authority);
        header(headers, "content-type", "application/grpc");
        header(headers, "te", "trailers");
        header(headers, "user-agent", "kube-probe/kybern");
        frame(all, HEADERS, END_HEADERS, STREAM, headers.toByteArray());
        frame(all, DATA, END_STREAM, STREAM, request(service));
        out.write(all.toByteArray());
        out.flush();
    }

    /** The request: an uncompressed message with the service's name as its first field, which is left out when it is empty. */
    private static byte[] request(String service) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        byte[] name = service.getBytes(StandardCharsets.UTF_8);
        if (name.length > 0) {
            message.write(0x0a);
            int rest = name.length;
            while (rest > 0x7f) {
                message.write(rest & 0x7f | 0x80);
                rest >>>= 7;
            }
            message.write(rest);
            message.write(name);
        }
        return ByteBuffer.allocate(MESSAGE_HEAD_BYTES + message.size())
                .put((byte) 0)
                .putInt(message.size())
                .put(message.toByteArray())
                .array();
    }

    /** A header field as a literal that no table remembers; names and values here are shorter than 127 bytes. */
    private static void header(ByteArrayOutputStream out, String name, String value) throws IOException {
        out.write(0);
        out.write(name.length());
        out.write(name.getBytes(StandardCharsets.US_ASCII));
        out.write(value.length());
        out.write(value.getBytes(StandardCharsets.US_ASCII));
    }

    private static void frame(OutputStream out, int type, int flags, int stream, byte[] payload) throws IOException {
        out.write(payload.length >> 16);
        out.write(payload.length >> 8);
        out.write(payload.length);
        out.write(type);
        out.write(flags);
        out.write(ByteBuffer.allocate(4).putInt(stream).array());
        out.write(payload);
    }

    /** The bytes of the answer's message; empty when the call ended without one. */
    private static byte[] answer(Socket socket, long deadline) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        while (true) {
            long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (millis <= 0) {
                throw new SocketTimeoutException("no answer in time");
            }
            socket.setSoTimeout((int) millis);
            int lengthAndType = in.readInt();
            int length = lengthAndType >>> 8;
            int type = lengthAndType & 0xff;
            int flags = in.readUnsignedByte();
            int stream = in.readInt() & Integer.MAX_VALUE;
            if (length > MAX_FRAME_BYTES) {
                throw new IOException("the peer does not speak HTTP/2");
            }
            byte[] payload = in.readNBytes(length);
            switch (type) {
                case SETTINGS, PING -> acknowledge(socket.getOutputStream(), type, flags, payload);
                case GO_AWAY, RESET -> {
                    return data.toByteArray();
                }
                case DATA -> {
                    int padding = (flags & PADDED) == 0 || length == 0 ? 0 : 1 + (payload[0] & 0xff);
                    int from = padding == 0 ? 0 : 1;
                    data.write(payload, from, Math.max(0, length - padding));
                }
                default -> {
                    // header fields and window sizes say nothing that the data does not
                }
            }
            boolean streamEnds = (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
            if (stream == STREAM && streamEnds) {
                return data.toByteArray();
            }
        }
    }

    private static void acknowledge(OutputStream out, int type, int flags, byte[] payload) throws IOException {
        if ((flags & ACKNOWLEDGED) == 0) {
            frame(out, type, ACKNOWLEDGED, 0, type == PING ? payload : new byte[0]);
            out.flush();
        }
    }

    private static ProbeOutcome outcome(byte[] answer) {
        if (answer.length < MESSAGE_HEAD_BYTES) {
            return ProbeOutcome.failure("error: health rpc probe failed: the health service gave no answer");
        }
        boolean stateGiven = answer.length >= MESSAGE_HEAD_BYTES + 2 && answer[MESSAGE_HEAD_BYTES] == 0x08;
        int state = stateGiven ? answer[MESSAGE_HEAD_BYTES + 1] : 0;
        return state == SERVING
                ? ProbeOutcome.success("service healthy")
                : ProbeOutcome.failure("service unhealthy (responded with \"" + word(state) + "\")");
    }

    private static String word(int state) {
        return switch (state) {
            case 2 -> "NOT_SERVING";
            case 3 -> "SERVICE_UNKNOWN";
            default -> "UNKNOWN";
        };
    }
}
