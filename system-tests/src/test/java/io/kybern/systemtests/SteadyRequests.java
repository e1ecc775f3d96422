package io.kybern.systemtests;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A client that asks a web server for its page again and again, as long as it is open, each time over a new connection and never
 * twice for the same request, so that no failure is hidden.
 */
final class SteadyRequests implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(50);

    /** How long one request may take: packets that were lost are sent again, and a busy machine may stand still meanwhile. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final InetSocketAddress server;
    private final Clock clock = Clock.systemUTC();
    private final AtomicLong answers = new AtomicLong();
    private final List<Failure> failures = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());

    /** A request that got no good answer: when it was sent and what happened. */
    record Failure(Instant sent, String what) {}

    private SteadyRequests(InetSocketAddress server) {
        this.server = server;
    }

    static SteadyRequests to(String host, int port) {
        SteadyRequests requests = new SteadyRequests(new InetSocketAddress(host, port));
        requests.timer.scheduleWithFixedDelay(requests::ask, 0, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        return requests;
    }

    private void ask() {
        Instant sent = clock.instant();
        try (Socket socket = new Socket()) {
            socket.connect(server, (int) LIMIT.toMillis());
            socket.setSoTimeout((int) LIMIT.toMillis());
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
            if (answer.matches("(?s)HTTP/1\\.[01] 200 .*")) {
                answers.incrementAndGet();
            } else {
                failures.add(new Failure(sent, "answered " + answer));
            }
        } catch (IOException e) {
            failures.add(new Failure(sent, e.toString()));
        }
    }

    /** How many requests were answered well. */
    long answers() {
        return answers.get();
    }

    /** All failures so far, in the order of the requests. */
    List<Failure> failures() {
        return List.copyOf(failures);
    }

    /** The failures of requests that were sent after a moment. */
    List<Failure> failuresAfter(Instant moment) {
        return failures.stream().filter(each -> each.sent().isAfter(moment)).toList();
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
