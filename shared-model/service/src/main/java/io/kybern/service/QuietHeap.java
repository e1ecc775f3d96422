package io.kybern.service;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory back after a start or a rush. The serial collector makes the heap smaller only when it collects all of it, and it does that
 * only when the heap is full: what a rush has left behind would stay for days. So all of it is collected once the process is quiet and so
 * much has come together that it is worth a pause, which is some tenths of a second for the largest heap.
 */
final class QuietHeap implements AutoCloseable {

    /** How much of a core a quiet process uses at most; an idle API server takes a tenth. */
    static final double QUIET_CORES = 0.2;

    /** Less than this is not worth the pause. */
    static final long LEAST_GARBAGE = 6L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(QuietHeap.class);

    private static final Duration INTERVAL = Duration.ofMinutes(1);
    /** Nor is less than this part of what was alive after the last time. */
    private static final int LEAST_PART = 4;

    private final Process process;
    private final Duration interval;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("quiet-heap").factory());
    private Duration cpuBefore;
    private long alive;

    /** What is asked of the process, and done to it. */
    interface Process {

        /** The processor time that it has used so far. */
        Duration cpuTime();

        /** How much the part of the heap holds that is collected seldom. */
        long oldBytes();

        /** Collects all of the heap. */
        void collect();
    }

    QuietHeap(Process process, Duration interval) {
        this.process = process;
        this.interval = interval;
        this.cpuBefore = process.cpuTime();
    }

    /** Looks after this process until it is closed. */
    static QuietHeap start() {
        QuietHeap heap = new QuietHeap(new ThisProcess(), INTERVAL);
        heap.timer.scheduleWithFixedDelay(heap::look, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        return heap;
    }

    /** To be called once in an interval, by one thread. */
    void look() {
        Duration cpu = process.cpuTime();
        boolean quiet = cpu.minus(cpuBefore).toMillis() <= interval.toMillis() * QUIET_CORES;
        cpuBefore = cpu;
        long before = process.oldBytes();
        if (quiet && before - alive >= Math.max(LEAST_GARBAGE, alive / LEAST_PART)) {
            process.collect();
            alive = process.oldBytes();
            LOG.atDebug()
                    .addKeyValue("before", before)
                    .addKeyValue("after", alive)
                    .log("the heap was collected while nothing was to do");
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    private static final class ThisProcess implements Process {

        private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

        @Override
        public Duration cpuTime() {
            return Duration.ofNanos(system.getProcessCpuTime());
        }

        @Override
        public long oldBytes() {
            long bytes = 0;
            for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
                // only the old part of a heap can have a threshold: new objects come and go
                if (pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported()) {
                    bytes += pool.getUsage().getUsed();
                }
            }
            return bytes;
        }

        @Override
        public void collect() {
            ManagementFactory.getMemoryMXBean().gc();
        }
    }
}
