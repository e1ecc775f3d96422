package io.kybern.benchmarks.scenario;

import io.kybern.benchmarks.client.Reply;
import io.kybern.benchmarks.report.Measurement;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.HdrHistogram.Histogram;

/** Takes in a watch on bound pods: an event that adds one is its binding. */
final class BoundPods implements Reply {

    private static final String ADDED = "{\"type\":\"ADDED\"";
    private static final String NAME = "\"name\":\"";
    private static final long MICRO = 1000;
    private static final double NANOS = 1e9;

    private final String prefix;
    private final int wanted;
    private final AtomicLongArray created;
    private final CountDownLatch missing;
    private final Histogram latencies = ClosedLoop.histogram();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private volatile long last;

    BoundPods(String prefix, int wanted) {
        this.prefix = prefix;
        this.wanted = wanted;
        this.created = new AtomicLongArray(wanted);
        this.missing = new CountDownLatch(wanted);
    }

    /** A pod is about to be created. */
    void created(int number) {
        created.set(number, System.nanoTime());
    }

    @Override
    public void data(ByteBuf piece) {
        while (piece.isReadable()) {
            int length = piece.bytesBefore((byte) '\n');
            byte[] bytes = new byte[length < 0 ? piece.readableBytes() : length + 1];
            piece.readBytes(bytes);
            line.writeBytes(bytes);
            if (length >= 0) {
                event(line.toString(StandardCharsets.UTF_8));
                line.reset();
            }
        }
    }

    private void event(String text) {
        String mark = NAME + prefix;
        int at = text.indexOf(mark);
        if (!text.startsWith(ADDED) || at < 0) {
            return;
        }
        int from = at + mark.length();
        int number = Integer.parseInt(text.substring(from, text.indexOf('"', from)));
        last = System.nanoTime();
        latencies.recordValue((last - created.get(number)) / MICRO);
        missing.countDown();
    }

    @Override
    public void done(int status) {
        release();
    }

    @Override
    public void failed(Throwable why) {
        release();
    }

    /** The watch is over: nobody need wait for more. */
    private void release() {
        line.reset();
    }

    /** Waits until all are bound. */
    Measurement await(Duration patience, long errors) {
        boolean all;
        try {
            all = missing.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            all = false;
        }
        long first = Long.MAX_VALUE;
        for (int i = 0; i < wanted; i++) {
            first = Math.min(first, created.get(i));
        }
        long unbound = missing.getCount();
        String error = all ? "" : unbound + " pods were not bound in time";
        return Measurement.of(latencies, (last - first) / NANOS, unbound + errors, error);
    }
}
