package io.kybern.scheduler.adapter;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.kybern.api.Json;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.scheduler.core.SchedulingReporter;
import io.kybern.scheduler.core.model.PodInfo;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tools.jackson.databind.node.ObjectNode;

/** Writes events, and the {@code PodScheduled} condition of pods that could not be placed, if it says something new. */
public final class ApiReporter implements SchedulingReporter {

    private static final Logger log = LoggerFactory.getLogger(ApiReporter.class);

    /** The longest note that the events API takes. */
    private static final int LONGEST_MESSAGE = 1024;

    private final ObjectApi<Pod> pods;
    private final EventRecorder events;
    private final Executor writes;
    private final Clock clock;

    /** A reporter whose writes to the API server run on that executor. */
    public ApiReporter(ObjectApi<Pod> pods, EventRecorder events, Executor writes, Clock clock) {
        this.pods = pods;
        this.events = events;
        this.writes = writes;
        this.clock = clock;
    }

    @Override
    public void scheduled(PodInfo pod, String node) {
        events.normal(pod.pod(), "Scheduled", "Successfully assigned " + pod.key() + " to " + node);
    }

    @Override
    public void unschedulable(PodInfo pod, String message, @Nullable String nominatedNode) {
        tell(pod, "Unschedulable", message, nominatedNode);
    }

    @Override
    public void promiseTakenBack(PodInfo pod) {
        ObjectNode patch = Json.object();
        patch.putObject("status").putNull("nominatedNodeName");
        writes.execute(() -> write(pod, Json.string(patch)));
    }

    @Override
    public void failed(PodInfo pod, String message) {
        tell(pod, "SchedulerError", message, null);
    }

    private void tell(PodInfo pod, String reason, String message, @Nullable String nominatedNode) {
        events.warning(pod.pod(), "FailedScheduling", shortened(message));
        Optional<PodCondition> current = condition(pod.pod());
        boolean known = current.filter(c ->
                        "False".equals(c.getStatus()) && reason.equals(c.getReason()) && message.equals(c.getMessage()))
                .isPresent();
        if (!known || (nominatedNode != null && !nominatedNode.equals(pod.nominatedNode()))) {
            String patch = patch(current.orElse(null), reason, message, nominatedNode);
            writes.execute(() -> write(pod, patch));
        }
    }

    private void write(PodInfo pod, String patch) {
        try {
            pods.patch(pod.key(), "status", PatchType.STRATEGIC, patch);
        } catch (ApiFailure failure) {
            boolean expected = failure.isNotFound() || failure.isConflict();
            log.atLevel(expected ? Level.DEBUG : Level.WARN)
                    .addKeyValue("pod", pod)
                    .addKeyValue("failure", failure.getMessage())
                    .log("The pod's condition could not be written");
        }
    }

    private String patch(
            @Nullable PodCondition current, String reason, String message, @Nullable String nominatedNode) {
        ObjectNode patch = Json.object();
        ObjectNode status = patch.putObject("status");
        if (nominatedNode != null) {
            status.put("nominatedNodeName", nominatedNode.isEmpty() ? null : nominatedNode);
        }
        ObjectNode condition = status.putArray("conditions").addObject();
        condition.put("type", "PodScheduled");
        condition.put("status", "False");
        condition.putNull("lastProbeTime");
        if (current == null || !Objects.equals(current.getStatus(), "False")) {
            condition.put(
                    "lastTransitionTime",
                    clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        }
        condition.put("reason", reason);
        condition.put("message", message);
        return Json.string(patch);
    }

    private static Optional<PodCondition> condition(Pod pod) {
        return pod.getStatus() == null
                ? Optional.empty()
                : pod.getStatus().getConditions().stream()
                        .filter(c -> c.getType().equals("PodScheduled"))
                        .findFirst();
    }

    private static String shortened(String message) {
        return message.length() <= LONGEST_MESSAGE
                ? message
                : message.substring(0, LONGEST_MESSAGE - " ...".length()) + " ...";
    }
}
