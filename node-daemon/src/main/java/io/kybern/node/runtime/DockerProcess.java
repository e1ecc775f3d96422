package io.kybern.node.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A connection that the engine turned into a raw stream, as its API does for exec and attach ("hijacking"): bytes to the
 * process one way; the other way its output, in frames of an 8-byte header unless there is a terminal.
 *
 * <p>Written against the socket itself, because end of input must reach the process while its output still flows.
 */
final class DockerProcess implements RemoteProcess {

    /** What the engine offers beside the stream. */
    interface Control {
        void resize(int columns, int rows);

        @Nullable
        Integer exitCode();
    }

    /**
     * How the stream behaves.
     *
     * @param tty whether there is a terminal, so that the output has no frames
     * @param endsInput whether the end of input is told to the engine: where that does not end the container's own input the
     *     engine would end the output instead
     * @param leaves whether just that is wanted when the client has no more to say
     */
    record Mode(boolean tty, boolean endsInput, boolean leaves) {}

    private static final int MAX_HEADER_BYTES = 16 * 1024;

    private final SocketChannel channel;
    private final Mode mode;
    private final Control control;
    private final ByteBuffer buffer;
    private final OutputStream stdin;

    private DockerProcess(SocketChannel channel, Mode mode, Control control, ByteBuffer rest) {
        this.channel = channel;
        this.mode = mode;
        this.control = control;
        this.buffer = rest;
        this.stdin = new Stdin();
    }

    static DockerProcess open(DockerSettings settings, String path, String body, Mode mode, Control control) {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(settings.socket()));
            byte[] content = body.getBytes(StandardCharsets.UTF_8);
            String head = "POST " + path + " HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n\r\n";
            writeAll(channel, ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
            writeAll(channel, ByteBuffer.wrap(content));
            ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
            String answer = readHead(channel, buffer);
            int status = Integer.parseInt(answer.substring(9, 12));
            if (status != 101 && status != 200) {
                String text = readRest(channel, buffer);
                throw RuntimeFailure.answered(
                        status == 404 ? RuntimeFailure.Kind.NOT_FOUND : RuntimeFailure.Kind.REFUSED,
                        text.isBlank() ? answer : text,
                        new IOException(path + " answered " + status));
            }
            return new DockerProcess(channel, mode, control, buffer);
        } catch (IOException broken) {
            closeQuietly(channel);
            throw RuntimeFailure.unreachable(path, broken);
        } catch (RuntimeFailure refused) {
            closeQuietly(channel);
            throw refused;
        }
    }

    /** Reads up to the empty line; what came after it stays in the buffer, ready to be read. */
    private static String readHead(SocketChannel channel, ByteBuffer buffer) throws IOException {
        StringBuilder head = new StringBuilder();
        buffer.limit(0);
        while (true) {
            while (buffer.hasRemaining()) {
                head.append((char) (buffer.get() & 0xff));
                int n = head.length();
                if (n >= 4 && head.charAt(n - 1) == '\n' && head.charAt(n - 3) == '\n') {
                    return head.toString();
                }
                if (n > MAX_HEADER_BYTES) {
                    throw new IOException("the engine's answer has no end of header");
                }
            }
            if (!fill(channel, buffer)) {
                throw new IOException("the engine closed the connection: " + head);
            }
        }
    }

    private static String readRest(SocketChannel channel, ByteBuffer buffer) throws IOException {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        StringBuilder text = new StringBuilder(new String(bytes, StandardCharsets.UTF_8));
        int end = text.indexOf("}");
        while (end < 0 && fill(channel, buffer)) {
            bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            text.append(new String(bytes, StandardCharsets.UTF_8));
            end = text.indexOf("}");
        }
        int from = text.indexOf(":\"");
        int to = text.lastIndexOf("\"");
        return from >= 0 && to > from + 2
                ? text.substring(from + 2, to)
                : text.toString().strip();
    }

    private static boolean fill(SocketChannel channel, ByteBuffer buffer) throws IOException {
        buffer.clear();
        int n = channel.read(buffer);
        buffer.flip();
        return n > 0;
    }

    private static void writeAll(SocketChannel channel, ByteBuffer data) throws IOException {
        while (data.hasRemaining()) {
            channel.write(data);
        }
    }

    @Override
    public OutputStream stdin() {
        return stdin;
    }

    @Override
    public void pump(OutputSink sink) throws IOException {
        if (mode.tty()) {
            while (buffer.hasRemaining() || fill(channel, buffer)) {
                sink.write(OutputSink.Channel.STDOUT, buffer.array(), buffer.position(), buffer.remaining());
                buffer.position(buffer.limit());
            }
            return;
        }
        byte[] header = new byte[8];
        while (readFully(header)) {
            var from = header[0] == 2 ? OutputSink.Channel.STDERR : OutputSink.Channel.STDOUT;
            long left = ByteBuffer.wrap(header, 4, 4).getInt() & 0xffffffffL;
            while (left > 0) {
                if (!buffer.hasRemaining() && !fill(channel, buffer)) {
                    return;
                }
                int n = (int) Math.min(left, buffer.remaining());
                sink.write(from, buffer.array(), buffer.position(), n);
                buffer.position(buffer.position() + n);
                left -= n;
            }
        }
    }

    private boolean readFully(byte[] target) throws IOException {
        int at = 0;
        while (at < target.length) {
            if (!buffer.hasRemaining() && !fill(channel, buffer)) {
                return false;
            }
            int n = Math.min(target.length - at, buffer.remaining());
            buffer.get(target, at, n);
            at += n;
        }
        return true;
    }

    @Override
    public void resize(int columns, int rows) {
        if (mode.tty() && columns > 0 && rows > 0) {
            control.resize(columns, rows);
        }
    }

    @Override
    public OptionalInt exitCode() {
        Integer code = control.exitCode();
        return code == null ? OptionalInt.empty() : OptionalInt.of(code);
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    private static void closeQuietly(@Nullable SocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException ignored) {
                // it is of no more use either way
            }
        }
    }

    @Override
    public void leave() {
        if (mode.leaves() && channel.isOpen()) {
            try {
                channel.shutdownOutput();
            } catch (IOException gone) {
                // the engine was faster
            }
        }
    }

    /** Bytes to the process; closing shuts only this direction. */
    private final class Stdin extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] data, int offset, int length) throws IOException {
            writeAll(channel, ByteBuffer.wrap(data, offset, length));
        }

        @Override
        public void close() throws IOException {
            if (mode.endsInput() && channel.isOpen()) {
                channel.shutdownOutput();
            }
        }
    }
}
