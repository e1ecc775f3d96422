package io.kybern.examples.guestbook;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** One connection to a Redis server. Used by one thread, for a few commands, and closed. */
final class RedisConnection implements AutoCloseable {

    private static final int PORT = 6379;

    private final Socket socket;
    private final InputStream answers;

    private RedisConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.answers = new BufferedInputStream(socket.getInputStream());
    }

    /**
     * Connects to a host's Redis.
     *
     * @param patience how long to wait for the connection, and then for every part of an answer
     */
    static RedisConnection open(String host, Duration patience) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(host, PORT), (int) patience.toMillis());
            socket.setSoTimeout((int) patience.toMillis());
            return new RedisConnection(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Asks one command and waits for its answer. */
    Reply ask(String... words) throws IOException {
        socket.getOutputStream().write(Resp.command(words));
        return Resp.answer(words[0], answers);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
