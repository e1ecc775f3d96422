package io.kybern.scheduler.core.queue;

import io.kybern.scheduler.core.model.PodInfo;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A pod that waits for a node, and what became of it so far. Owned by the scheduler thread, like the queue. */
public final class QueuedPod {

    private PodInfo pod;
    private final long arrival;
    private final Instant firstSeen;
    private Instant since;
    private int attempts;
    private Set<String> rejectedBy = Set.of();
    private @Nullable Instant backOffUntil;
    private Place place = Place.NOWHERE;

    QueuedPod(PodInfo pod, long arrival, Instant now) {
        this.pod = pod;
        this.arrival = arrival;
        this.firstSeen = now;
        this.since = now;
    }

    /** The newest version of the pod. */
    public PodInfo pod() {
        return pod;
    }

    /** How often the pod was tried. */
    public int attempts() {
        return attempts;
    }

    /** When the pod came to the queue for the first time. */
    public Instant firstSeen() {
        return firstSeen;
    }

    /** Since when the pod waits at its present place. */
    Instant since() {
        return since;
    }

    long arrival() {
        return arrival;
    }

    Set<String> rejectedBy() {
        return rejectedBy;
    }

    @Nullable
    Instant backOffUntil() {
        return backOffUntil;
    }

    Place place() {
        return place;
    }

    void update(PodInfo newer) {
        pod = newer;
    }

    void tried() {
        attempts++;
    }

    void rejected(Set<String> by) {
        rejectedBy = by;
    }

    void backOff(Instant until) {
        backOffUntil = until;
    }

    void moveTo(Place next, Instant now) {
        place = next;
        since = now;
    }

    @Override
    public String toString() {
        return pod + " (" + place + ", attempts " + attempts + ")";
    }

    /** Where a pod waits. */
    enum Place {
        NOWHERE,
        ACTIVE,
        BACK_OFF,
        UNSCHEDULABLE,
        GATED
    }
}
