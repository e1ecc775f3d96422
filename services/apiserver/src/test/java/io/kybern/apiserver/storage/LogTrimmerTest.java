package io.kybern.apiserver.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.ObjectKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LogTrimmerTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final InMemoryStore memory = new InMemoryStore();
    private final ObjectStore store = memory.objectStore();
    private Instant now = START;
    private long relayed = Long.MAX_VALUE;
    private final LogTrimmer trimmer = new LogTrimmer(
            memory,
            () -> CompletableFuture.completedFuture(relayed),
            new StorageProperties(null, Duration.ZERO, Duration.ZERO, Duration.ofMinutes(10), 20),
            new Clock() {
                @Override
                public ZoneId getZone() {
                    return ZoneOffset.UTC;
                }

                @Override
                public Clock withZone(ZoneId zone) {
                    return this;
                }

                @Override
                public Instant instant() {
                    return now;
                }
            });

    private void write(int objects) {
        for (int i = 0; i < objects; i++) {
            String name = "o" + System.nanoTime();
            store.create(StorageContract.CONFIG_MAPS, new ObjectKey("default", name), StorageContract.object(name, "1"))
                    .join();
        }
    }

    private long firstKept() {
        trimmer.trim().join();
        return memory.bounds().join().first();
    }

    @Test
    void keepsWhatIsYoungerThanTheRetention() {
        write(5);
        assertThat(firstKept()).isEqualTo(1);
        now = START.plus(Duration.ofMinutes(9));
        write(5);
        assertThat(firstKept()).isEqualTo(1);
        now = START.plus(Duration.ofMinutes(10));
        assertThat(firstKept()).isEqualTo(6);
        now = START.plus(Duration.ofMinutes(18));
        assertThat(firstKept()).isEqualTo(6);
        now = START.plus(Duration.ofMinutes(19));
        assertThat(firstKept()).isEqualTo(11);
    }

    @Test
    void keepsWhatIsNotRelayed() {
        relayed = 2;
        write(5);
        firstKept();
        now = START.plus(Duration.ofMinutes(20));
        assertThat(firstKept()).isEqualTo(3);
    }

    @Test
    void keepsNoMoreThanItsBound() {
        relayed = 0;
        write(50);
        assertThat(firstKept()).isEqualTo(31);
    }
}
