package io.kybern.benchmarks.jmh;

import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Whether an object is wanted: asked for every object of a list and, for every watch, at every change. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SelectorBenchmark {

    private final Map<String, String> labels = Map.of("app", "web", "tier", "front", "release", "stable");
    private final Map<String, String> fields = Map.of(
            "metadata.name",
            "web-1",
            "metadata.namespace",
            "default",
            "spec.nodeName",
            "node-1",
            "status.phase",
            "Running");
    private final LabelSelector equality = LabelSelector.parse("app=web,tier=front");
    private final LabelSelector sets = LabelSelector.parse("app in (web, api),!legacy,release notin (canary)");
    private final FieldSelector onNode = FieldSelector.parse("spec.nodeName=node-1,status.phase!=Succeeded");

    /** Two labels that must be equal. */
    @Benchmark
    public boolean labelsByEquality() {
        return equality.matches(labels);
    }

    /** Sets and absence. */
    @Benchmark
    public boolean labelsBySets() {
        return sets.matches(labels);
    }

    /** The selector of a node for its pods. */
    @Benchmark
    public boolean fieldsOfPod() {
        return onNode.matches(fields::get);
    }

    /** What a parameter of a request costs. */
    @Benchmark
    public LabelSelector parse() {
        return LabelSelector.parse("app in (web, api),!legacy,release notin (canary)");
    }
}
