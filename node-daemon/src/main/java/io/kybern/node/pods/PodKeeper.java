package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.events.EventSink;
import io.kybern.node.runtime.ContainerChange;
import io.kybern.node.runtime.ContainerDetails;
import io.kybern.node.runtime.RuntimeFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's table of pods: one worker per incarnation. All changes to it go through one queue and are made by one
 * thread, and pods are given more of the node only while nobody is admitted, so admission sees a table that stands still; readers see
 * what was last published.
 */
public final class PodKeeper implements PodTable, Pulse, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PodKeeper.class);

    private static final Duration ORPHAN_RETRY = Duration.ofSeconds(5);

    /** What happens to the table. */
    private sealed interface Happening {
        record Seen(Pod pod) implements Happening {}

        record Gone(Pod pod) implements Happening {}

        record Synced(Set<String> uids) implements Happening {}

        record LookForLeftOvers(Set<String> uids) implements Happening {}

        record Changed(String podUid) implements Happening {}

        record Ended(PodWorker worker) implements Happening {}

        record Beat(Runnable beat) implements Happening {}
    }

    private final PodPorts ports;
    private final Supplier<@Nullable Node> node;
    private final Supplier<@Nullable Node> newestNode;
    private final ImagePulls pulls;
    private final Relist relist;
    private final LinkedBlockingQueue<Happening> queue = new LinkedBlockingQueue<>();
    private final Map<String, PodWorker> workers = new ConcurrentHashMap<>();
    private final Map<String, Thread> threads = new ConcurrentHashMap<>();
    private final PodWorker.Keeper surroundings = new Surroundings();

    /** Held while somebody is given a part of the node, so that nobody else is given the same part. */
    private final Object room = new Object();

    private final Thread owner;
    private volatile boolean shuttingDown;

    /**
     * Begins with an empty table.
     *
     * @param node the node's own object as last seen; null before it is known
     * @param newestNode the node's own object as it is now, asked for; null if nobody can say
     */
    public PodKeeper(
            PodPorts ports, Supplier<@Nullable Node> node, Supplier<@Nullable Node> newestNode, ImagePulls pulls) {
        this.ports = ports;
        this.pulls = pulls;
        this.node = node;
        this.newestNode = newestNode;
        this.relist = new Relist(
                ports.runtime(), ports.node().name(), uid -> queue.add(new Happening.Changed(uid)), this::lookAgain);
        this.owner = Thread.ofVirtual().name("pod-keeper").start(this::work);
    }

    /** A pod of this node exists or changed. */
    public void seen(Pod pod) {
        queue.add(new Happening.Seen(pod));
    }

    /** A pod's object is gone. */
    public void gone(Pod pod) {
        queue.add(new Happening.Gone(pod));
    }

    /**
     * The API server has told of every pod of this node: containers and pods of any other are left-overs.
     *
     * @param uids the pods that exist
     */
    public void synced(Set<String> uids) {
        queue.add(new Happening.Synced(Set.copyOf(uids)));
    }

    /** The engine reported something about a container. */
    public void changed(ContainerChange change) {
        String uid = change.labels().get(PodLabels.UID);
        if (uid != null) {
            queue.add(new Happening.Changed(uid));
        }
    }

    @Override
    public void afterAllElse(Runnable beat) {
        queue.add(new Happening.Beat(beat));
    }

    /** Reports may have been missed: every pod looks at the engine. */
    public void lookAgain() {
        workers.values().forEach(PodWorker::lookAgain);
    }

    /** Reports may have been lost: pods whose containers are not as they were look at the engine. Answers at once. */
    void relist() {
        ports.threads().execute(relist::look);
    }

    private void work() {
        try {
            while (true) {
                handleAnyway(queue.take());
            }
        } catch (InterruptedException shutDown) {
            Thread.currentThread().interrupt();
        }
    }

    /** A node without its keeper would take no more pods, so what one of them brings about must not end it. */
    private void handleAnyway(Happening happening) {
        try {
            handle(happening);
        } catch (RuntimeException fault) {
            log.atError()
                    .setMessage("news of a pod could not be dealt with")
                    .setCause(fault)
                    .log();
        }
    }

    private void handle(Happening happening) {
        switch (happening) {
            case Happening.Seen seen -> seenNow(seen.pod());
            case Happening.Gone gone -> {
                PodWorker worker = workers.get(gone.pod().getMetadata().getUid());
                if (worker != null) {
                    worker.gone();
                }
            }
            case Happening.Synced synced -> {
                forget(synced.uids());
                leftOvers(synced.uids());
            }
            case Happening.LookForLeftOvers again -> leftOvers(again.uids());
            case Happening.Changed changed -> {
                PodWorker worker = workers.get(changed.podUid());
                if (worker != null) {
                    worker.lookAgain();
                }
            }
            case Happening.Ended ended -> {
                workers.remove(ended.worker().uid(), ended.worker());
                threads.remove(ended.worker().uid());
            }
            case Happening.Beat beat -> beat.beat().run();
        }
    }

    private void seenNow(Pod pod) {
        String uid = pod.getMetadata().getUid();
        PodWorker known = workers.get(uid);
        if (known != null) {
            known.update(pod);
            return;
        }
        synchronized (room) {
            admit(pod);
        }
    }

    private void admit(Pod pod) {
        PodRecord.FailureVerdict refusal = null;
        boolean fresh = Specs.startTime(pod) == null && !Specs.terminalPhase(pod) && !Specs.deletionAsked(pod);
        if (fresh) {
            refusal = turnedOff()
                    .or(() -> PressureAdmission.judge(
                            pod, ports.node().pressures().get()))
                    .or(() ->
                            AppArmorAdmission.judge(pod, ports.node().profiles().appArmorEnabled()))
                    .or(() -> PodAdmission.judge(pod, node.get(), running())
                            // the scheduler may have acted on a label that this daemon has not seen yet
                            .flatMap(stale -> PodAdmission.judge(pod, newestNode.get(), running())))
                    .orElse(null);
        }
        if (refusal != null) {
            ports.events().record(EventSink.of(pod, null), EventSink.Type.WARNING, refusal.reason(), refusal.message());
        }
        begin(new PodWorker(pod, false, refusal, ports, pulls, surroundings));
    }

    private Optional<PodRecord.FailureVerdict> turnedOff() {
        return shuttingDown
                ? Optional.of(
                        new PodRecord.FailureVerdict("NodeShutdown", "Pod was rejected as the node is shutting down."))
                : Optional.empty();
    }

    /** The pods that have something of the node; one of which nothing runs any more has not, though its object may still be there. */
    private List<Pod> running() {
        return workers.values().stream()
                .filter(worker -> !worker.stopped())
                .map(PodWorker::granted)
                .filter(p -> !Specs.terminalPhase(p))
                .toList();
    }

    private void begin(PodWorker worker) {
        workers.put(worker.uid(), worker);
        threads.put(
                worker.uid(),
                Thread.ofVirtual()
                        .name("pod-" + worker.pod().getMetadata().getName())
                        .start(worker));
    }

    /** What a worker asks of its keeper. */
    private final class Surroundings implements PodWorker.Keeper {
        @Override
        public void ended(PodWorker worker) {
            queue.add(new Happening.Ended(worker));
        }

        @Override
        public Optional<PodResizes.Refusal> judgeResize(Pod pod) {
            String uid = pod.getMetadata().getUid();
            synchronized (room) {
                List<Pod> others = running().stream()
                        .filter(p -> !p.getMetadata().getUid().equals(uid))
                        .toList();
                Optional<PodResizes.Refusal> refusal = PodAdmission.resize(pod, node.get(), others);
                PodWorker worker = workers.get(uid);
                if (refusal.isEmpty() && worker != null) {
                    worker.grant(pod);
                }
                return refusal;
            }
        }
    }

    /** Pods that were deleted while nobody told of it. */
    private void forget(Set<String> uids) {
        workers.forEach((uid, worker) -> {
            if (!uids.contains(uid)) {
                worker.gone();
            }
        });
    }

    /**
     * Pods that were deleted while this daemon was away: what they left here is stopped and removed.
     *
     * @param uids pods that existed when the API server was asked; of some of them the keeper may not have heard yet
     */
    private void leftOvers(Set<String> uids) {
        Set<String> existing = new HashSet<>(uids);
        existing.addAll(workers.keySet());
        try {
            LeftOvers.of(ports.runtime(), ports.node().name(), existing)
                    .forEach(pod -> begin(new PodWorker(pod, true, null, ports, pulls, surroundings)));
            existing.addAll(workers.keySet());
            ports.groups().retain(existing);
        } catch (RuntimeFailure later) {
            log.atWarn()
                    .setMessage("containers of former pods could not be looked for")
                    .addKeyValue("why", later.getMessage())
                    .log();
            ports.timer()
                    .schedule(
                            () -> queue.add(new Happening.LookForLeftOvers(uids)),
                            ORPHAN_RETRY.toMillis(),
                            TimeUnit.MILLISECONDS);
        }
    }

    private Optional<PodWorker> worker(String namespace, String name) {
        // of two incarnations the one that is not on its way out is meant
        return workers.values().stream()
                .filter(w -> w.is(namespace, name))
                .min(Comparator.comparing(PodWorker::leaves));
    }

    @Override
    public Optional<RunningContainer> container(String namespace, String pod, String container, boolean previous) {
        return worker(namespace, pod).flatMap(w -> {
            ObservedPod seen = w.lastSeen();
            Optional<ObservedContainer> c = previous ? seen.previous(container) : seen.latest(container);
            return c.map(o -> describe(w.pod(), o));
        });
    }

    private static RunningContainer describe(Pod pod, ObservedContainer c) {
        var spec = Specs.container(pod, c.name());
        ContainerDetails d = c.details();
        return new RunningContainer(
                d.id(),
                c.name(),
                c.attempt(),
                d.pid(),
                d.startedAt(),
                c.running(),
                spec.map(s -> Boolean.TRUE.equals(s.getTty())).orElse(false),
                spec.map(s -> Boolean.TRUE.equals(s.getStdin())).orElse(false),
                spec.map(s -> Boolean.TRUE.equals(s.getStdinOnce())).orElse(false));
    }

    @Override
    public Optional<Pod> pod(String namespace, String name) {
        return worker(namespace, name).map(PodWorker::pod);
    }

    @Override
    public Collection<Pod> pods() {
        List<Pod> out = new ArrayList<>();
        workers.values().forEach(w -> out.add(w.pod()));
        return out;
    }

    @Override
    public Collection<RunningContainer> running(String namespace, String name) {
        return worker(namespace, name)
                .map(w -> w.lastSeen().running().stream()
                        .map(c -> describe(w.pod(), c))
                        .toList())
                .orElse(List.of());
    }

    @Override
    public OptionalLong sandboxPid(String namespace, String name) {
        Optional<Long> pid = worker(namespace, name)
                .flatMap(w -> w.lastSeen().sandbox())
                .map(s -> s.details().pid());
        return pid.isPresent() ? OptionalLong.of(pid.get()) : OptionalLong.empty();
    }

    /** How many containers run, for the metrics. */
    public int runningContainers() {
        return workers.values().stream()
                .mapToInt(w -> w.lastSeen().running().size())
                .sum();
    }

    /** How many pods have a running sandbox, for the metrics. */
    public int runningPods() {
        return (int) workers.values().stream()
                .filter(w -> w.lastSeen().sandbox().isPresent())
                .count();
    }

    /** Ends a pod; the answer is complete once nothing of it runs and the API server knows, or if it is not here. */
    public CompletableFuture<Void> end(Pod pod, PodEnding how) {
        PodWorker worker = workers.get(pod.getMetadata().getUid());
        return worker == null ? CompletableFuture.completedFuture(null) : worker.end(how);
    }

    /** From now on every pod that was not accepted yet is refused: the machine is about to be turned off. */
    public void takeNoMore() {
        shuttingDown = true;
    }

    /** Removes the containers of pods that are over, with their logs; whether there were any. */
    public boolean discardEnded() {
        boolean discarded = false;
        for (PodWorker worker : workers.values()) {
            discarded |= worker.discard();
        }
        return discarded;
    }

    /** What a pod's containers have written beside their volumes, and their logs, in bytes by name. */
    public Map<String, Long> writtenBytes(Pod pod) {
        return storage().containers(pod.getMetadata().getUid());
    }

    /** What the pod's own volumes take of the disk. */
    public long bytesInVolumes(Pod pod) {
        return storage().inVolumes(pod);
    }

    private EphemeralStorage storage() {
        return new EphemeralStorage(ports.runtime(), ports.volumes());
    }

    /** Leaves every container as it is; the next daemon adopts them. */
    @Override
    public void close() {
        owner.interrupt();
        threads.values().forEach(Thread::interrupt);
    }
}
