package io.kybern.benchmarks.scenario;

import io.kybern.benchmarks.client.Connection;
import io.kybern.benchmarks.client.Reply;
import io.kybern.benchmarks.client.Request;
import io.kybern.benchmarks.report.Measurement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.HdrHistogram.Histogram;

/** Keeps every connection busy: the next request goes out when the answer to the last one is in. */
final class ClosedLoop {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final double NANOS = 1e9;
    private static final long MICRO = 1000;
    private static final long SLOWEST_MICROS = TimeUnit.MINUTES.toMicros(5);
    private static final int DIGITS = 3;

    private final LongFunction<Request> requests;
    private final long limit;
    private final long from;
    private final long until;
    private final AtomicLong sequence = new AtomicLong();
    private final CountDownLatch running;

    private ClosedLoop(LongFunction<Request> requests, int connections, long limit, long from, long until) {
        this.requests = requests;
        this.limit = limit;
        this.from = from;
        this.until = until;
        this.running = new CountDownLatch(connections);
    }

    /** For latencies in microseconds. */
    static Histogram histogram() {
        return new Histogram(SLOWEST_MICROS, DIGITS);
    }

    /** Asks for a time; what begins in the warm-up and what ends after the time does not count. */
    static Measurement timed(
            List<Connection> connections, LongFunction<Request> requests, Duration warmUp, Duration measured) {
        long from = System.nanoTime() + warmUp.toNanos();
        ClosedLoop loop = new ClosedLoop(requests, connections.size(), Long.MAX_VALUE, from, from + measured.toNanos());
        return loop.run(connections, measured.toNanos() / NANOS);
    }

    /** Asks a number of times, for the numbers from 0. */
    static Measurement counted(List<Connection> connections, LongFunction<Request> requests, long count) {
        long now = System.nanoTime();
        ClosedLoop loop = new ClosedLoop(requests, connections.size(), count, now, now + PATIENCE.toNanos());
        return loop.run(connections, 0);
    }

    private Measurement run(List<Connection> connections, double seconds) {
        List<Worker> workers = new ArrayList<>();
        connections.forEach(connection -> workers.add(new Worker(connection)));
        long start = System.nanoTime();
        workers.forEach(Worker::next);
        boolean ended;
        try {
            ended = running.await(until - start + PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended = false;
        }
        Histogram latencies = histogram();
        long errors = ended ? 0 : 1;
        String firstError = ended ? "" : "some requests were not answered in time";
        long last = start;
        for (Worker worker : workers) {
            latencies.add(worker.latencies);
            errors += worker.errors;
            firstError = firstError.isEmpty() ? worker.firstError : firstError;
            last = Math.max(last, worker.last);
        }
        return Measurement.of(latencies, seconds > 0 ? seconds : (last - start) / NANOS, errors, firstError);
    }

    /** One connection's part; after the first request it lives on the connection's thread. */
    private final class Worker implements Reply {

        private final Connection connection;
        private final Histogram latencies = histogram();
        private long started;
        private long last;
        private long errors;
        private String firstError = "";

        Worker(Connection connection) {
            this.connection = connection;
        }

        void next() {
            long now = System.nanoTime();
            long number = now < until ? sequence.getAndIncrement() : limit;
            if (number >= limit) {
                running.countDown();
                return;
            }
            started = now;
            connection.send(requests.apply(number), this);
        }

        @Override
        public void done(int status) {
            last = System.nanoTime();
            if (status >= 300) {
                error("HTTP status " + status);
            } else if (started >= from && last <= until) {
                latencies.recordValue(Math.min((last - started) / MICRO, SLOWEST_MICROS));
            }
            next();
        }

        @Override
        public void failed(Throwable why) {
            error(why.toString());
            running.countDown();
        }

        private void error(String what) {
            errors++;
            if (firstError.isEmpty()) {
                firstError = what;
            }
        }
    }
}
