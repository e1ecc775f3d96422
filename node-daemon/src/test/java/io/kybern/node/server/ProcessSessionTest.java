package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.node.runtime.OutputSink;
import io.kybern.node.runtime.RemoteProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that ends its input at a process that goes on. */
@Timeout(60)
class ProcessSessionTest {

    private static final Duration QUIET = Duration.ofMillis(1);

    private final CountDownLatch heard = new CountDownLatch(1);
    private final CountDownLatch left = new CountDownLatch(1);
    private final CountDownLatch gone = new CountDownLatch(1);
    private final List<String> received = new CopyOnWriteArrayList<>();
    private volatile boolean leftWhileHearing;

    /** Ends its input as soon as it hears something, and takes its time to hear it. */
    private final class SlowClient implements RemoteStreams {

        private boolean ended;

        @Override
        public @Nullable Input read() throws InterruptedException {
            (ended ? gone : heard).await();
            if (ended) {
                return null;
            }
            ended = true;
            return new Input(StreamChannel.STDIN, null);
        }

        @Override
        public void write(StreamChannel channel, byte[] data, int offset, int length) throws IOException {
            heard.countDown();
            try {
                leftWhileHearing |= left.await(200, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            received.add(new String(data, offset, length, StandardCharsets.UTF_8));
        }

        @Override
        public void finish(byte[] status) {
            received.add(new String(status, StandardCharsets.UTF_8));
        }

        @Override
        public void close() {
            gone.countDown();
        }
    }

    /** Says one word and then nothing, for as long as someone is there. */
    private final class Listening implements RemoteProcess {

        @Override
        public OutputStream stdin() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public void leave() {
            left.countDown();
        }

        @Override
        public void pump(OutputSink sink) throws IOException {
            byte[] word = "word".getBytes(StandardCharsets.UTF_8);
            sink.write(OutputSink.Channel.STDOUT, word, 0, word.length);
            try {
                left.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void resize(int columns, int rows) {
            throw new IllegalStateException("there is no terminal");
        }

        @Override
        public OptionalInt exitCode() {
            return OptionalInt.empty();
        }

        @Override
        public void close() {
            left.countDown();
        }
    }

    @Test
    void whoHasEndedItsInputLeavesAfterAWhileButNotWhileItStillHears() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            new ProcessSession(threads, QUIET).run(new SlowClient(), Listening::new);
        }
        assertThat(leftWhileHearing).isFalse();
        assertThat(received).hasSize(2).startsWith("word").last().asString().contains("\"status\":\"Success\"");
    }
}
