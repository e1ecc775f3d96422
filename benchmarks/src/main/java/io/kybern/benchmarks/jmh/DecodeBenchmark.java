package io.kybern.benchmarks.jmh;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.schema.Decoded;
import io.kybern.schema.Defaulter;
import io.kybern.schema.ObjectDecoder;
import io.kybern.schema.Schema;
import io.kybern.schema.SchemaCatalog;
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
import tools.jackson.databind.node.ObjectNode;

/** From a request's body to an object with its defaults. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecodeBenchmark {

    private static final GroupVersionKind DEPLOYMENT = new GroupVersionKind("apps", "v1", "Deployment");
    private static final GroupVersionKind CONFIG_MAP = new GroupVersionKind("", "v1", "ConfigMap");

    private final SchemaCatalog catalog = SchemaCatalog.builtIn();
    private final ObjectDecoder decoder = new ObjectDecoder(catalog);
    private final Schema schema = catalog.schema(DEPLOYMENT).orElseThrow();
    private final Schema flat = catalog.schema(CONFIG_MAP).orElseThrow();
    private final ObjectNode tree = Samples.deployment();
    private final ObjectNode configMap = configMap();
    private final byte[] body = Json.bytes(tree);

    private static ObjectNode configMap() {
        ObjectNode map = Json.object().put("apiVersion", "v1").put("kind", "ConfigMap");
        map.putObject("metadata").put("name", "one").put("namespace", "default");
        map.putObject("data").put("key", "x".repeat(1024));
        return map;
    }

    /** Against the schema, with every field looked at. */
    @Benchmark
    public Decoded decode() {
        return decoder.decode(body, DEPLOYMENT);
    }

    /** On an object that has them all. */
    @Benchmark
    public ObjectNode defaults() {
        Defaulter.apply(tree, schema);
        return tree;
    }

    /** On an object of a type that has none. */
    @Benchmark
    public ObjectNode noDefaults() {
        Defaulter.apply(configMap, flat);
        return configMap;
    }
}
