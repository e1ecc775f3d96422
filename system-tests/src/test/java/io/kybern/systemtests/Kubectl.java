package io.kybern.systemtests;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the real kubectl, in a namespace, against the cluster that KUBECONFIG names. */
record Kubectl(String namespace) {

    private static final Logger log = LoggerFactory.getLogger(Kubectl.class);

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final ExecutorService READERS = Executors.newVirtualThreadPerTaskExecutor();

    /** What a command did. */
    record Result(int exitCode, String output, String error) {

        /** The output, if the command ended well. */
        String ok() {
            if (exitCode != 0) {
                throw CommandError.of("kubectl ended with %d: %s%s", exitCode, output, error);
            }
            return output.strip();
        }
    }

    /** Runs kubectl and answers its output; fails if it fails. */
    String run(String... arguments) {
        return call("", Map.of(), arguments).ok();
    }

    /** Runs kubectl with that input. */
    String apply(String manifest) {
        return call(manifest, Map.of(), "apply", "-f", "-").ok();
    }

    /** Runs kubectl, whatever comes of it. */
    Result call(String input, Map<String, String> environment, String... arguments) {
        return execute(command(arguments), input, environment);
    }

    /** Fails as it should; answers what kubectl complains about. */
    String refused(String... arguments) {
        Result result = call("", Map.of(), arguments);
        if (result.exitCode() == 0) {
            throw new AssertionError("kubectl accepted %s: %s".formatted(List.of(arguments), result.output()));
        }
        return result.error().strip();
    }

    /** Starts kubectl and leaves it running. */
    Background start(String... arguments) {
        return Background.run(command(arguments));
    }

    /** Starts kubectl at a terminal of that size, whose name is its first line, and leaves it running. */
    Background startOnTerminal(int rows, int columns, String... arguments) {
        String quoted = command(arguments).stream()
                .map(each -> "'" + each.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        return Background.run(List.of(
                "script", "-qec", "tty; stty rows %d cols %d; exec %s".formatted(rows, columns, quoted), "/dev/null"));
    }

    private List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of("kubectl", "-n", namespace));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs any program. */
    static Result execute(List<String> command, String input, Map<String, String> environment) {
        return execute(command, input, environment, LIMIT);
    }

    /** Runs any program, for as long as that. */
    static Result execute(List<String> command, String input, Map<String, String> environment, Duration limit) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            Process process = builder.start();
            CompletableFuture<String> output = read(process.getInputStream());
            CompletableFuture<String> error = read(process.getErrorStream());
            hand(process, input);
            if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw CommandError.of("%s did not end: %s", command, error.getNow(""));
            }
            return new Result(process.exitValue(), output.join(), error.join());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void hand(Process process, String input) {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // it has ended already, and wants nothing to read: its exit code tells what came of it
            log.atDebug().setCause(e).log("the input was not taken");
        }
    }

    private static CompletableFuture<String> read(InputStream stream) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (stream) {
                        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                READERS);
    }
}
