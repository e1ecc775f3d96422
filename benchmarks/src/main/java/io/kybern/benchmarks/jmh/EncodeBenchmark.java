package io.kybern.benchmarks.jmh;

import io.kybern.api.Json;
import io.kybern.apiserver.storage.StoredJson;
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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** From the tree of a Deployment to the bytes that are stored, and from those to the bytes that are answered. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EncodeBenchmark {

    private final ObjectNode tree = Samples.deployment();
    private final byte[] stored = StoredJson.encode(tree);

    /** Once for each write. */
    @Benchmark
    public byte[] encodeForTheStore() {
        return StoredJson.encode(tree);
    }

    /** Once for each change that the cache takes in. */
    @Benchmark
    public byte[] spliceRevision() {
        return StoredJson.withRevision(stored, 123_456_789);
    }

    /** What a request body costs before anything is done with it. */
    @Benchmark
    public JsonNode parse() {
        return Json.read(stored);
    }
}
