package io.kybern.apiserver.registry.table;

import static io.kybern.apiserver.registry.table.Cell.NONE;
import static io.kybern.apiserver.registry.table.Cell.get;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Pods as {@code kubectl get pods} shows them: the status is the first thing that keeps a pod from running well. */
final class PodCells {

    private PodCells() {}

    static Map<String, Map<String, Cell>> all() {
        Map<String, Cell> pods = new HashMap<>();
        pods.put("Ready", Cell.text(pod -> PodSummary.of(pod).ready()));
        pods.put("Status", Cell.text(pod -> PodSummary.of(pod).status()));
        pods.put("Restarts", (pod, now) -> JsonNodeFactory.instance.stringNode(restarts(pod, now)));
        pods.put("IP", Cell.at("status.podIP", NONE));
        pods.put("Node", Cell.text(pod -> orNone(get(pod, "spec.nodeName"))));
        pods.put("Nominated Node", Cell.text(pod -> orNone(get(pod, "status.nominatedNodeName"))));
        pods.put("Readiness Gates", Cell.text(PodCells::gates));
        return Map.of("/api/v1/pods", pods);
    }

    private static String orNone(JsonNode text) {
        return text.asString("").isEmpty() ? NONE : text.asString();
    }

    private static String restarts(JsonNode pod, Instant now) {
        PodSummary summary = PodSummary.of(pod);
        Instant last = summary.lastRestart();
        return last == null || summary.restarts() == 0
                ? String.valueOf(summary.restarts())
                : "%d (%s ago)"
                        .formatted(
                                summary.restarts(),
                                HumanDuration.since(JsonNodeFactory.instance.stringNode(last.toString()), now));
    }

    private static String gates(JsonNode pod) {
        JsonNode gates = get(pod, "spec.readinessGates");
        if (gates.isEmpty()) {
            return NONE;
        }
        int met = 0;
        for (JsonNode gate : gates) {
            for (JsonNode condition : get(pod, "status.conditions")) {
                if (condition.path("type").equals(gate.path("conditionType"))
                        && condition.path("status").asString("").equals("True")) {
                    met++;
                }
            }
        }
        return met + "/" + gates.size();
    }

    /**
     * What the row says of a pod's containers.
     *
     * @param ready ready containers of all, for example {@code 1/2}
     * @param status one word
     * @param restarts of all containers
     * @param lastRestart when the last container that was restarted had ended; null if none was
     */
    private record PodSummary(
            String ready,
            String status,
            long restarts,
            @Nullable Instant lastRestart) {

        static PodSummary of(JsonNode pod) {
            return new Reading(pod).read();
        }
    }

    /** Reads the container statuses; the order of the rules is that of Kubernetes. */
    private static final class Reading {

        private final JsonNode pod;
        private String status;
        private int ready;
        private int total;
        private long restarts;
        private @Nullable Instant lastRestart;

        Reading(JsonNode pod) {
            this.pod = pod;
            this.total = get(pod, "spec.containers").size();
            String reason = get(pod, "status.reason").asString("");
            this.status = reason.isEmpty() ? get(pod, "status.phase").asString("") : reason;
        }

        PodSummary read() {
            for (JsonNode condition : get(pod, "status.conditions")) {
                if (condition.path("type").asString("").equals("PodScheduled")
                        && condition.path("reason").asString("").equals("SchedulingGated")) {
                    status = "SchedulingGated";
                }
            }
            boolean initializing = initContainers();
            if (!initializing || isInitialized()) {
                containers();
            }
            if (!get(pod, "metadata.deletionTimestamp").isMissingNode()) {
                if (get(pod, "status.reason").asString("").equals("NodeLost")) {
                    status = "Unknown";
                } else if (!isTerminal()) {
                    status = "Terminating";
                }
            }
            return new PodSummary(ready + "/" + total, status, restarts, lastRestart);
        }

        private boolean isTerminal() {
            String phase = get(pod, "status.phase").asString("");
            return phase.equals("Failed") || phase.equals("Succeeded");
        }

        private boolean isInitialized() {
            for (JsonNode condition : get(pod, "status.conditions")) {
                if (condition.path("type").asString("").equals("Initialized")) {
                    return condition.path("status").asString("").equals("True");
                }
            }
            return false;
        }

        private JsonNode initSpec(String name) {
            for (JsonNode container : get(pod, "spec.initContainers")) {
                if (container.path("name").asString("").equals(name)) {
                    return container;
                }
            }
            return get(pod, "spec.none");
        }

        private boolean initContainers() {
            int count = get(pod, "spec.initContainers").size();
            for (JsonNode spec : get(pod, "spec.initContainers")) {
                if (isSidecar(spec)) {
                    total++;
                }
            }
            int index = 0;
            for (JsonNode container : get(pod, "status.initContainerStatuses")) {
                boolean sidecar = isSidecar(initSpec(container.path("name").asString("")));
                countRestarts(container);
                if (sidecar && container.path("started").asBoolean(false)) {
                    if (container.path("ready").asBoolean(false)) {
                        ready++;
                    }
                    index++;
                    continue;
                }
                JsonNode terminated = container.path("state").path("terminated");
                if (!terminated.isMissingNode() && terminated.path("exitCode").asInt(0) == 0) {
                    index++;
                    continue;
                }
                status = "Init:" + initStatus(container, terminated, index, count);
                return true;
            }
            return false;
        }

        private static boolean isSidecar(JsonNode spec) {
            return spec.path("restartPolicy").asString("").equals("Always");
        }

        private static String initStatus(JsonNode container, JsonNode terminated, int index, int count) {
            if (!terminated.isMissingNode()) {
                return ended(terminated);
            }
            String waiting =
                    container.path("state").path("waiting").path("reason").asString("");
            return !waiting.isEmpty() && !waiting.equals("PodInitializing") ? waiting : index + "/" + count;
        }

        private static String ended(JsonNode terminated) {
            String reason = terminated.path("reason").asString("");
            if (!reason.isEmpty()) {
                return reason;
            }
            int signal = terminated.path("signal").asInt(0);
            return signal != 0
                    ? "Signal:" + signal
                    : "ExitCode:" + terminated.path("exitCode").asInt(0);
        }

        private void containers() {
            boolean running = false;
            JsonNode statuses = get(pod, "status.containerStatuses");
            for (int i = statuses.size() - 1; i >= 0; i--) {
                JsonNode container = statuses.get(i);
                countRestarts(container);
                JsonNode state = container.path("state");
                String waiting = state.path("waiting").path("reason").asString("");
                if (!waiting.isEmpty()) {
                    status = waiting;
                } else if (state.has("terminated")) {
                    status = ended(state.path("terminated"));
                } else if (container.path("ready").asBoolean(false) && state.has("running")) {
                    running = true;
                    ready++;
                }
            }
            if (status.equals("Completed") && running) {
                status = isReady() ? "Running" : "NotReady";
            }
        }

        private boolean isReady() {
            for (JsonNode condition : get(pod, "status.conditions")) {
                if (condition.path("type").asString("").equals("Ready")
                        && condition.path("status").asString("").equals("True")) {
                    return true;
                }
            }
            return false;
        }

        private void countRestarts(JsonNode container) {
            restarts += container.path("restartCount").asLong(0);
            String finished = get(container, "lastState.terminated.finishedAt").asString("");
            if (!finished.isEmpty()) {
                Instant at = Instant.parse(finished);
                lastRestart = lastRestart == null || at.isAfter(lastRestart) ? at : lastRestart;
            }
        }
    }
}
