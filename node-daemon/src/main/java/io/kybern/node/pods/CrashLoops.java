package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.events.EventSink;
import java.time.Duration;
import java.util.Map;

/** Tells that containers wait before they are started again because they end again and again. Owned by the pod's worker. */
final class CrashLoops {

    private final EventSink events;
    private final Map<String, PodRecord.Waiting> waiting;

    /** @param waiting why containers wait, by name; added to here */
    CrashLoops(EventSink events, Map<String, PodRecord.Waiting> waiting) {
        this.events = events;
        this.waiting = waiting;
    }

    /** A container waits; that is told once for each length of the wait. */
    void waits(Pod pod, String container, RestartBackOff.Wait wait) {
        String where = pod.getMetadata().getName() + "_" + pod.getMetadata().getNamespace() + "("
                + pod.getMetadata().getUid() + ")";
        PodRecord.Waiting now = new PodRecord.Waiting(
                "CrashLoopBackOff",
                "back-off " + words(wait.delay()) + " restarting failed container=" + container + " pod=" + where);
        if (!now.equals(waiting.put(container, now))) {
            Specs.container(pod, container)
                    .ifPresent(c -> events.record(
                            EventSink.of(pod, Specs.fieldPath(pod, c)),
                            EventSink.Type.WARNING,
                            "BackOff",
                            "Back-off restarting failed container " + container + " in pod " + where));
        }
    }

    /** A duration as Go writes it: {@code 10s}, {@code 1m20s}, {@code 5m0s}. */
    private static String words(Duration d) {
        return d.toMinutes() == 0 ? d.toSeconds() + "s" : d.toMinutes() + "m" + d.toSecondsPart() + "s";
    }
}
