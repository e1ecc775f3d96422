package io.kybern.apiserver.registry.table;

import static io.kybern.apiserver.registry.table.Cell.each;
import static io.kybern.apiserver.registry.table.Cell.get;

import io.kybern.api.selector.LabelSelector;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Workloads, as {@code kubectl get} shows them. */
final class WorkloadCells {

    private WorkloadCells() {}

    static Map<String, Map<String, Cell>> all() {
        Map<String, Map<String, Cell>> all = new HashMap<>();
        all.put("/apis/apps/v1/deployments", deployments());
        all.put("/apis/apps/v1/replicasets", replicas(Cell.text(WorkloadCells::selector)));
        all.put("/api/v1/replicationcontrollers", replicas(Cell.text(rc -> Cell.labels(get(rc, "spec.selector")))));
        all.put("/apis/apps/v1/statefulsets", statefulSets());
        all.put("/apis/apps/v1/daemonsets", daemonSets());
        all.put("/apis/batch/v1/jobs", jobs());
        all.put("/apis/batch/v1/cronjobs", cronJobs());
        all.put("/apis/apps/v1/controllerrevisions", revisions());
        all.put("/api/v1/podtemplates", podTemplates());
        return all;
    }

    private static Map<String, Cell> withTemplate(Map<String, Cell> cells) {
        cells.put(
                "Containers", Cell.text(o -> String.join(",", each(get(o, "spec.template.spec.containers"), "name"))));
        cells.put("Images", Cell.text(o -> String.join(",", each(get(o, "spec.template.spec.containers"), "image"))));
        cells.putIfAbsent("Selector", Cell.text(WorkloadCells::selector));
        return cells;
    }

    private static String selector(JsonNode object) {
        String selector = LabelSelector.of(get(object, "spec.selector")).toString();
        return selector.isEmpty() ? Cell.NONE : selector;
    }

    private static Map<String, Cell> deployments() {
        Map<String, Cell> cells = new HashMap<>();
        cells.put("Ready", ratio("status.readyReplicas", "spec.replicas"));
        cells.put("Up-to-date", Cell.numberAt("status.updatedReplicas"));
        cells.put("Available", Cell.numberAt("status.availableReplicas"));
        return withTemplate(cells);
    }

    private static Cell ratio(String part, String whole) {
        return Cell.text(o -> get(o, part).asLong(0) + "/" + get(o, whole).asLong(0));
    }

    private static Map<String, Cell> replicas(Cell selector) {
        Map<String, Cell> cells = new HashMap<>();
        cells.put("Desired", Cell.numberAt("spec.replicas"));
        cells.put("Current", Cell.numberAt("status.replicas"));
        cells.put("Ready", Cell.numberAt("status.readyReplicas"));
        cells.put("Selector", selector);
        return withTemplate(cells);
    }

    private static Map<String, Cell> statefulSets() {
        Map<String, Cell> cells = new HashMap<>();
        cells.put("Ready", ratio("status.readyReplicas", "spec.replicas"));
        return withTemplate(cells);
    }

    private static Map<String, Cell> daemonSets() {
        Map<String, Cell> cells = new HashMap<>();
        cells.put("Desired", Cell.numberAt("status.desiredNumberScheduled"));
        cells.put("Current", Cell.numberAt("status.currentNumberScheduled"));
        cells.put("Ready", Cell.numberAt("status.numberReady"));
        cells.put("Up-to-date", Cell.numberAt("status.updatedNumberScheduled"));
        cells.put("Available", Cell.numberAt("status.numberAvailable"));
        cells.put("Node Selector", Cell.text(o -> Cell.labels(get(o, "spec.template.spec.nodeSelector"))));
        return withTemplate(cells);
    }

    private static Map<String, Cell> jobs() {
        Map<String, Cell> cells = new HashMap<>();
        cells.put("Status", Cell.text(WorkloadCells::jobStatus));
        cells.put("Completions", Cell.text(job -> {
            long succeeded = get(job, "status.succeeded").asLong(0);
            JsonNode completions = get(job, "spec.completions");
            if (!completions.isMissingNode()) {
                return succeeded + "/" + completions.asLong();
            }
            long parallelism = get(job, "spec.parallelism").asLong(0);
            return parallelism > 1 ? succeeded + "/1 of " + parallelism : succeeded + "/1";
        }));
        cells.put("Duration", (job, now) -> JsonNodeFactory.instance.stringNode(duration(job, now)));
        return withTemplate(cells);
    }

    private static String jobStatus(JsonNode job) {
        Set<String> holding = new HashSet<>();
        for (JsonNode condition : get(job, "status.conditions")) {
            if (condition.path("status").asString("").equals("True")) {
                holding.add(condition.path("type").asString(""));
            }
        }
        if (get(job, "metadata").has("deletionTimestamp")
                && !holding.contains("Complete")
                && !holding.contains("Failed")) {
            return "Terminating";
        }
        return Stream.of("Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet")
                .filter(holding::contains)
                .findFirst()
                .orElse("Running");
    }

    private static Map<String, Cell> cronJobs() {
        String pod = "spec.jobTemplate.spec.template.spec.containers";
        return Map.of(
                "Schedule", Cell.at("spec.schedule"),
                "Timezone", Cell.at("spec.timeZone", Cell.NONE),
                "Suspend", Cell.text(cronJob -> get(cronJob, "spec.suspend").asBoolean(false) ? "True" : "False"),
                "Active", Cell.sizeOf("status.active"),
                "Last Schedule",
                        (cronJob, now) -> JsonNodeFactory.instance.stringNode(
                                get(cronJob, "status").has("lastScheduleTime")
                                        ? HumanDuration.since(get(cronJob, "status.lastScheduleTime"), now)
                                        : Cell.NONE),
                "Containers", Cell.text(o -> String.join(",", each(get(o, pod), "name"))),
                "Images", Cell.text(o -> String.join(",", each(get(o, pod), "image"))),
                "Selector", Cell.text(o -> selector(get(o, "spec.jobTemplate"))));
    }

    private static String duration(JsonNode job, Instant now) {
        String start = get(job, "status.startTime").asString("");
        if (start.isEmpty()) {
            return "";
        }
        String end = get(job, "status.completionTime").asString("");
        return HumanDuration.of(Duration.between(Instant.parse(start), end.isEmpty() ? now : Instant.parse(end)));
    }

    private static Map<String, Cell> revisions() {
        return Map.of(
                "Controller",
                Cell.text(revision -> {
                    for (JsonNode owner : get(revision, "metadata.ownerReferences")) {
                        if (owner.path("controller").asBoolean(false)) {
                            return CoreCells.resource(owner) + "/"
                                    + owner.path("name").asString("");
                        }
                    }
                    return Cell.NONE;
                }),
                "Revision",
                Cell.numberAt("revision"));
    }

    private static Map<String, Cell> podTemplates() {
        return Map.of(
                "Containers", Cell.text(o -> String.join(",", each(get(o, "template.spec.containers"), "name"))),
                "Images", Cell.text(o -> String.join(",", each(get(o, "template.spec.containers"), "image"))),
                "Pod Labels", Cell.text(o -> Cell.labels(get(o, "template.metadata.labels"))));
    }
}
