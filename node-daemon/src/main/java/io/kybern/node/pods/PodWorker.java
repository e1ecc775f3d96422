package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.kybern.node.network.PodNetworkException;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.pods.ContainerAction.StopContainer;
import io.kybern.node.runtime.RuntimeFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Brings one pod to what its spec wants and keeps it there. Runs on a thread of its own: it sleeps until something
 * happened (the object changed, a container ended, a probe's verdict changed, a time came), looks at the engine if something may
 * have changed there, takes the next step of {@link PodLifecycle} and carries out the plan of {@link ContainerPlanner}. It remembers
 * nothing that the engine's labels, the API object and the pod's directory do not tell, so a new process takes over where it left.
 */
final class PodWorker implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(PodWorker.class);

    /** Looks at the engine this often while something is expected of it, whatever is reported. */
    private static final Duration IMPATIENCE = Duration.ofSeconds(10);

    /** Goes over what it knows this often even if nothing is to be done at any time. */
    private static final Duration LONGEST_REST = Duration.ofMinutes(5);

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(2);

    private final PodPorts ports;
    private final PodObserver observer;
    private final PodStarter starter;
    private final PodStarts starts;
    private final CrashLoops crashLoops;
    private final ContainerRemovals removals;
    private final PodStopper stopper;
    private final PodLimits limits;
    private final PodVerdicts verdicts;
    private final StatusPublisher publisher;
    private final RestartBackOff backOff = new RestartBackOff();
    private final KilledForRestart killed = new KilledForRestart();
    private final Keeper keeper;
    private final PodResizes resizes;
    private final ProcessUsers users = new ProcessUsers(Path.of("/proc"));
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final Semaphore wakeUps = new Semaphore(0);
    private final PodRecord.@Nullable FailureVerdict rejection;

    private volatile Pod pod;
    private volatile Pod granted;

    /** The object that the last look was for: the newest one may ask for something that nobody has judged yet. */
    private Pod looked;

    private volatile boolean objectGone;
    private volatile ObservedPod observed = ObservedPod.empty();
    private volatile @Nullable PodStatus status;
    private ObservedPod shown = ObservedPod.empty();

    private volatile PodStage stage = PodStage.NEW;
    private @Nullable Instant startedAt;

    /** Who keeps the workers. */
    interface Keeper {

        /** The worker has nothing left to do. */
        void ended(PodWorker worker);

        /** Why a running pod may not have the resources that it is given with; empty if it may, and then it has them. */
        Optional<PodResizes.Refusal> judgeResize(Pod pod);
    }

    PodWorker(
            Pod pod,
            boolean objectGone,
            PodRecord.@Nullable FailureVerdict rejection,
            PodPorts ports,
            ImagePulls pulls,
            Keeper keeper) {
        this.pod = pod;
        this.objectGone = objectGone;
        this.rejection = rejection;
        this.ports = ports;
        this.keeper = keeper;
        this.granted = pod;
        this.looked = pod;
        this.resizes = new PodResizes(ports, keeper::judgeResize);
        this.observer = new PodObserver(ports.runtime(), pod.getMetadata().getUid());
        this.removals = new ContainerRemovals(ports.runtime(), observer::doubt);
        this.starter = new PodStarter(ports, pulls);
        this.starts = new PodStarts(ports, starter, backOff, this::wake);
        this.crashLoops = new CrashLoops(ports.events(), starter.waiting());
        this.stopper = new PodStopper(ports, this::wake);
        this.limits = new PodLimits(ports, this::wake);
        this.verdicts = new PodVerdicts(ports, () -> this.pod, this::wake);
        this.publisher = new StatusPublisher(pod, ports.client(), ports.threads(), ports.timer(), this::wake);
        Instant started = Specs.startTime(pod);
        this.startedAt = started == null && rejection != null ? ports.clock().instant() : started;
    }

    /** The object with the status as it is now; built for who asks. */
    Pod pod() {
        PodStatus newest = status;
        return newest == null ? pod : new PodBuilder(pod).withStatus(newest).build();
    }

    /** The pod with the resources that it was granted. */
    Pod granted() {
        return granted;
    }

    /** Whether nothing of the pod runs any more, nor will again. */
    boolean stopped() {
        return stage.compareTo(PodStage.STOPPED) >= 0;
    }

    /** The pod has these resources from now on. */
    void grant(Pod with) {
        granted = with;
    }

    ObservedPod lastSeen() {
        return observed;
    }

    boolean is(String namespace, String name) {
        ObjectMeta meta = pod.getMetadata();
        return meta.getName().equals(name) && meta.getNamespace().equals(namespace);
    }

    /** Whether it is on its way out: somebody asked for that, or the object is gone already. */
    boolean leaves() {
        return objectGone || Specs.deletionAsked(pod);
    }

    String uid() {
        return pod.getMetadata().getUid();
    }

    /** The object changed. */
    void update(Pod newer) {
        pod = newer;
        publisher.rebase(newer);
        wake();
    }

    /** The object is gone. */
    void gone() {
        objectGone = true;
        publisher.end();
        lookAgain();
    }

    /** The node ends the pod; the answer is complete once nothing of it runs and the API server knows. */
    CompletableFuture<Void> end(PodEnding how) {
        limits.end(how);
        return over;
    }

    /** Removes the containers of a pod that is over once everybody knows that it is; whether any could be removed. */
    boolean discard() {
        List<ObservedContainer> left = observed.all();
        if (left.isEmpty() || !over.isDone()) {
            return false;
        }
        boolean removed = removals.removeWhatGoes(left);
        wake();
        return removed;
    }

    /** Something may have happened to the pod's containers. */
    void lookAgain() {
        observer.doubt();
        wake();
    }

    private void wake() {
        wakeUps.release();
    }

    @Override
    public void run() {
        MDC.put(
                "pod",
                pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName());
        try {
            while (stage != PodStage.GONE) {
                Instant next = step();
                if (stopped() && publisher.settled()) {
                    over.complete(null);
                }
                if (stage != PodStage.GONE) {
                    await(next);
                }
            }
        } catch (InterruptedException shutDown) {
            // the daemon stops: the pod is left as it is, the next daemon adopts it
            Thread.currentThread().interrupt();
        } finally {
            verdicts.end();
            publisher.end();
            MDC.remove("pod");
        }
    }

    private void await(Instant next) throws InterruptedException {
        long millis =
                Math.clamp(Duration.between(ports.clock().instant(), next).toMillis(), 1, LONGEST_REST.toMillis());
        if (wakeUps.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
            wakeUps.drainPermits();
        }
    }

    private Instant step() {
        try {
            return sync();
        } catch (RuntimeFailure | PodNetworkException | ObjectUnavailableException failed) {
            log.atWarn()
                    .setMessage("a step for the pod failed and will be repeated")
                    .addKeyValue("stage", stage)
                    .addKeyValue("why", failed.getMessage())
                    .log();
            observer.doubt();
            return ports.clock().instant().plus(AFTER_FAILURE);
        } catch (RuntimeException fault) {
            // a pod without its worker would stay as it is for good
            log.atError()
                    .setMessage("a step for the pod failed unexpectedly and will be repeated")
                    .addKeyValue("stage", stage)
                    .setCause(fault)
                    .log();
            observer.doubt();
            return ports.clock().instant().plus(AFTER_FAILURE);
        }
    }

    /** One look and what follows from it; answers when to look again. */
    Instant sync() throws ObjectUnavailableException {
        look();
        Plan plan = plan();
        PodStage next = PodLifecycle.next(stage, situation(plan));
        while (next != stage) {
            PodStage from = stage;
            var effects = PodLifecycle.effects(from, next)
                    .orElseThrow(() -> new IllegalStateException("no way from " + from));
            for (PodEffect effect : effects) {
                perform(effect, next);
            }
            log.atDebug()
                    .setMessage("the pod passed to another stage")
                    .addKeyValue("from", stage)
                    .addKeyValue("to", next)
                    .log();
            stage = next;
            if (stage == PodStage.GONE) {
                return ports.clock().instant();
            }
            lookAnew();
            plan = plan();
            next = PodLifecycle.next(stage, situation(plan));
        }
        @Nullable Instant wakeAt = null;
        if (stage == PodStage.ACTIVE) {
            wakeAt = act(plan);
        } else if (stage == PodStage.STOPPING) {
            stopper.stopAll(limits.ending(pod), observed, starter.podIps());
        }
        @Nullable Instant nextSignal = stopper.advance(observed);
        List<ContainerAction> wanted = plan.actions();
        if (stage != PodStage.ACTIVE
                || !killed.between(observed, ports.clock().instant(), name -> starts.begins(wanted, name))) {
            report();
        }
        if (stage == PodStage.STOPPED
                && limits.evicted()
                && publisher.settled()
                && !observed.all().isEmpty()) {
            // its place on the disk is wanted
            removals.remove(observed.all());
        }
        boolean rests = nextSignal == null && atRest(plan);
        if (!rests) {
            observer.doubt();
        }
        Instant latest = ports.clock().instant().plus(rests ? LONGEST_REST : IMPATIENCE);
        wakeAt = earlier(earlier(wakeAt, nextSignal), latest);
        return wakeAt == null ? latest : wakeAt;
    }

    /**
     * Whether nothing is about to happen to the containers. Whatever does all the same is reported, or found by {@link Relist}, so
     * the engine need not be asked.
     */
    private boolean atRest(Plan plan) {
        return switch (stage) {
            case ACTIVE ->
                plan.actions().isEmpty()
                        && plan.waits().isEmpty()
                        && plan.wakeAt() == null
                        && !starts.changesContainers()
                        && !starter.podIps().isEmpty()
                        && resizes.news().equals(PodResizes.News.none());
            case STOPPED, RELEASED -> true;
            case NEW, STOPPING, GONE -> false;
        };
    }

    private void lookAnew() {
        observer.doubt();
        look();
    }

    private void look() {
        // whether the start has ended is read first: what it did is then seen by the look that follows, for who started
        // is not at rest
        starts.settle();
        observed = observer.look();
        users.look(observed);
        looked = pod;
        granted = objectGone ? looked : resizes.grant(looked);
        starter.adopt(granted, observed);
        shown = starter.hooked().map(observed::withoutStarted).orElse(observed);
        verdicts.watch(shown, stage == PodStage.ACTIVE, starter.podIps());
    }

    private Plan plan() {
        if (stage != PodStage.ACTIVE) {
            return new Plan(List.of(), Map.of(), false, null);
        }
        return ContainerPlanner.plan(
                granted,
                observed,
                verdicts::of,
                stopper::startsAgain,
                backOff,
                ports.clock().instant());
    }

    private PodSituation situation(Plan plan) {
        boolean over =
                switch (stage) {
                    case NEW -> Specs.terminalPhase(pod);
                    // somebody else may have said that the pod has ended
                    case ACTIVE ->
                        (plan.over() && !starts.underWay())
                                || limits.exceeded(pod, startedAt)
                                || Specs.terminalPhase(pod);
                    default -> true;
                };
        return new PodSituation(
                rejection != null && !objectGone && !Specs.deletionAsked(pod),
                objectGone,
                Specs.deletionAsked(pod),
                over,
                observed.anythingRuns(),
                starts.underWay(),
                publisher.settled());
    }

    private void perform(PodEffect effect, PodStage to) throws ObjectUnavailableException {
        switch (effect) {
            case ACCEPT -> {
                if (startedAt == null) {
                    startedAt = ports.clock().instant();
                }
            }
            case CANCEL_START -> starts.cancel();
            case END_RESTART_PROBES -> verdicts.endRestartProbes();
            case BEGIN_STOP -> stopper.begin(ports.clock().instant());
            case END_PROBES -> verdicts.end();
            case RELEASE_NETWORK -> {
                if (!Specs.hostNetwork(pod)) {
                    String ip =
                            starter.podIps().isEmpty() ? null : starter.podIps().getFirst();
                    ports.network().detach(SandboxSpecs.identity(pod), ip);
                }
            }
            case REMOVE_SANDBOX -> removals.end(observed.sandboxes());
            case RELEASE_VOLUMES -> {
                ports.groups().remove(uid());
                ports.volumes().release(uid());
            }
            case REPORT -> {
                stage = to;
                lookAnew();
                report();
            }
            case CONFIRM_DELETION -> ports.client().confirmDeletion(pod);
            case REMOVE_CONTAINERS -> removals.remove(observed.all());
            case REMOVE_DIRECTORY -> ports.volumes().remove(uid());
            case FORGET -> keeper.ended(this);
        }
    }

    /** Carries out the plan; answers when to look again. */
    private @Nullable Instant act(Plan plan) {
        Instant now = ports.clock().instant();
        Instant wakeAt = earlier(plan.wakeAt(), PodLimits.deadline(pod, startedAt));
        wakeAt = earlier(wakeAt, limits.measure(pod, now));
        if (resizes.carryOut(granted, observed, (c, why) -> stop(new StopContainer(c, why, -1, true)))) {
            wake();
        }
        plan.waits().forEach((name, wait) -> {
            // a container that is being started looks, until it is created, like one that waits for its next turn
            if (!starts.starting(name)) {
                crashLoops.waits(pod, name, wait);
            }
        });
        List<ContainerAction> wanted = new ArrayList<>();
        for (ContainerAction action : plan.actions()) {
            if (action instanceof StopContainer stop) {
                stop(stop);
            } else {
                wanted.add(action);
            }
        }
        wakeAt = earlier(wakeAt, starts.begin(granted, wanted, observed, now));
        removals.removeReplaced(observed);
        return wakeAt;
    }

    private void stop(StopContainer stop) {
        killed.add(stop.container());
        stopper.stop(pod, stop, starter.podIps());
    }

    private void report() {
        if (objectGone) {
            return;
        }
        Instant now = ports.clock().instant();
        if (rejection != null) {
            publish(PodStatuses.rejected(pod, rejection, startedAt == null ? now : startedAt));
            return;
        }
        boolean over = stage == PodStage.STOPPED || stage == PodStage.RELEASED;
        PodRecord record = new PodRecord(
                ports.node().addresses(),
                starter.podIps(),
                startedAt,
                starter.waiting(),
                limits.verdict(),
                resizes.news(),
                users.known(),
                over);
        Path directory = ports.volumes().podDirectory(uid());
        publish(PodStatuses.of(
                resizes.apply(new PodBuilder(looked)
                        .withStatus(publisher.base().getStatus())
                        .build()),
                status,
                shown,
                verdicts::of,
                c -> observer.terminationMessage(pod, c, directory),
                record,
                now));
    }

    private void publish(PodStatus newest) {
        status = newest;
        publisher.publish(newest);
    }

    private static @Nullable Instant earlier(@Nullable Instant a, @Nullable Instant b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return a.isBefore(b) ? a : b;
    }
}
