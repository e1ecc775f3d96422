package io.kybern.benchmarks.scenario;

import io.kybern.api.Json;
import io.kybern.benchmarks.client.Connection;
import io.kybern.benchmarks.client.LoadClient;
import io.kybern.benchmarks.client.Request;
import io.kybern.benchmarks.report.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Where scenarios play: the connections, and a namespace of their own for each. Everything carries a label to find it again. */
public final class Stage implements AutoCloseable {

    /** Marks what load runs made. */
    static final String LABEL = "kybern.io/benchmark";

    private static final String MARKED = "?labelSelector=" + LABEL;

    private final LoadClient client;
    private final Sizes sizes;
    private final String id;
    private final Connection control;
    private final List<Connection> pool = new ArrayList<>();

    /**
     * Opens the connections.
     *
     * @param id part of every name, so that two load runs do not meet
     */
    public Stage(LoadClient client, Sizes sizes, String id) {
        this.client = client;
        this.sizes = sizes;
        this.id = id;
        this.control = client.connect();
        for (int i = 0; i < sizes.connections(); i++) {
            pool.add(client.connect());
        }
    }

    Sizes sizes() {
        return sizes;
    }

    String id() {
        return id;
    }

    /** A connection beside the pool; the caller closes it. */
    Connection connect() {
        return client.connect();
    }

    List<Connection> pool() {
        return pool;
    }

    /** Asks once, and fails unless it is granted. */
    JsonNode call(Request request) {
        return LoadClient.call(control, request).json();
    }

    /** Makes a namespace; answers its path. */
    String namespace(String scenario) {
        String name = "bench-" + id + "-" + scenario;
        ObjectNode namespace = Json.object().put("apiVersion", "v1").put("kind", "Namespace");
        namespace.putObject("metadata").put("name", name).putObject("labels").put(LABEL, id);
        call(Request.post("/api/v1/namespaces", namespace));
        return "/api/v1/namespaces/" + name;
    }

    /** Does something a number of times over the whole pool; fails if any of it fails. */
    Measurement each(int count, LongFunction<Request> request) {
        Measurement done = ClosedLoop.counted(pool, request, count);
        if (done.errors() > 0) {
            throw new IllegalStateException(
                    "%d of %d requests failed; the first: %s".formatted(done.errors(), count, done.firstError()));
        }
        return done;
    }

    /** Removes whatever an earlier load run left when it was killed. */
    public void sweep() {
        for (JsonNode left : call(Request.get("/api/v1/namespaces" + MARKED)).path("items")) {
            if (!left.path("metadata").has("deletionTimestamp")) {
                call(Request.delete("/api/v1/namespaces/"
                        + left.path("metadata").path("name").asString()));
            }
        }
        call(Request.delete("/api/v1/nodes" + MARKED));
    }

    @Override
    public void close() {
        pool.forEach(Connection::close);
        control.close();
    }
}
