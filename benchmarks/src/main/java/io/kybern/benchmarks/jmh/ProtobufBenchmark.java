package io.kybern.benchmarks.jmh;

import io.kybern.api.GroupVersionKind;
import io.kybern.apiserver.protobuf.ProtobufDocument;
import io.kybern.apiserver.protobuf.ProtobufWriter;
import io.kybern.apiserver.storage.StoredJson;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
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

/** From the encoded JSON of a Deployment to protobuf, as clients written in Go ask for it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ProtobufBenchmark {

    private static final GroupVersionKind KIND = new GroupVersionKind("apps", "v1", "Deployment");
    private static final GroupVersionKind LIST = new GroupVersionKind("apps", "v1", "DeploymentList");
    private static final byte[] METADATA = "{\"resourceVersion\":\"1\"}".getBytes(StandardCharsets.UTF_8);

    private final ProtobufWriter writer = new ProtobufWriter();
    private final byte[] json = StoredJson.withRevision(StoredJson.encode(Samples.deployment()), 123_456_789);
    private final ProtobufDocument document = writer.document(KIND, json);
    private final List<ProtobufDocument> hundred = Collections.nCopies(100, document);

    /** Once for each state of an object that somebody asks for. */
    @Benchmark
    public ProtobufDocument document() {
        return writer.document(KIND, json);
    }

    /** A hundred objects that are encoded already. */
    @Benchmark
    public ProtobufDocument listOfAHundred() {
        return writer.list(LIST, METADATA, hundred);
    }

    /** Once for each watcher. */
    @Benchmark
    public byte[] watchEvent() {
        return ProtobufWriter.watchEvent("MODIFIED", document.bytes());
    }
}
