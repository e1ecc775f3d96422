package io.kybern.workload.core.daemonset;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.SlowStart;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.controller.model.Selectors;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import io.kybern.workload.core.PodClaimer;
import io.kybern.workload.core.PodWrites;
import io.kybern.workload.core.history.RevisionHistory;
import io.kybern.workload.core.history.Revisions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a pod of each DaemonSet on every node that it wants. */
public final class DaemonSetReconciler implements Reconciler {

    /** More at once would flood the API server; the rest follows in the next pass. */
    static final int BURST = 250;

    private static final Logger log = LoggerFactory.getLogger(DaemonSetReconciler.class);

    private final Access access;
    private final PodClaimer<DaemonSet> claimer;
    private final RevisionHistory<DaemonSet> history;
    private final PodWrites writes;
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final Clock clock;
    private final SlowStart slowStart;

    /**
     * Where the objects are.
     *
     * @param pods the cache of the pods, with the index {@link PodClaimer#ORPHANS}
     */
    public record Access(
            Informer<DaemonSet> sets,
            Informer<Node> nodes,
            Informer<Pod> pods,
            Informer<ControllerRevision> revisions,
            Writes writes) {}

    /** Where changes go. */
    public record Writes(ObjectApi<DaemonSet> sets, ObjectApi<Pod> pods, ObjectApi<ControllerRevision> revisions) {}

    /**
     * @param fence where own writes are noted
     * @param executor runs requests side by side
     */
    public DaemonSetReconciler(
            Access access, WriteFence fence, EventRecorder recorder, Clock clock, ExecutorService executor) {
        Writes apis = access.writes();
        this.access = access;
        this.claimer = new PodClaimer<>(access.pods(), apis.pods(), apis.sets(), fence, null);
        this.history = new RevisionHistory<>(access.revisions(), apis.revisions(), apis.sets(), fence, DaemonPods.HASH);
        this.writes = new PodWrites(access.pods(), apis.pods(), fence, recorder);
        this.fence = fence;
        this.recorder = recorder;
        this.clock = clock;
        this.slowStart = new SlowStart(executor);
    }

    @Override
    public Outcome reconcile(ObjectKey key) throws InterruptedException {
        Optional<DaemonSet> found = access.sets().get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        DaemonSet set = found.get();
        LabelSelector selector = Selectors.of(set.getSpec().getSelector());
        if (selector.isEverything()) {
            recorder.warning(
                    set, "SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required.");
            return Outcome.done();
        }
        List<Pod> pods = claimer.claim(set, selector, pod -> true);
        Collection<Node> nodes = access.nodes().list();
        Revisions revisions = history.resolve(set, selector, set.getSpec().getTemplate(), collisions(set));
        String hash = Owners.labels(revisions.update()).getOrDefault(DaemonPods.HASH, "");
        Instant now = clock.instant();
        RuntimeException failure = null;
        Duration wait = null;
        if (!Owners.isTerminating(set)) {
            DaemonPlan plan = DaemonPlanner.plan(set, nodes, pods, hash, now);
            wait = plan.delay();
            failure = act(set, plan, hash);
        }
        try {
            report(set, DaemonStatusPlanner.status(set, nodes, pods, hash, revisions.collisions(), now));
            truncate(set, revisions, pods);
        } catch (ApiFailure refused) {
            if (failure == null) {
                throw refused;
            }
            failure.addSuppressed(refused);
        }
        if (failure != null) {
            throw failure;
        }
        return Stream.concat(
                        Optional.ofNullable(wait).stream(),
                        DaemonStatusPlanner.untilNextAvailable(set, pods, now).stream())
                .min(Duration::compareTo)
                .map(after -> Outcome.again(after, "a pod becomes available, or may be replaced"))
                .orElse(Outcome.done());
    }

    private static int collisions(DaemonSet set) {
        return set.getStatus() == null ? 0 : requireNonNullElse(set.getStatus().getCollisionCount(), 0);
    }

    private @Nullable RuntimeException act(DaemonSet set, DaemonPlan plan, String hash) throws InterruptedException {
        if (plan.isEmpty()) {
            return null;
        }
        log.atInfo()
                .addKeyValue("created", plan.nodes().size())
                .addKeyValue("deleted", plan.surplus().size())
                .log("Creating and deleting pods");
        plan.ended().forEach(pod -> tell(set, pod));
        List<Runnable> creations = new ArrayList<>();
        for (String node : plan.nodes().subList(0, Math.min(BURST, plan.nodes().size()))) {
            creations.add(() -> writes.create(set, DaemonPods.pod(set, hash, node)));
        }
        RuntimeException failure = slowStart.run(creations).failure();
        if (failure instanceof ApiFailure refused && refused.isNamespaceTerminating()) {
            log.debug("The namespace is being deleted; no pods are created in it");
            failure = null;
        }
        List<Runnable> deletions = new ArrayList<>();
        for (Pod pod : plan.surplus().subList(0, Math.min(BURST, plan.surplus().size()))) {
            deletions.add(() -> writes.delete(set, pod));
        }
        RuntimeException refused = slowStart.together(deletions).failure();
        return failure == null ? refused : failure;
    }

    private void tell(DaemonSet set, Pod pod) {
        String where =
                pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName() + " on node "
                        + DaemonPods.node(pod).orElse("");
        if (PodStates.phase(pod).equals("Failed")) {
            recorder.warning(set, "FailedDaemonPod", "Found failed daemon pod " + where + ", will try to kill it");
        } else {
            recorder.normal(
                    set, "SucceededDaemonPod", "Found succeeded daemon pod " + where + ", will try to delete it");
        }
    }

    private void report(DaemonSet set, DaemonSetStatus status) {
        if (status.equals(set.getStatus())) {
            return;
        }
        var written = access.writes()
                .sets()
                .updateStatus(new DaemonSetBuilder(set).withStatus(status).build());
        fence.wrote(ObjectKeys.of(set), access.sets(), written.revision());
    }

    private void truncate(DaemonSet set, Revisions revisions, List<Pod> pods) {
        Set<String> hashes = new HashSet<>();
        pods.forEach(pod -> hashes.add(Owners.labels(pod).getOrDefault(DaemonPods.HASH, "")));
        Set<String> live = new HashSet<>();
        revisions.all().stream()
                .filter(revision -> hashes.contains(Owners.labels(revision).get(DaemonPods.HASH)))
                .forEach(revision -> live.add(Revisions.name(revision)));
        history.truncate(set, revisions, live, requireNonNullElse(set.getSpec().getRevisionHistoryLimit(), 10));
    }
}
