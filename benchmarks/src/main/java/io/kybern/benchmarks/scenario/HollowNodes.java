package io.kybern.benchmarks.scenario;

import io.kybern.api.Json;
import io.kybern.benchmarks.client.Request;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Nodes that exist as objects only. A taint keeps everybody else's pods off them, and they have no address, so nobody routes to
 * them. Their Leases are renewed before each run, and a run is over before they would be missed.
 */
final class HollowNodes {

    private static final DateTimeFormatter MICRO_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
    private static final String NODES = "/api/v1/nodes";
    private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    private static final String NOT_READY = "node.kubernetes.io/not-ready";

    private final Stage stage;
    private final int count;
    private final Clock clock = Clock.systemUTC();
    private int created;

    HollowNodes(Stage stage, int count) {
        this.stage = stage;
        this.count = count;
    }

    private String name(long number) {
        return "bench-" + stage.id() + "-" + number;
    }

    /** Creates them with their Leases. */
    void create() {
        created = count;
        stage.each(count, number -> Request.post(NODES, node(number)));
        stage.each(count, number -> Request.post(LEASES, lease(number)));
    }

    /** Says that they live. */
    void renew() {
        String now = MICRO_TIME.format(clock.instant());
        stage.each(
                count,
                number ->
                        Request.mergePatch(LEASES + "/" + name(number), "{\"spec\":{\"renewTime\":\"" + now + "\"}}"));
    }

    /** Whether the control plane takes all of them for ready. */
    boolean ready() {
        int ready = 0;
        for (JsonNode node : stage.call(Request.get(NODES + "?labelSelector=" + Stage.LABEL + "=" + stage.id()))
                .path("items")) {
            boolean tainted = false;
            for (JsonNode taint : node.path("spec").path("taints")) {
                tainted |= taint.path("key").asString("").equals(NOT_READY);
            }
            ready += tainted ? 0 : 1;
        }
        return ready == count;
    }

    /** Removes them with their Leases. */
    void delete() {
        stage.each(created, number -> Request.delete(NODES + "/" + name(number)));
        stage.each(created, number -> Request.delete(LEASES + "/" + name(number)));
        created = 0;
    }

    private ObjectNode node(long number) {
        Instant now = clock.instant().truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
        ObjectNode node = Json.object().put("apiVersion", "v1").put("kind", "Node");
        node.putObject("metadata")
                .put("name", name(number))
                .putObject("labels")
                .put(Stage.LABEL, stage.id())
                .put("kubernetes.io/hostname", name(number))
                .put("kubernetes.io/os", "linux")
                .put("kubernetes.io/arch", "amd64");
        ObjectNode spec = node.putObject("spec");
        // 198.18.0.0/15 is set apart for benchmarks; ranges of its own keep the cluster's for real nodes
        String range = "198.18.%d.%d/28".formatted(number / 16 % 256, number % 16 * 16);
        spec.put("podCIDR", range).putArray("podCIDRs").add(range);
        spec.putArray("taints").addObject().put("key", Stage.LABEL).put("effect", "NoSchedule");
        ObjectNode status = node.putObject("status");
        for (String field : new String[] {"capacity", "allocatable"}) {
            status.putObject(field)
                    .put("cpu", "4")
                    .put("memory", "32Gi")
                    .put("ephemeral-storage", "100Gi")
                    .put("pods", "110");
        }
        for (String type : new String[] {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure"}) {
            status.withArray("conditions")
                    .addObject()
                    .put("type", type)
                    .put("status", type.equals("Ready") ? "True" : "False")
                    .put("reason", "Hollow")
                    .put("message", "a node of a load run")
                    .put("lastHeartbeatTime", now.toString())
                    .put("lastTransitionTime", now.toString());
        }
        return node;
    }

    private ObjectNode lease(long number) {
        ObjectNode lease =
                Json.object().put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
        lease.putObject("metadata")
                .put("name", name(number))
                .putObject("labels")
                .put(Stage.LABEL, stage.id());
        lease.putObject("spec")
                .put("holderIdentity", name(number))
                .put("leaseDurationSeconds", 40)
                .put("renewTime", MICRO_TIME.format(clock.instant()));
        return lease;
    }
}
