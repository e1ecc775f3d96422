package io.kybern.benchmarks.report;

import org.HdrHistogram.Histogram;

/**
 * What one run of one scenario showed.
 *
 * @param count how much was done
 * @param seconds in which time
 * @param p50Micros half of it took no longer than this
 * @param p99Micros all but a hundredth of it took no longer than this
 * @param errors how much failed; the figures of a run with errors say nothing
 * @param firstError empty if there is none
 */
public record Measurement(long count, double seconds, long p50Micros, long p99Micros, long errors, String firstError) {

    /** From latencies in microseconds. */
    public static Measurement of(Histogram latencies, double seconds, long errors, String firstError) {
        return counted(latencies.getTotalCount(), latencies, seconds, errors, firstError);
    }

    /** The same, where not every thing that was counted was timed. */
    public static Measurement counted(long count, Histogram latencies, double seconds, long errors, String firstError) {
        return new Measurement(
                count,
                seconds,
                latencies.getValueAtPercentile(50),
                latencies.getValueAtPercentile(99),
                errors,
                firstError);
    }

    /** How much was done in a second. */
    public double rate() {
        return seconds > 0 ? count / seconds : 0;
    }
}
