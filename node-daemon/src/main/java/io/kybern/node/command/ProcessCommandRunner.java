package io.kybern.node.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Starts a process for each command; both outputs are read while it runs, so that a talkative program never blocks. */
public final class ProcessCommandRunner implements CommandRunner {

    private final Duration limit;
    private final Executor readers;

    /**
     * @param limit how long a command may take before it is ended
     * @param readers runs the readers of the outputs; must not be bounded to fewer than two threads a command
     */
    public ProcessCommandRunner(Duration limit, Executor readers) {
        this.limit = limit;
        this.readers = readers;
    }

    @Override
    public String run(List<String> command, String input) {
        Process process;
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException e) {
            throw CommandFailure.notRun(command, e);
        }
        CompletableFuture<String> output = read(process.getInputStream());
        CompletableFuture<String> error = read(process.getErrorStream());
        try {
            feed(process, input);
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw CommandFailure.tooLong(command, limit, error.getNow(""));
            }
            if (process.exitValue() != 0) {
                throw CommandFailure.ended(command, process.exitValue(), error.join());
            }
            return output.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw CommandFailure.notRun(command, e);
        } catch (CompletionException e) {
            throw CommandFailure.notRun(command, e);
        }
    }

    private static void feed(Process process, String input) {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // the program ended without reading everything: its exit code tells what became of it
            return;
        }
    }

    private CompletableFuture<String> read(InputStream stream) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (stream) {
                        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                readers);
    }
}
