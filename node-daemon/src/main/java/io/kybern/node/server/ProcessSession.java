package io.kybern.node.server;

import io.kybern.api.Json;
import io.kybern.node.runtime.OutputSink;
import io.kybern.node.runtime.RemoteProcess;
import io.kybern.node.runtime.RuntimeFailure;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Joins a client's streams with a process in a container until the process ends or the client goes, and tells the client how it
 * ended: success, the exit code as a cause, or why it could not be started.
 */
final class ProcessSession {

    private static final Logger log = LoggerFactory.getLogger(ProcessSession.class);
    private static final int INTERNAL_ERROR = 500;

    /**
     * Who has said all to a container that keeps its input open for others is let go, as everywhere. What the container answers
     * is heard to its end here: what others do, to leave at once, would lose it.
     */
    private static final Duration QUIET = Duration.ofSeconds(15);

    private final Executor threads;
    private final Silence silence;

    /** @param threads runs the readers of the clients' input; one that may block */
    ProcessSession(Executor threads) {
        this(threads, QUIET);
    }

    /** @param quiet how long an attached process says nothing until a client that has ended its input leaves it */
    ProcessSession(Executor threads, Duration quiet) {
        this.threads = threads;
        this.silence = new Silence(quiet);
    }

    /** Runs the session to its end; blocks. */
    void run(RemoteStreams streams, Supplier<RemoteProcess> starter) {
        try (streams) {
            byte[] status;
            try (RemoteProcess process = starter.get()) {
                threads.execute(() -> feed(streams, process));
                process.pump((channel, data, offset, length) -> {
                    silence.end();
                    try {
                        streams.write(
                                channel == OutputSink.Channel.STDOUT ? StreamChannel.STDOUT : StreamChannel.STDERR,
                                data,
                                offset,
                                length);
                    } finally {
                        silence.begin();
                    }
                });
                status = ended(process.exitCode());
            } catch (RuntimeFailure e) {
                status = failed(String.valueOf(e.getMessage()));
            }
            streams.finish(status);
        } catch (IOException e) {
            log.atDebug().setCause(e).log("session ended by the client");
        }
    }

    private void feed(RemoteStreams streams, RemoteProcess process) {
        try (OutputStream stdin = process.stdin()) {
            for (RemoteStreams.Input input = streams.read(); input != null; input = streams.read()) {
                pass(input, process, stdin);
            }
            // the client is gone: nobody reads the output any more
            process.close();
        } catch (IOException e) {
            log.atDebug().setCause(e).log("the process reads no more input");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave(RemoteProcess process) {
        try {
            silence.await();
            process.leave();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pass(RemoteStreams.Input input, RemoteProcess process, OutputStream stdin) throws IOException {
        byte[] data = input.data();
        switch (input.channel()) {
            case STDIN -> {
                if (data == null) {
                    stdin.close();
                    threads.execute(() -> leave(process));
                } else {
                    write(stdin, data);
                }
            }
            case RESIZE -> {
                if (data != null) {
                    resize(process, data);
                }
            }
            case STDOUT, STDERR, ERROR -> log.atTrace().log("clients only end these");
        }
    }

    private static void write(OutputStream stdin, byte[] data) {
        try {
            stdin.write(data);
            stdin.flush();
        } catch (IOException e) {
            // a process may end, or close its input, while the client still types
            log.atTrace().setCause(e).log("input dropped");
        }
    }

    private static void resize(RemoteProcess process, byte[] size) {
        try {
            JsonNode json = Json.read(size);
            process.resize(json.path("Width").asInt(0), json.path("Height").asInt(0));
        } catch (JacksonException | RuntimeFailure e) {
            log.atDebug().setCause(e).log("terminal size ignored");
        }
    }

    private static byte[] ended(OptionalInt exitCode) {
        int code = exitCode.orElse(0);
        ObjectNode status = Json.object();
        status.putObject("metadata");
        if (code == 0) {
            status.put("status", "Success");
        } else {
            status.put("status", "Failure");
            status.put(
                    "message", "command terminated with non-zero exit code: command terminated with exit code " + code);
            status.put("reason", "NonZeroExitCode");
            status.putObject("details")
                    .putArray("causes")
                    .addObject()
                    .put("reason", "ExitCode")
                    .put("message", String.valueOf(code));
        }
        return Json.bytes(status);
    }

    private static byte[] failed(String message) {
        ObjectNode status = Json.object();
        status.putObject("metadata");
        status.put("status", "Failure");
        status.put("message", "Internal error occurred: " + message);
        status.put("reason", "InternalError");
        status.putObject("details").putArray("causes").addObject().put("message", message);
        status.put("code", INTERNAL_ERROR);
        return Json.bytes(status);
    }
}
