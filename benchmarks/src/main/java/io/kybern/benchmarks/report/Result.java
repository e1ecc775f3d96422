package io.kybern.benchmarks.report;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * All runs of one scenario.
 *
 * @param scenario its name
 * @param what what is counted, with its size
 * @param unit of the rate
 * @param reference the rate that Kubernetes reached on such a machine; 0 if there is none
 * @param runs in the order in which they were made
 */
public record Result(String scenario, String what, String unit, double reference, List<Measurement> runs) {

    public Result {
        runs = List.copyOf(runs);
    }

    /** The median over the runs. */
    public double median(ToDoubleFunction<Measurement> figure) {
        double[] sorted = runs.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Failures in all runs. */
    public long errors() {
        return runs.stream().mapToLong(Measurement::errors).sum();
    }
}
