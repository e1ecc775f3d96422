package io.kybern.node.server;

import io.netty.channel.Channel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One forwarded connection to a port of a pod. It is made inside the pod's network namespace, so that what listens on the pod's
 * loopback is reached too.
 */
final class PortConnection {

    private static final Logger log = LoggerFactory.getLogger(PortConnection.class);
    private static final int BUFFER_BYTES = 32 * 1024;

    /** The pod whose ports are forwarded. */
    record Destination(long sandboxPid, String pod) {}

    /** Takes what the port says. */
    @FunctionalInterface
    interface Output {

        /** Takes some bytes, and returns when more may come. */
        void write(byte[] data, int offset, int length) throws IOException;
    }

    private final Destination destination;
    private final String port;
    private final Executor threads;
    private final InputQueue<byte[]> input;

    /**
     * @param channel the client's connection, which is not read from while too much waits for the port
     * @param threads runs the copying; one that may block
     */
    PortConnection(Destination destination, String port, Channel channel, Executor threads) {
        this.destination = destination;
        this.port = port;
        this.threads = threads;
        this.input = new InputQueue<>(channel);
    }

    /** What goes to the port; its end closes the port's input. */
    InputQueue<byte[]> input() {
        return input;
    }

    /**
     * Joins input and output with the port until both sides are at their end.
     *
     * @return nothing, or why it failed, as the client is told
     * @throws IOException if the client is gone
     */
    String join(Output output) throws IOException {
        String failure = isPort() ? copy(output) : "unable to parse \"" + port + "\" as a port";
        return failure.isEmpty()
                ? ""
                : "error forwarding port %s to pod %s: %s".formatted(port, destination.pod(), failure);
    }

    private boolean isPort() {
        try {
            int number = Integer.parseInt(port);
            return number > 0 && number <= Route.PORT_LIMIT;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private String copy(Output output) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        "nsenter",
                        "-t",
                        String.valueOf(destination.sandboxPid()),
                        "-n",
                        "socat",
                        "-t",
                        "30",
                        "-",
                        "TCP4:localhost:" + port))
                .start();
        try {
            threads.execute(() -> feed(process));
            byte[] buffer = new byte[BUFFER_BYTES];
            try (InputStream said = process.getInputStream()) {
                for (int count = said.read(buffer); count >= 0; count = said.read(buffer)) {
                    output.write(buffer, 0, count);
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

    private void feed(Process process) {
        try (OutputStream port = process.getOutputStream()) {
            for (byte[] data = input.take(); data != null; data = input.take()) {
                port.write(data);
                port.flush();
            }
        } catch (IOException e) {
            log.atTrace().setCause(e).log("the port reads no more");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
