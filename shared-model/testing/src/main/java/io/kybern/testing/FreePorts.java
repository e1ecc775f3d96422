package io.kybern.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that a test starts as processes, and perhaps starts again on the same port. They lie below those that the
 * system gives to outgoing connections: one of these could take the port while its server is away, and a client that tries a port
 * of that range at which nobody listens may even be connected to itself.
 */
final class FreePorts {

    private static final int FIRST = 15_000;
    private static final int BEYOND = 30_000;
    private static final int ATTEMPTS = 100;

    private FreePorts() {}

    /** One at which nobody listens at the moment, on this machine's loopback address. */
    static int take() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, BEYOND);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port was found between " + FIRST + " and " + BEYOND);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (BindException taken) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
