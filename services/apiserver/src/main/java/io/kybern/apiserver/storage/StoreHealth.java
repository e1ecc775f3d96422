package io.kybern.apiserver.storage;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Up if the store tells its newest revision soon. */
final class StoreHealth extends AbstractHealthIndicator {

    /** A probe must be answered well before its caller gives up. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ObjectStore store;

    StoreHealth(ObjectStore store) {
        super("the store does not answer");
        this.store = store;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) throws Exception {
        long revision = store.currentRevision().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        builder.up().withDetail("revision", revision);
    }
}
