package io.kybern.scheduler.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.kybern.api.ObjectKey;
import io.kybern.scheduler.core.SchedulingListener.Result;
import io.kybern.scheduler.core.cache.ClusterCache;
import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.Profile;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.framework.ReservePlugin;
import io.kybern.scheduler.core.framework.SchedulingCycle;
import io.kybern.scheduler.core.framework.SchedulingCycle.Placement;
import io.kybern.scheduler.core.model.DisruptionBudget;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.queue.QueuedPod;
import io.kybern.scheduler.core.queue.SchedulingQueue;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Places pods on nodes.
 *
 * <p>Everything here happens on one thread, the owner of cache and queue, so an attempt sees a cluster that stands still
 * and nothing is locked. Only binding leaves the thread: the pod counts on its node at once (it is <em>assumed</em>), the
 * API server is told by {@code bindings}, and its answer comes back through {@code owner}. If it refuses, the pod is
 * forgotten on that node and tried again later. What is told here may come late, twice or, for different objects, in any
 * order.
 */
public final class Scheduler {

    private static final Logger log = LoggerFactory.getLogger(Scheduler.class);

    private final Profile profile;
    private final SchedulingCycle cycle;
    private final SchedulingReporter reporter;
    private final Evictions evictions;
    private final SchedulingListener listener;
    private final PodBindings bindings;
    private final Clock clock;
    private final ClusterCache cache = new ClusterCache();
    private final SchedulingQueue queue;
    private final Map<ObjectKey, String> uids = new HashMap<>();

    /** The scheduler of one profile; it does nothing until it is told of nodes and pods. */
    public Scheduler(Profile profile, SchedulingCycle cycle, Outside outside, Clock clock) {
        this.profile = profile;
        this.cycle = cycle;
        this.reporter = outside.reporter();
        this.evictions = outside.evictions();
        this.listener = outside.listener();
        this.clock = clock;
        this.bindings = new PodBindings(profile, outside.owner(), outside.bindings(), clock, new Answers());
        this.queue = new SchedulingQueue(profile, clock);
    }

    /**
     * What the scheduler needs of the world.
     *
     * @param reporter tells users what became of a pod
     * @param evictions removes pods that make room for others
     * @param listener counts
     * @param owner runs a task on the thread that owns the scheduler
     * @param bindings runs a call of PreBind and Bind plugins, several at once
     */
    public record Outside(
            SchedulingReporter reporter,
            Evictions evictions,
            SchedulingListener listener,
            Executor owner,
            Executor bindings) {}

    /** A pod is new, has changed, or is gone (null). */
    public void podChanged(ObjectKey key, @Nullable Pod pod) {
        String known = uids.get(key);
        if (known != null && (pod == null || !known.equals(pod.getMetadata().getUid()))) {
            uids.remove(key);
            gone(known);
        }
        if (pod == null) {
            return;
        }
        PodInfo info = PodInfo.of(pod);
        uids.put(key, info.uid());
        if (info.isFinished()) {
            gone(info.uid());
        } else if (!info.nodeName().isEmpty()) {
            onNode(info);
        } else {
            waiting(info);
        }
    }

    private void onNode(PodInfo pod) {
        boolean assumed = cache.isAssumed(pod.uid());
        dropWait(pod.uid());
        PodInfo before = cache.put(pod);
        queue.remove(pod.uid());
        if (before == null || assumed) {
            queue.on(new ClusterEvent.PodPlaced(pod));
        } else if (!before.labels().equals(pod.labels()) || !before.requests().equals(pod.requests())) {
            queue.on(new ClusterEvent.PlacedPodChanged(before, pod));
        }
    }

    private void waiting(PodInfo pod) {
        boolean ours = pod.schedulerName().equals(profile.schedulerName());
        if (!ours || pod.isTerminating()) {
            queue.remove(pod.uid());
        } else if (!cache.contains(pod.uid()) || cache.isAssumed(pod.uid())) {
            // a node once given is never taken back, so a pod that is bound is told of late here
            queue.put(pod);
        }
    }

    /** The volumes that were chosen for the pod are anybody's again. */
    private void dropWait(String uid) {
        Attempt dropped = bindings.drop(uid);
        if (dropped != null) {
            unreserve(dropped.pod(), dropped.placed());
        }
    }

    private void gone(String uid) {
        queue.remove(uid);
        dropWait(uid);
        PodInfo removed = cache.remove(uid);
        if (removed != null) {
            queue.on(new ClusterEvent.PodRemoved(removed));
        }
    }

    /** A node is new, has changed, or is gone (null). */
    public void nodeChanged(String name, @Nullable Node node) {
        if (node == null) {
            cache.removeNode(name);
            return;
        }
        NodeInfo.Facts before = cache.putNode(node);
        ClusterEvent.NodeChanged event = new ClusterEvent.NodeChanged(before, new NodeInfo.Facts(node));
        if (event.matters()) {
            queue.on(event);
        }
    }

    /** A namespace has these labels; null if it is gone. */
    public void namespaceChanged(String name, @Nullable Map<String, String> labels) {
        if (cache.putNamespace(name, labels)) {
            queue.on(new ClusterEvent.NamespaceChanged(name));
        }
    }

    /** A Service is new, has changed, or is gone (null). */
    public void serviceChanged(ObjectKey key, @Nullable Service service) {
        cache.putService(key, service);
    }

    /** A PodDisruptionBudget is new, has changed, or is gone (null). */
    public void budgetChanged(ObjectKey key, @Nullable PodDisruptionBudget budget) {
        cache.putBudget(key, budget == null ? null : DisruptionBudget.of(budget));
    }

    /** A claim, a volume or a class of volumes has changed. @param claim null if it was no claim */
    public void storageChanged(@Nullable ObjectKey claim) {
        bindings.review();
        queue.on(new ClusterEvent.StorageChanged(claim));
    }

    /**
     * The scheduler leads no longer: what waits to be bound is not bound any more, and is tried anew by whoever leads next. News are
     * taken note of as before.
     */
    public void retire() {
        bindings.retire();
    }

    /** Tries the next pod that is due. Answers false if none is. */
    public boolean scheduleOne() {
        bindings.giveUpLateOnes();
        Optional<QueuedPod> next = queue.poll();
        next.ifPresent(this::attempt);
        return next.isPresent();
    }

    /** When {@link #scheduleOne} has something to do although nothing is told until then; empty if never. */
    public Optional<Instant> nextDue() {
        Optional<Instant> pod = queue.nextDue();
        Optional<Instant> binding = bindings.nextDue();
        return pod.isPresent() && binding.isPresent() && binding.get().isBefore(pod.get())
                ? binding
                : pod.or(() -> binding);
    }

    /** How many pods wait where. May be called on any thread. */
    public SchedulingQueue.Depths depths() {
        return queue.depths();
    }

    private void attempt(QueuedPod waiting) {
        Instant start = clock.instant();
        PodInfo pod = waiting.pod();
        try {
            switch (cycle.run(pod, cache.snapshot(), queue::nominatedTo)) {
                case Placement.Placed placed -> place(waiting, placed, start);
                case Placement.NoFit noFit -> {
                    queue.rest(waiting, noFit.failure().plugins());
                    refused(pod, noFit.failure().message(), noFit.nominatedNode(), start);
                    makeRoom(pod, noFit);
                }
            }
        } catch (RuntimeException fault) {
            log.atError().setCause(fault).addKeyValue("pod", pod).log("Scheduling attempt failed");
            cache.forget(pod);
            queue.retry(pod);
            reporter.failed(pod, String.valueOf(fault.getMessage()));
            listener.attempted(Result.ERROR, Duration.between(start, clock.instant()));
        }
    }

    /** The promise holds from now on, so that no lesser pod takes the room before the API server has been told. */
    private void makeRoom(PodInfo pod, Placement.NoFit noFit) {
        String node = noFit.nominatedNode();
        if (node == null) {
            return;
        }
        queue.promise(pod.uid(), node);
        if (noFit.victims().isEmpty()) {
            return;
        }
        for (PodInfo other : queue.nominatedTo(node)) {
            // what was promised to a lesser pod is promised no longer: it has to look again
            if (other.priority() < pod.priority()) {
                queue.promise(other.uid(), "");
                reporter.promiseTakenBack(other);
            }
        }
        for (PodInfo victim : noFit.victims()) {
            if (!victim.isTerminating()) {
                log.atInfo()
                        .addKeyValue("pod", pod)
                        .addKeyValue("node", node)
                        .addKeyValue("victim", victim)
                        .log("A pod makes room for another");
                evictions.evict(victim, pod, node);
            }
        }
        listener.preempted(noFit.victims().size());
    }

    private void refused(PodInfo pod, String message, @Nullable String nominatedNode, Instant start) {
        log.atDebug().addKeyValue("pod", pod).addKeyValue("why", message).log("No node can take the pod");
        reporter.unschedulable(pod, message, nominatedNode);
        listener.attempted(Result.UNSCHEDULABLE, Duration.between(start, clock.instant()));
    }

    private void place(QueuedPod waiting, Placement.Placed placed, Instant start) {
        PodInfo pod = waiting.pod();
        for (ReservePlugin plugin : profile.reservers()) {
            Optional<Rejection> rejection = plugin.reserve(placed.state(), pod, placed.node());
            if (rejection.isPresent()) {
                unreserve(pod, placed);
                queue.rest(waiting, Set.of(plugin.name()));
                refused(pod, String.join(", ", rejection.get().reasons()), null, start);
                return;
            }
        }
        cache.assume(pod, placed.node());
        bindings.start(new Attempt(pod, placed, start, waiting.attempts(), waiting.firstSeen()));
    }

    /** What becomes of the pods that are being bound. */
    private final class Answers implements PodBindings.Results {

        @Override
        public boolean isAssumed(Attempt attempt) {
            return cache.isAssumed(attempt.pod().uid());
        }

        @Override
        public void bound(Attempt attempt) {
            Instant now = clock.instant();
            log.atInfo()
                    .addKeyValue("pod", attempt.pod())
                    .addKeyValue("node", attempt.node())
                    .log("Pod is bound");
            reporter.scheduled(attempt.pod(), attempt.node());
            listener.attempted(Result.SCHEDULED, Duration.between(attempt.start(), now));
            listener.placed(attempt.number(), Duration.between(attempt.firstSeen(), now));
        }

        @Override
        public void notBound(Attempt attempt, String message, @Nullable Exception cause) {
            PodInfo pod = attempt.pod();
            log.atWarn()
                    .addKeyValue("pod", pod)
                    .addKeyValue("node", attempt.node())
                    .addKeyValue("why", message)
                    .log("Pod could not be bound");
            log.debug("The binding failed so", cause);
            if (takeBack(attempt)) {
                reporter.failed(pod, message);
            }
            listener.attempted(Result.ERROR, Duration.between(attempt.start(), clock.instant()));
        }

        @Override
        public void dropped(Attempt attempt) {
            takeBack(attempt);
        }

        /** Gives back what the pod was promised. Answers whether it still waits for a node. */
        private boolean takeBack(Attempt attempt) {
            PodInfo pod = attempt.pod();
            unreserve(pod, attempt.placed());
            boolean assumed = cache.isAssumed(pod.uid());
            cache.forget(pod);
            queue.on(new ClusterEvent.PodRemoved(pod));
            if (assumed) {
                queue.retry(pod);
            }
            return assumed;
        }
    }

    private void unreserve(PodInfo pod, Placement.Placed placed) {
        for (ReservePlugin plugin : profile.reservers().reversed()) {
            plugin.unreserve(placed.state(), pod, placed.node());
        }
    }
}
