package io.kybern.scheduler.adapter;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.Json;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.scheduler.core.Evictions;
import io.kybern.scheduler.core.model.PodInfo;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletes the victims of preemption, after their condition {@code DisruptionTarget} has said why. See "Pod disruption conditions"
 * in the Kubernetes documentation.
 */
public final class ApiEvictions implements Evictions {

    private static final Logger log = LoggerFactory.getLogger(ApiEvictions.class);

    private final ObjectApi<Pod> pods;
    private final EventRecorder events;
    private final String schedulerName;
    private final Executor writes;
    private final Clock clock;

    /** Evictions by that scheduler, whose calls of the API server run on that executor. */
    public ApiEvictions(ObjectApi<Pod> pods, EventRecorder events, String schedulerName, Executor writes, Clock clock) {
        this.pods = pods;
        this.events = events;
        this.schedulerName = schedulerName;
        this.writes = writes;
        this.clock = clock;
    }

    @Override
    public void evict(PodInfo victim, PodInfo pod, String node) {
        writes.execute(() -> remove(victim, pod, node));
    }

    /** What fails is not tried again here: the pod that wants the room is, and finds its victims anew. */
    private void remove(PodInfo victim, PodInfo pod, String node) {
        try {
            pods.patch(victim.key(), "status", PatchType.STRATEGIC, condition());
            pods.delete(victim.key(), DeleteRequest.ofUid(victim.uid()));
            events.normal(victim.pod(), "Preempted", "Preempted by pod " + pod.uid() + " on node " + node);
        } catch (ApiFailure failure) {
            log.atLevel(failure.isNotFound() || failure.isConflict() ? Level.DEBUG : Level.WARN)
                    .addKeyValue("victim", victim)
                    .addKeyValue("failure", failure.getMessage())
                    .log("A pod could not be made to leave");
        }
    }

    private String condition() {
        ObjectNode patch = Json.object();
        patch.putObject("status")
                .putArray("conditions")
                .addObject()
                .put("type", "DisruptionTarget")
                .put("status", "True")
                .put("reason", "PreemptionByScheduler")
                .put("message", schedulerName + ": preempting to accommodate a higher priority pod")
                .put(
                        "lastTransitionTime",
                        clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        return Json.string(patch);
    }
}
