package io.kybern.apiserver.watch;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.storage.StoredJson;
import io.kybern.benchmarks.jmh.Samples;
import java.util.Map;
import java.util.TreeMap;
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
import org.openjdk.jmh.infra.Blackhole;
import org.pcollections.TreePMap;

/** The watch cache over 10,000 objects in 100 namespaces: reading a list, finding one, taking in a change. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CacheBenchmark {

    private static final GroupResource DEPLOYMENTS = new GroupResource("apps", "deployments");
    private static final int OBJECTS = 10_000;
    private static final int NAMESPACES = 100;

    private final byte[] stored = StoredJson.encode(Samples.deployment());
    private final CachedObjectReader reader = new CachedObjectReader(SelectableFields.metadataOnly());
    private final TreePMap<ObjectKey, CachedObject> objects = objects();
    private final TreeSnapshot snapshot = new TreeSnapshot(OBJECTS, objects);
    private final ResourceHistory history = new ResourceHistory(OBJECTS, objects, 10_000, 32 << 20);
    private long revision = OBJECTS;

    private TreePMap<ObjectKey, CachedObject> objects() {
        Map<ObjectKey, CachedObject> all = new TreeMap<>();
        for (int i = 0; i < OBJECTS; i++) {
            all.put(key(i), read(i, i + 1L));
        }
        return TreePMap.fromSortedMap(new TreeMap<>(all));
    }

    private static ObjectKey key(long number) {
        return new ObjectKey("ns-" + number % NAMESPACES, "web-" + number);
    }

    private CachedObject read(long number, long atRevision) {
        return reader.read(DEPLOYMENTS, key(number), atRevision, stored).orElseThrow();
    }

    /** All objects of the resource, in order. */
    @Benchmark
    public void rangeOverAll(Blackhole hole) {
        snapshot.range("", null).forEach(hole::consume);
    }

    /** The hundred objects of one namespace. */
    @Benchmark
    public void rangeOverNamespace(Blackhole hole) {
        snapshot.range("ns-42", null).forEach(hole::consume);
    }

    /** One object by its key. */
    @Benchmark
    public Object find() {
        return snapshot.get(key(4242));
    }

    /** Parsing, encoding and taking in one changed object. */
    @Benchmark
    public Object applyChange() {
        long next = ++revision;
        return history.put(read(next % OBJECTS, next));
    }
}
