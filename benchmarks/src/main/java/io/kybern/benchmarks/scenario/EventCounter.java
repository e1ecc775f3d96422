package io.kybern.benchmarks.scenario;

import io.kybern.benchmarks.client.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Counts the lines of a watch, each of which is an event; one of many also looks into them for when they were caused. */
final class EventCounter implements Reply {

    private static final String STAMP = "at:";
    private static final long MICRO = 1000;

    private final Object lock = new Object();
    private final long wanted;
    private final long timedAfter;
    private final Histogram latencies = ClosedLoop.histogram();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long count;
    private long collected;
    private long lastNanos;
    private boolean over;

    /**
     * Counts from nothing.
     *
     * @param wanted how many events there will be
     * @param timedAfter after how many of them to look into them; {@code wanted} if never
     */
    EventCounter(long wanted, long timedAfter) {
        this.wanted = wanted;
        this.timedAfter = timedAfter;
    }

    /** Put into an object, it tells when the object was sent. */
    static String stamp() {
        return STAMP + System.nanoTime() + ";";
    }

    @Override
    public void data(ByteBuf piece) {
        int lines = 0;
        int from = piece.readerIndex();
        int end = piece.writerIndex();
        for (int at = from; at < end; ) {
            int found = piece.forEachByte(at, end - at, ByteProcessor.FIND_LF);
            int stop = found < 0 ? end : found + 1;
            if (timedAfter < wanted) {
                collect(piece, at, stop, found >= 0);
            }
            lines += found < 0 ? 0 : 1;
            at = stop;
        }
        if (lines > 0) {
            add(lines);
        }
    }

    private void add(int lines) {
        synchronized (lock) {
            count += lines;
            lastNanos = System.nanoTime();
            lock.notifyAll();
        }
    }

    private void collect(ByteBuf piece, int from, int to, boolean whole) {
        byte[] bytes = new byte[to - from];
        piece.getBytes(from, bytes);
        line.writeBytes(bytes);
        if (whole) {
            String text = line.toString(StandardCharsets.UTF_8);
            line.reset();
            if (++collected <= timedAfter) {
                return;
            }
            int at = text.indexOf(STAMP);
            int end = at < 0 ? -1 : text.indexOf(';', at);
            if (end > 0) {
                long sent = Long.parseLong(text.substring(at + STAMP.length(), end));
                latencies.recordValue((System.nanoTime() - sent) / MICRO);
            }
        }
    }

    @Override
    public void done(int status) {
        end();
    }

    @Override
    public void failed(Throwable why) {
        end();
    }

    private void end() {
        synchronized (lock) {
            over = true;
            lock.notifyAll();
        }
    }

    /** How many events came, at most as many as are wanted. */
    long count() {
        synchronized (lock) {
            return Math.min(count, wanted);
        }
    }

    Histogram latencies() {
        return latencies;
    }

    /** Waits until all have that many, or their watches end, or it takes too long; answers when the last event came. */
    static long await(List<EventCounter> counters, long count, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        long last = 0;
        for (EventCounter counter : counters) {
            last = Math.max(last, counter.await(count, deadline));
        }
        return last;
    }

    private long await(long least, long deadline) {
        synchronized (lock) {
            try {
                for (long left = deadline - System.nanoTime();
                        count < least && !over && left > 0;
                        left = deadline - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(lock, left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return lastNanos;
        }
    }
}
