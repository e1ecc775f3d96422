package io.kybern.node.runtime;

import com.github.dockerjava.transport.DockerHttpClient;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to the engine that go again once a rush is over. A transport keeps as many connections as it ever needed at once, and
 * offers no way to let some of them go; so when much fewer are needed a new one takes its place, and the old one is closed with the
 * last of its calls.
 */
final class BreathingTransport implements DockerHttpClient {

    /** How long a rush must be over, so that its next wave finds the connections of the one before. */
    static final Duration QUIET = Duration.ofSeconds(30);

    /** As many unused connections are not worth a new transport. */
    static final int SPARE = 8;

    private static final Logger log = LoggerFactory.getLogger(BreathingTransport.class);

    private static final class Generation {
        final DockerHttpClient transport;
        int underWay;
        int most;

        Generation(DockerHttpClient transport) {
            this.transport = transport;
        }
    }

    private final Supplier<DockerHttpClient> maker;
    private final Clock clock;
    private Generation current;
    private int mostLately;
    private Instant lookAt;

    BreathingTransport(Supplier<DockerHttpClient> maker, Clock clock) {
        this.maker = maker;
        this.clock = clock;
        this.current = new Generation(maker.get());
        this.lookAt = clock.instant().plus(QUIET);
    }

    @Override
    public Response execute(Request request) {
        Generation chosen = begin();
        try {
            return new HeldResponse(chosen.transport.execute(request), () -> end(chosen));
        } catch (RuntimeException failed) {
            end(chosen);
            throw failed;
        }
    }

    private Generation begin() {
        Generation left = null;
        Generation chosen;
        synchronized (this) {
            Instant now = clock.instant();
            if (!now.isBefore(lookAt)) {
                left = breatheLocked(now);
            }
            chosen = current;
            chosen.underWay++;
            chosen.most = Math.max(chosen.most, chosen.underWay);
            mostLately = Math.max(mostLately, chosen.underWay);
        }
        close(left);
        return chosen;
    }

    private void end(Generation used) {
        boolean last;
        synchronized (this) {
            used.underWay--;
            last = used != current && used.underWay == 0;
        }
        close(last ? used : null);
    }

    /** Answers what is to be closed at once, if anything is. */
    private @Nullable Generation breatheLocked(Instant now) {
        Generation old = current;
        boolean tooMany = old.most > mostLately + SPARE;
        if (tooMany) {
            current = new Generation(maker.get());
        }
        mostLately = current.underWay;
        lookAt = now.plus(QUIET);
        return tooMany && old.underWay == 0 ? old : null;
    }

    private static void close(@Nullable Generation left) {
        if (left != null) {
            try {
                left.transport.close();
            } catch (IOException gone) {
                log.atDebug().setCause(gone).log("connections to the engine were not closed in an orderly way");
            }
        }
    }

    /** Ends the calls that are under way, but for those of a transport that has been left: they end by themselves. */
    @Override
    public synchronized void close() throws IOException {
        current.transport.close();
    }
}
