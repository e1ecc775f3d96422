package io.kybern.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class QuietHeapTest {

    private static final long MIB = 1L << 20;

    private final FakeProcess process = new FakeProcess();
    private final QuietHeap heap = new QuietHeap(process, Duration.ofMinutes(1));

    @AfterEach
    void close() {
        heap.close();
    }

    @Test
    void whatAStartLeftBehindIsCollectedOnceItIsQuiet() {
        process.uses(Duration.ofSeconds(30), 60 * MIB);
        heap.look();
        assertThat(process.collections).as("busy").isZero();

        process.uses(Duration.ofSeconds(2), 0);
        heap.look();
        assertThat(process.collections).isOne();
        assertThat(process.oldBytes()).isEqualTo(40 * MIB);
    }

    @Test
    void aQuietProcessIsLeftAloneUntilEnoughHasComeTogether() {
        process.uses(Duration.ofSeconds(2), 60 * MIB);
        heap.look();
        for (int i = 0; i < 9; i++) {
            process.uses(Duration.ofSeconds(2), MIB);
            heap.look();
        }
        assertThat(process.collections).isOne();

        process.uses(Duration.ofSeconds(2), MIB);
        heap.look();
        assertThat(process.collections).as("a quarter of what was alive").isEqualTo(2);
    }

    @Test
    void aRushIsWaitedFor() {
        process.uses(Duration.ofSeconds(2), 60 * MIB);
        heap.look();
        for (int i = 0; i < 5; i++) {
            process.uses(Duration.ofSeconds(50), 100 * MIB);
            heap.look();
        }
        assertThat(process.collections).isOne();

        process.uses(Duration.ofSeconds(1), 0);
        heap.look();
        assertThat(process.collections).isEqualTo(2);
    }

    @Test
    void looksAtThisProcess() {
        try (QuietHeap real = QuietHeap.start()) {
            real.look();
        }
    }

    /** Whatever it has taken, 40 MiB of it are alive. */
    private static final class FakeProcess implements QuietHeap.Process {

        private Duration cpu = Duration.ZERO;
        private long bytes;
        private int collections;

        void uses(Duration time, long grows) {
            cpu = cpu.plus(time);
            bytes += grows;
        }

        @Override
        public Duration cpuTime() {
            return cpu;
        }

        @Override
        public long oldBytes() {
            return bytes;
        }

        @Override
        public void collect() {
            collections++;
            bytes = 40 * MIB;
        }
    }
}
