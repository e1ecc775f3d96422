package io.kybern.benchmarks.scenario;

import io.kybern.api.Json;
import io.kybern.benchmarks.client.Connection;
import io.kybern.benchmarks.client.Request;
import io.kybern.benchmarks.report.Measurement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/**
 * Pods are created for many hollow nodes, and the cluster's scheduler binds them. The time is from the first creation to the last
 * binding; latency is a pod's, from its creation to its binding as a watch tells it.
 */
final class BindingScenario implements Scenario {

    /** Less than after which a silent node is given up. */
    private static final Duration PATIENCE = Duration.ofSeconds(35);

    private static final Duration NODES_PATIENCE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(500);

    private final Stage stage;
    private final HollowNodes nodes;
    private String namespace = "";
    private int round;

    BindingScenario(Stage stage) {
        this.stage = stage;
        this.nodes = new HollowNodes(stage, stage.sizes().nodes());
    }

    @Override
    public String what() {
        return "%,d pods on %,d nodes"
                .formatted(stage.sizes().pods(), stage.sizes().nodes());
    }

    @Override
    public String unit() {
        return "pods/s";
    }

    /** Measured for 500 and for 1,000 nodes. */
    @Override
    public double reference() {
        return switch (stage.sizes().nodes()) {
            case 500 -> 300;
            case 1000 -> 208;
            default -> 0;
        };
    }

    @Override
    public void prepare() {
        namespace = stage.namespace("binding");
        nodes.create();
        CountDownLatch pause = new CountDownLatch(1);
        long deadline = System.nanoTime() + NODES_PATIENCE.toNanos();
        try {
            while (!nodes.ready()) {
                if (System.nanoTime() > deadline || pause.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("the nodes of the load run did not become ready");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for nodes", e);
        }
    }

    @Override
    public Measurement run() {
        nodes.renew();
        String pods = namespace + "/pods";
        int count = stage.sizes().pods();
        String prefix = "pod-" + round++ + "-";
        String revision = stage.call(Request.get(pods + "?limit=1"))
                .path("metadata")
                .path("resourceVersion")
                .asString();
        BoundPods bound = new BoundPods(prefix, count);
        try (Connection watcher = stage.connect()) {
            watcher.send(
                    Request.get(
                            pods + "?watch=true&timeoutSeconds=300&fieldSelector=spec.nodeName%21%3D&resourceVersion="
                                    + revision),
                    bound);
            ObjectNode template = pod();
            Measurement created = ClosedLoop.counted(
                    stage.pool(),
                    number -> {
                        ObjectNode pod = template.deepCopy();
                        pod.putObject("metadata").put("name", prefix + number);
                        bound.created((int) number);
                        return Request.post(pods, pod);
                    },
                    count);
            Measurement measured = bound.await(PATIENCE, created.errors());
            stage.each(count, number -> Request.delete(pods + "/" + prefix + number + "?gracePeriodSeconds=0"));
            return measured;
        }
    }

    private ObjectNode pod() {
        ObjectNode pod = Json.object().put("apiVersion", "v1").put("kind", "Pod");
        ObjectNode spec = pod.putObject("spec");
        ObjectNode container = spec.putArray("containers").addObject();
        container.put("name", "main").put("image", "kybern/pause:1");
        container.putObject("resources").putObject("requests").put("cpu", "10m").put("memory", "16Mi");
        spec.putArray("tolerations").addObject().put("key", Stage.LABEL).put("operator", "Exists");
        // real nodes would start them
        spec.putObject("nodeSelector").put(Stage.LABEL, stage.id());
        return pod;
    }

    @Override
    public void cleanUp() {
        nodes.delete();
        if (!namespace.isEmpty()) {
            stage.call(Request.delete(namespace));
        }
    }
}
