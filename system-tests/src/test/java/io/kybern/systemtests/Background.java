package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that runs beside its test and ends with it at the latest; its two streams are read as one. */
final class Background implements AutoCloseable {

    private static final long LIMIT_SECONDS = 110;

    private final Process process;
    private final StringBuffer output = new StringBuffer();
    private final Thread reader;

    private Background(List<String> command) {
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader = Thread.ofVirtual().start(this::read);
    }

    static Background run(List<String> command) {
        return new Background(command);
    }

    private void read() {
        try (var stream = process.inputReader(StandardCharsets.UTF_8)) {
            for (int c = stream.read(); c >= 0; c = stream.read()) {
                output.append((char) c);
            }
        } catch (IOException e) {
            output.append(e);
        }
    }

    /** What the program has said so far. */
    String output() {
        return output.toString();
    }

    /** Waits until the program has said that. */
    Background says(String words) {
        ClusterTest.eventually("the words " + words)
                .untilAsserted(() -> assertThat(output()).contains(words));
        return this;
    }

    /** Gives the program a text to read. */
    Background type(String text) {
        try {
            process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(output(), e);
        }
        return this;
    }

    /** Waits until the program ends by itself and answers all that it said. */
    Kubectl.Result end() {
        try {
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("it ends: %s", output())
                    .isTrue();
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return new Kubectl.Result(process.exitValue(), output(), "");
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }
}
