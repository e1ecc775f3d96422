package io.kybern.scheduler.core.queue;

import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.Profile;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.queue.QueuedPod.Place;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The pods that wait for a node.
 *
 * <p>Each is at one of four places: <em>active</em> (tried next, in the order of the QueueSort plugin), <em>backing
 * off</em> (worth a try, but tried too recently), <em>unschedulable</em> (nothing has changed that could help) or
 * <em>gated</em>. None is ever lost: a pod that is taken for an attempt stays known until it is placed, put back, or
 * deleted. Owned by the scheduler thread: every method but {@link #depths} must be called on it.
 */
public final class SchedulingQueue {

    /** The first back-off, doubled with each attempt up to the largest; both Kubernetes' defaults. */
    static final Duration FIRST_BACK_OFF = Duration.ofSeconds(1);

    static final Duration LARGEST_BACK_OFF = Duration.ofSeconds(10);

    /** After this a pod is tried again although no event spoke for it, in case a hint is wrong; Kubernetes' default. */
    static final Duration LONGEST_REST = Duration.ofMinutes(5);

    private final Profile profile;
    private final Clock clock;
    private final Map<String, QueuedPod> byUid = new HashMap<>();
    private final TreeSet<QueuedPod> active;
    private final TreeSet<QueuedPod> backingOff;
    private final Map<String, QueuedPod> resting = new HashMap<>();
    private final Map<String, Set<QueuedPod>> nominated = new HashMap<>();
    private long arrivals;
    private volatile Depths depths = new Depths(0, 0, 0, 0);

    /** An empty queue in the order of the profile's QueueSort plugin. */
    public SchedulingQueue(Profile profile, Clock clock) {
        this.profile = profile;
        this.clock = clock;
        this.active = new TreeSet<>(this::compareActive);
        this.backingOff = new TreeSet<>(
                Comparator.comparing(SchedulingQueue::backOffUntil).thenComparingLong(QueuedPod::arrival));
    }

    private int compareActive(QueuedPod a, QueuedPod b) {
        int sorted = profile.queueSort().compare(a.pod(), a.since(), b.pod(), b.since());
        return sorted != 0 ? sorted : Long.compare(a.arrival(), b.arrival());
    }

    /**
     * Adds a pod or takes note of its new version. A change of the pod itself that can matter (anything but its status)
     * makes it worth another try.
     */
    public void put(PodInfo pod) {
        QueuedPod known = byUid.get(pod.uid());
        if (known == null) {
            known = new QueuedPod(pod, arrivals++, clock.instant());
            byUid.put(pod.uid(), known);
            nominate(known, true);
            move(known, pod.gates().isEmpty() ? Place.ACTIVE : Place.GATED);
            return;
        }
        boolean matters = !Objects.equals(known.pod().pod().getSpec(), pod.pod().getSpec())
                || !known.pod().labels().equals(pod.labels());
        Place place = known.place();
        leave(known);
        nominate(known, false);
        known.update(pod);
        nominate(known, true);
        if (place == Place.GATED && pod.gates().isEmpty()) {
            move(known, Place.ACTIVE);
        } else if (place == Place.UNSCHEDULABLE && matters) {
            wake(known);
        } else {
            enter(known, place);
        }
    }

    /** Drops a pod that is placed or gone. */
    public void remove(String uid) {
        QueuedPod known = byUid.remove(uid);
        if (known != null) {
            leave(known);
            nominate(known, false);
            publishDepths();
        }
    }

    /** Takes the next pod for an attempt; empty if none is due. */
    public Optional<QueuedPod> poll() {
        wakeThoseDue();
        QueuedPod next = active.pollFirst();
        if (next == null) {
            return Optional.empty();
        }
        next.tried();
        next.moveTo(Place.NOWHERE, clock.instant());
        publishDepths();
        return Optional.of(next);
    }

    /**
     * Puts a pod back that no node can take.
     *
     * @param rejectedBy the plugins that refused it; empty if any event may help
     */
    public void rest(QueuedPod pod, Set<String> rejectedBy) {
        if (byUid.get(pod.pod().uid()) == pod) {
            pod.rejected(rejectedBy);
            pod.backOff(clock.instant().plus(backOff(pod.attempts())));
            move(pod, Place.UNSCHEDULABLE);
        }
    }

    /** Puts a pod back whose attempt failed for a reason that is not the cluster's, such as a failed bind. */
    public void retry(PodInfo pod) {
        QueuedPod known = byUid.get(pod.uid());
        if (known != null && known.place() == Place.NOWHERE) {
            known.rejected(Set.of());
            known.backOff(clock.instant().plus(backOff(known.attempts())));
            move(known, Place.BACK_OFF);
        }
    }

    /** Moves the pods that the event may help to where they will be tried again. */
    public void on(ClusterEvent event) {
        List<QueuedPod> woken = resting.values().stream()
                .filter(p -> p.place() == Place.UNSCHEDULABLE && mayHelp(p, event))
                .toList();
        woken.forEach(this::wake);
    }

    /** Promises a node to a waiting pod; an empty name takes the promise back. Does nothing if the pod waits no longer. */
    public void promise(String uid, String node) {
        QueuedPod known = byUid.get(uid);
        if (known != null && !known.pod().nominatedNode().equals(node)) {
            nominate(known, false);
            known.update(known.pod().promised(node));
            nominate(known, true);
        }
    }

    /** The waiting pods that were promised the node. */
    public List<PodInfo> nominatedTo(String node) {
        Set<QueuedPod> promised = nominated.get(node);
        return promised == null
                ? List.of()
                : promised.stream().map(QueuedPod::pod).toList();
    }

    /** Whether the queue knows the pod, also while an attempt is under way. */
    public boolean contains(String uid) {
        return byUid.containsKey(uid);
    }

    /** When the next pod becomes due although no event comes; null if none does. */
    public Optional<Instant> nextDue() {
        Instant next = active.isEmpty() ? null : clock.instant();
        if (next == null && !backingOff.isEmpty()) {
            next = backOffUntil(backingOff.first());
        }
        for (QueuedPod pod : resting.values()) {
            if (pod.place() == Place.UNSCHEDULABLE) {
                Instant end = pod.since().plus(LONGEST_REST);
                next = next == null || end.isBefore(next) ? end : next;
            }
        }
        return Optional.ofNullable(next);
    }

    /** How many pods wait where. May be called on any thread. */
    public Depths depths() {
        return depths;
    }

    /** All pods that the queue knows. */
    public Collection<QueuedPod> all() {
        return List.copyOf(byUid.values());
    }

    private boolean mayHelp(QueuedPod pod, ClusterEvent event) {
        if (pod.rejectedBy().isEmpty()) {
            return true;
        }
        for (String plugin : pod.rejectedBy()) {
            HintPlugin hints = profile.hints(plugin);
            if (hints == null || hints.mayHelp(pod.pod(), event)) {
                return true;
            }
        }
        return false;
    }

    private void wakeThoseDue() {
        Instant now = clock.instant();
        while (!backingOff.isEmpty() && !backOffUntil(backingOff.first()).isAfter(now)) {
            move(backingOff.first(), Place.ACTIVE);
        }
        List<QueuedPod> rested = new ArrayList<>();
        for (QueuedPod pod : resting.values()) {
            if (pod.place() == Place.UNSCHEDULABLE
                    && !pod.since().plus(LONGEST_REST).isAfter(now)) {
                rested.add(pod);
            }
        }
        rested.forEach(this::wake);
    }

    private void wake(QueuedPod pod) {
        Instant until = pod.backOffUntil();
        move(pod, until != null && until.isAfter(clock.instant()) ? Place.BACK_OFF : Place.ACTIVE);
    }

    private void move(QueuedPod pod, Place to) {
        leave(pod);
        pod.moveTo(to, clock.instant());
        enter(pod, to);
        publishDepths();
    }

    private void enter(QueuedPod pod, Place place) {
        switch (place) {
            case ACTIVE -> active.add(pod);
            case BACK_OFF -> backingOff.add(pod);
            case UNSCHEDULABLE, GATED -> resting.put(pod.pod().uid(), pod);
            case NOWHERE -> {
                // an attempt is under way
            }
        }
    }

    private void leave(QueuedPod pod) {
        switch (pod.place()) {
            case ACTIVE -> active.remove(pod);
            case BACK_OFF -> backingOff.remove(pod);
            case UNSCHEDULABLE, GATED -> resting.remove(pod.pod().uid());
            case NOWHERE -> {
                // at no place
            }
        }
    }

    private void nominate(QueuedPod pod, boolean add) {
        String node = pod.pod().nominatedNode();
        if (node.isEmpty()) {
            return;
        }
        if (add) {
            nominated.computeIfAbsent(node, n -> new LinkedHashSet<>()).add(pod);
        } else {
            Set<QueuedPod> promised = nominated.get(node);
            if (promised != null && promised.remove(pod) && promised.isEmpty()) {
                nominated.remove(node);
            }
        }
    }

    private void publishDepths() {
        int gated = 0;
        for (QueuedPod pod : resting.values()) {
            gated += pod.place() == Place.GATED ? 1 : 0;
        }
        depths = new Depths(active.size(), backingOff.size(), resting.size() - gated, gated);
    }

    private static Instant backOffUntil(QueuedPod pod) {
        Instant until = pod.backOffUntil();
        return until == null ? Instant.MIN : until;
    }

    private static Duration backOff(int attempts) {
        Duration backOff = FIRST_BACK_OFF;
        for (int i = 1; i < attempts && backOff.compareTo(LARGEST_BACK_OFF) < 0; i++) {
            backOff = backOff.multipliedBy(2);
        }
        return backOff.compareTo(LARGEST_BACK_OFF) > 0 ? LARGEST_BACK_OFF : backOff;
    }

    /** How many pods wait at each place. */
    public record Depths(int active, int backOff, int unschedulable, int gated) {}
}
