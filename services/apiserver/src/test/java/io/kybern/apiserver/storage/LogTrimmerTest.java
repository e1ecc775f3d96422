package io.kybern.apiserver.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.ObjectKey;
import io.kybern.testing.MutableClock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LogTrimmerTest {

    private final InMemoryStore memory = new InMemoryStore();
    private final ObjectStore store = memory.objectStore();
    private final MutableClock clock = new MutableClock();
    private long relayed = Long.MAX_VALUE;
    private final LogTrimmer trimmer = new LogTrimmer(
            memory,
            () -> CompletableFuture.completedFuture(relayed),
            new StorageProperties(null, null, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofMinutes(10), 20),
            clock);

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
        clock.set(MutableClock.START.plus(Duration.ofMinutes(9)));
        write(5);
        assertThat(firstKept()).isEqualTo(1);
        clock.set(MutableClock.START.plus(Duration.ofMinutes(10)));
        assertThat(firstKept()).isEqualTo(6);
        clock.set(MutableClock.START.plus(Duration.ofMinutes(18)));
        assertThat(firstKept()).isEqualTo(6);
        clock.set(MutableClock.START.plus(Duration.ofMinutes(19)));
        assertThat(firstKept()).isEqualTo(11);
    }

    @Test
    void keepsWhatIsNotRelayed() {
        relayed = 2;
        write(5);
        firstKept();
        clock.set(MutableClock.START.plus(Duration.ofMinutes(20)));
        assertThat(firstKept()).isEqualTo(3);
    }

    @Test
    void keepsNoMoreThanItsBound() {
        relayed = 0;
        write(50);
        assertThat(firstKept()).isEqualTo(31);
    }
}
