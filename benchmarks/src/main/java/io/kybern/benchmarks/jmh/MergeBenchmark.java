package io.kybern.benchmarks.jmh;

import io.kybern.api.GroupVersionKind;
import io.kybern.schema.JsonMergePatch;
import io.kybern.schema.PatchException;
import io.kybern.schema.Schema;
import io.kybern.schema.SchemaCatalog;
import io.kybern.schema.StrategicMerge;
import io.kybern.schema.apply.FieldManager;
import io.kybern.schema.apply.ServerSideApply;
import io.kybern.schema.apply.Versions;
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

/** The merges, on a Deployment of two containers. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MergeBenchmark {

    private static final FieldManager OWNER = new FieldManager("owner", "", Samples.NOW, FieldManager.Part.WHOLE);
    private static final FieldManager OTHER = new FieldManager("other", "", Samples.NOW, FieldManager.Part.WHOLE);

    private final Schema schema = SchemaCatalog.builtIn()
            .schema(new GroupVersionKind("apps", "v1", "Deployment"))
            .orElseThrow();
    private final ObjectNode live = Samples.deployment();
    private final ObjectNode strategic = Samples.strategicPatch();
    private final ObjectNode applied = Samples.applied();
    private final ObjectNode owned =
            ServerSideApply.apply(Samples.deployment(), Samples.applied(), OWNER, true, schema, Versions.alike(schema));

    /** A copy is part of each merge, because a merge may change its target. */
    @Benchmark
    public ObjectNode copyOnly() {
        return live.deepCopy();
    }

    /** RFC 7386. */
    @Benchmark
    public JsonNode mergePatch() {
        return JsonMergePatch.apply(live.deepCopy(), applied);
    }

    /** With a list merged by key and an element deleted. */
    @Benchmark
    public ObjectNode strategicMerge() throws PatchException {
        return StrategicMerge.apply(live.deepCopy(), strategic.deepCopy(), schema);
    }

    /** The second apply of the same manager. */
    @Benchmark
    public ObjectNode serverSideApply() {
        return ServerSideApply.apply(
                owned.deepCopy(), applied.deepCopy(), OWNER, false, schema, Versions.alike(schema));
    }

    /** Who owns what after an update of another manager. */
    @Benchmark
    public ObjectNode trackUpdate() {
        ObjectNode updated = live.deepCopy();
        ServerSideApply.trackUpdate(owned, updated, OTHER, "apps/v1", schema, Versions.alike(schema));
        return updated;
    }
}
